"""A transactional Kafka producer, and which of its errors are permanent, transient or a takeover."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from doge_datagen.errors import DeliveryError, RefusedError, SinkError, UnreachableError
from doge_datagen.sinks.kafka.client import ConnectionErrors, Driver, made
from doge_datagen.sinks.kafka.conf import MESSAGE, Conf, addresses
from doge_datagen.sinks.kafka.delivery_report import GIVEN_UP, REFUSED_WITH_OTHERS, DeliveryReport
from doge_datagen.sinks.kafka.producing import UNSENT
from doge_datagen.sinks.server_wait import FOREVER, Patience, Wait

log = logging.getLogger(__name__)

ABORT_SECONDS = 5.0
SLICE_SECONDS = 1.0
"""Length of a blocking client call: Ctrl-C is not handled meanwhile."""
FINAL = (
    "AUTHORIZATION",
    "AUTHENTICATION",
    "SIZE_TOO_LARGE",
    "LIST_TOO_LARGE",
    "INVALID_TIMESTAMP",
    "INVALID_RECORD",
    "INVALID_TRANSACTION_TIMEOUT",
    "POLICY_VIOLATION",
    "UNSUPPORTED",
)
"""Parts of the names of errors that recur on every retry. All others may be retried, since a failed transaction leaves
nothing behind."""
UNINFORMATIVE = ("_STATE", "_CONFLICT", "_PREV_IN_PROGRESS")
FAILED = "the transaction failed"
UNDONE = "arrived, but do not count as others failed"
NO_ACL = "a run that can be resumed needs the operations Write and Describe on the transactional id {name!r}"


class Attempt(DeliveryReport):
    """Delivery report of one transaction: either all of its records count, or none.

    Attributes:
        names: names of the errors that records failed with, without those that failed only because others did.
    """

    __slots__ = ("names",)

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def settled(self, error: Any, message: Any) -> None:
        """Take the report of one record; ``error`` is None or a KafkaError."""
        # These say only that other records failed. Their names must not decide whether a retry makes sense.
        if error is not None and error.name() in (*GIVEN_UP, REFUSED_WITH_OTHERS):
            self.failed[UNSENT] += 1
            return
        super().settled(error, message)
        if error is not None:
            self.names.add(error.name())

    def error(self, destination: str) -> DeliveryError:
        """The error to raise when a record failed: nothing counts as delivered."""
        # Brokers have acknowledged these, but readers with read_committed never see them, as the transaction is aborted
        # (KIP-98).
        if undone := self.accepted - self.failed.total():
            self.failed[UNDONE] += undone
        self.delivered = 0
        return DeliveryError(
            destination,
            accepted=self.accepted,
            delivered=0,
            causes=dict(self.failed.most_common()),
            transient=not any(map(is_final, self.names)),
        )


def is_final(name: str) -> bool:
    """Whether an error of this name recurs on every retry."""
    return any(part in name for part in FINAL)


class ProducerSession:
    """A transactional producer, used until something fails; then a new one is created.

    The outcome of a failed transaction is therefore always found out in one way: as after the death of a process.

    Args:
        driver: modules of the client.
        conf: configuration of the producer, from ``transactional_conf``.
        destination: name of the topic in messages.
        patience: how long to wait for a broker that does not answer.

    Attributes:
        producer: the client.
        lost: whether that time is up, so that the client is not called again.
        connection_errors: problems of the client's connections so far.

    Raises:
        ModelError: librdkafka rejects a key of ``conf`` or its value.
    """

    def __init__(self, driver: Driver, conf: Conf, destination: str, patience: Patience = FOREVER) -> None:
        self._conf = conf
        self._destination = destination
        self._patience = patience
        self.lost = False
        self.connection_errors = ConnectionErrors()
        self._seconds = int(conf[MESSAGE[0]]) / 1000
        self.faults = (driver.error, SystemError)
        """What the client's calls raise; a fatal error between delivery reports surfaces as SystemError."""
        self._error = driver.error
        self.producer: Any = made(driver, driver.kafka.Producer, conf, self.connection_errors)

    def take_over(self) -> None:
        """End the transaction of the previous producer with this id: finish a commit that had begun, else abort.

        Raises:
            SinkError: the broker refuses us or, if it is transient, did not answer in time.
        """
        try:
            # Raises the epoch of the transactional id at the coordinator, which fences the producer before: from here
            # on brokers refuse whatever that one still sends (KIP-98).
            self._in_slices(self.producer.init_transactions)
        except self.faults as error:
            raise self.problem(self.fault() or self.reason(error)) from error

    def begin(self) -> None:
        """Begin a transaction."""
        self.producer.begin_transaction()

    def commit(self) -> None:
        """Commit the transaction once nothing is queued; if this raises, it may have been committed all the same."""
        # Not repeated by the caller after an error: only a new producer can find out what became of the transaction.
        self._in_slices(self.producer.commit_transaction)

    def abort(self) -> None:
        """Abort the open transaction if possible, so that nobody has to wait for the broker to do so."""
        if self.lost:
            log.info("%s: the transaction is left to the broker, which does not answer", self._destination)
            return
        try:
            # Until it is aborted, the last stable offset stands still, and no reader with read_committed sees what
            # others have committed behind it, other runs in doge_positions among them.
            self.producer.abort_transaction(ABORT_SECONDS)
        except self.faults as error:
            log.info("%s: the transaction is left to the broker: %s", self._destination, error)

    def fault(self) -> Any:
        """The KafkaError that the transaction failed with; None if the client does not know one."""
        try:
            # During a transaction or after an error this call fails, and its error gives the reason.
            self.producer.begin_transaction()
        except self.faults as error:
            reason = self.reason(error)
            return None if reason is None or reason.name() in UNINFORMATIVE else reason
        return None

    def reason(self, error: Exception) -> Any:
        """The KafkaError behind an exception of the client; None if there is none."""
        if not isinstance(error, self._error):
            error = error.__cause__ or error  # type: ignore[assignment]  # the client's own is an Exception
        return error.args[0] if isinstance(error, self._error) else None

    def refusal(self) -> RefusedError | None:
        """The error to raise if the broker no longer accepts our credentials; None if it does."""
        self._hear()
        if self.connection_errors.refusal is None:
            return None
        return RefusedError(self._destination, f"{addresses(self._conf)} refuses us: {self.connection_errors.refusal}")

    def silence(self, seconds: float) -> UnreachableError:
        """The error to raise if no broker has answered for so many seconds."""
        cause = f": {self.connection_errors.last}" if self.connection_errors.last else ""
        return UnreachableError(
            self._destination, f"{addresses(self._conf)} has confirmed nothing for {seconds:.0f} s{cause}"
        )

    def problem(self, error: Any) -> SinkError:
        """The error to raise for a KafkaError; ``error`` is None if the client gave no useful reason."""
        if (refusal := self.refusal()) is not None:
            return refusal
        if error is None:
            return SinkError(self._destination, FAILED, transient=True)
        if "AUTHORIZATION" in error.name():
            hint = (
                f". Hint: {NO_ACL.format(name=self._conf['transactional.id'])}" if "TRANSACTION" in error.name() else ""
            )
            return RefusedError(self._destination, f"{addresses(self._conf)} refuses us: {error.str()}{hint}")
        cause = f" ({self.connection_errors.last})" if self.connection_errors.last else ""
        return SinkError(self._destination, f"{FAILED}: {error.str()}{cause}", transient=not is_final(error.name()))

    def _in_slices(self, do: Callable[[float], object]) -> None:
        """Repeat a blocking call in short slices; the client continues a call that timed out when it is repeated."""
        wait = Wait(self._destination, self._patience, self._left)
        while True:
            try:
                do(SLICE_SECONDS)
            except self.faults as error:
                reason = self.reason(error)
                # Retriable are time-outs of a slice as well, after which librdkafka goes on with the call when it is
                # made again.
                if reason is None or not reason.retriable():
                    raise
                if wait.is_over():
                    self.lost = True
                    raise
            else:
                wait.progressed()
                self._hear()
                # An answer proves that the broker accepts us: a refusal from before, such as during its start, no
                # longer counts.
                self.connection_errors.accepted()
                return

    def _left(self, since: float) -> float:
        # message.timeout.ms limits this wait too: the user has said how long a broker may be away.
        return min(since + self._seconds - monotonic(), self._patience.seconds_left(since))

    def _hear(self) -> None:
        """Process the client's notifications about its connections."""
        try:
            self.producer.poll(0)
        except self.faults as error:
            log.info("%s: %s", self._destination, error)
