"""One transactional producer of Kafka, and what its errors mean: refused, taken over, or to be tried again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from doge_datagen.errors import DeliveryError, RefusedError, SinkError, UnreachableError
from doge_datagen.sinks.kafka.client import ConnectionErrors, Driver, made
from doge_datagen.sinks.kafka.conf import MESSAGE, Conf, addresses
from doge_datagen.sinks.kafka.delivery_report import BESIDE, GIVEN_UP, DeliveryReport
from doge_datagen.sinks.kafka.producing import UNSENT
from doge_datagen.sinks.patience import FOREVER, Patience, Wait

log = logging.getLogger(__name__)

ABORT_SECONDS = 5.0
SLICE_SECONDS = 1.0
"""As long as the client's calls take, Ctrl-C is not heard."""
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
"""Parts of the names of errors that come again however often the same is tried. All others may be tried again, since
a transaction that failed left nothing."""
UNTELLING = ("_STATE", "_CONFLICT", "_PREV_IN_PROGRESS")
FAILED = "the transaction failed"
UNDONE = "arrived, but do not count as others failed"
NO_ACL = "a run that can be resumed needs the operations Write and Describe on the transactional id {name!r}"


class Attempt(DeliveryReport):
    """The account of one transaction: all of its records count, or none.

    Attributes:
        names: the errors that records failed of; those that the client dropped for the others' sake are not among them.
    """

    __slots__ = ("names",)

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def settled(self, error: Any, message: Any) -> None:
        """Take the report of one record."""
        if error is not None and error.name() in (*GIVEN_UP, BESIDE):
            self.failed[UNSENT] += 1
            return
        super().settled(error, message)
        if error is not None:
            self.names.add(error.name())

    def error(self, place: str) -> DeliveryError:
        """What is to be raised when a record failed: nothing counts as delivered."""
        if undone := self.accepted - self.failed.total():
            self.failed[UNDONE] += undone
        self.delivered = 0
        return DeliveryError(
            place,
            accepted=self.accepted,
            delivered=0,
            causes=dict(self.failed.most_common()),
            transient=not any(map(is_final, self.names)),
        )


def is_final(name: str) -> bool:
    """Whether an error of this name comes again however often the same is tried."""
    return any(part in name for part in FINAL)


class ProducerSession:
    """A transactional producer, from its making to the first thing that goes wrong; then a new one is made.

    What becomes of a transaction that failed is so always found out in one way, that of a process that was killed.

    Args:
        driver: the client's modules.
        conf: of the producer, as ``transactional_conf`` makes it.
        place: as messages show it.
        patience: how long a broker is waited for that does not answer.

    Attributes:
        producer: the client.
        lost: whether that was too long, so that nothing more is asked of it.

    Raises:
        ModelError: librdkafka does not know a key of ``conf``, or not its value.
    """

    def __init__(self, driver: Driver, conf: Conf, place: str, patience: Patience = FOREVER) -> None:
        self._conf = conf
        self._place = place
        self._patience = patience
        self.lost = False
        self._troubles = ConnectionErrors()
        self._seconds = int(conf[MESSAGE[0]]) / 1000
        self.faults = (driver.error, SystemError)
        """What the client's calls raise; it is SystemError where a fatal error comes amidst reports of records."""
        self._error = driver.error
        self.producer: Any = made(driver, driver.kafka.Producer, conf, self._troubles)

    def take_over(self) -> None:
        """End what a producer of the same transactional id left: what it began to commit is, all else is aborted.

        Raises:
            SinkError: the broker refuses it or, where it is transient, did not manage in time.
        """
        try:
            self._in_slices(self.producer.init_transactions)
        except self.faults as error:
            raise self.problem(self.fault() or self.reason(error)) from error

    def begin(self) -> None:
        """Begin a transaction."""
        self.producer.begin_transaction()

    def commit(self) -> None:
        """Commit it, once nothing waits to be sent; where it raises, it may be committed all the same."""
        self._in_slices(self.producer.commit_transaction)

    def abort(self) -> None:
        """End the open transaction if it can be, so that nobody waits for the broker to do it."""
        if self.lost:
            log.info("%s: the transaction is left to the broker, which does not answer", self._place)
            return
        try:
            self.producer.abort_transaction(ABORT_SECONDS)
        except self.faults as error:
            log.info("%s: the transaction is left to the broker: %s", self._place, error)

    def fault(self) -> Any:
        """The KafkaError that the transaction failed of; None where the client knows none."""
        try:
            # In a transaction, or after an error, this begins nothing, and it says why.
            self.producer.begin_transaction()
        except self.faults as error:
            reason = self.reason(error)
            return None if reason is None or reason.name() in UNTELLING else reason
        return None

    def reason(self, error: Exception) -> Any:
        """The KafkaError behind what the client's calls raise; None where there is none."""
        if not isinstance(error, self._error):
            error = error.__cause__ or error  # type: ignore[assignment]  # the client's own is an Exception
        return error.args[0] if isinstance(error, self._error) else None

    def refusal(self) -> RefusedError | None:
        """What to raise where the broker does not accept who we are any more."""
        self._hear()
        if self._troubles.refusal is None:
            return None
        return RefusedError(self._place, f"{addresses(self._conf)} refuses us: {self._troubles.refusal}")

    def silence(self, seconds: float) -> UnreachableError:
        """What to raise where no broker has answered for so long."""
        cause = f": {self._troubles.last}" if self._troubles.last else ""
        return UnreachableError(
            self._place, f"{addresses(self._conf)} has confirmed nothing for {seconds:.0f} s{cause}"
        )

    def problem(self, error: Any) -> SinkError:
        """What a KafkaError means for the sink; where it is None, the client said nothing of use."""
        if (refusal := self.refusal()) is not None:
            return refusal
        if error is None:
            return SinkError(self._place, FAILED, transient=True)
        if "AUTHORIZATION" in error.name():
            cure = (
                f". Hint: {NO_ACL.format(name=self._conf['transactional.id'])}" if "TRANSACTION" in error.name() else ""
            )
            return RefusedError(self._place, f"{addresses(self._conf)} refuses us: {error.str()}{cure}")
        cause = f" ({self._troubles.last})" if self._troubles.last else ""
        return SinkError(self._place, f"{FAILED}: {error.str()}{cause}", transient=not is_final(error.name()))

    def _in_slices(self, do: Callable[[float], object]) -> None:
        """Call it until it is done; a call whose time is over goes on in the client, and the next one takes it up."""
        wait = Wait(self._place, self._patience, self._left)
        while True:
            try:
                do(SLICE_SECONDS)
            except self.faults as error:
                reason = self.reason(error)
                if reason is None or not reason.retriable():
                    raise
                if wait.is_over():
                    self.lost = True
                    raise
            else:
                wait.moved()
                self._hear()
                self._troubles.accepted()
                return

    def _left(self, since: float) -> float:
        return min(since + self._seconds - monotonic(), self._patience.left(since))

    def _hear(self) -> None:
        """Take what the client has to say of its connections."""
        try:
            self.producer.poll(0)
        except self.faults as error:
            log.info("%s: %s", self._place, error)
