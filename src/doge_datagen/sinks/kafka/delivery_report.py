"""What becomes of the records of one Kafka sink: accepted, confirmed or failed with a cause, or sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, repeat
from typing import Any

from doge_datagen.errors import DeliveryError
from doge_datagen.sinks.kafka.client import ANY_PARTITION

GIVEN_UP = ("_PURGE_QUEUE", "_PURGE_INFLIGHT")
"""Errors of records that were purged from the client because waiting was given up."""
TRANSIENT = frozenset({"_MSG_TIMED_OUT", "_TIMED_OUT", "_TRANSPORT", "NOT_ENOUGH_REPLICAS", *GIVEN_UP})
REFUSED_WITH_OTHERS = "_INVALID_DIFFERENT_RECORD"
"""Error of a valid record that was refused with its request, as brokers accept or refuse a request as a whole."""
AHEAD = "dated further ahead of the broker's clock than message.timestamp.after.max.ms of the topic allows: raise it"
UNREPORTED = "the client did not report what became of them"
EXPLANATIONS = {
    "_MSG_TIMED_OUT": "no broker confirmed them within message.timeout.ms",
    "MSG_SIZE_TOO_LARGE": "a record, or the client's batch of records, is larger than the topic's max.message.bytes: "
    "raise that, or set batch.size in conf to it",
    "INVALID_TIMESTAMP": f"such as records {AHEAD}",
    "INVALID_RECORD": f"such as records without a key where the topic is compacted, or {AHEAD}",
    "_PURGE_QUEUE": "not sent when the run was to end, as no broker answered",
    "_PURGE_INFLIGHT": "sent, and not confirmed when the run was to end, as no broker answered: they may have arrived",
}

Record = tuple[Any, ...]
"""Value, key, timestamp and headers, as the client's ``produce`` takes them."""
FindRecord = Callable[[Any, Any], Record | None]
"""Finds the record with a value and a key; None if it is unknown which one it is."""


class DeliveryReport:
    """Counts of records, updated by the client's delivery callbacks.

    Attributes:
        accepted: records the client took.
        delivered: records the broker confirmed.
        failed: records the broker finally did not confirm, by cause.
        to_resend: valid records that were refused with others in the same request.
        unanswered: seconds without an answer from the broker after which waiting was given up; 0 if it was not.
    """

    __slots__ = ("_transient", "accepted", "delivered", "failed", "to_resend", "unanswered")

    def __init__(self) -> None:
        self.accepted = 0
        self.delivered = 0
        self.failed: Counter[str] = Counter()
        self.to_resend: list[Record] = []
        self.unanswered = 0.0
        self._transient = True

    @property
    def waiting(self) -> int:
        """Records whose outcome is not known yet."""
        return self.accepted - self.delivered - self.failed.total()

    def settled(self, error: Any, _message: Any) -> None:
        """Take the report of one record; ``error`` is None or a KafkaError."""
        if error is None:
            self.delivered += 1
            return
        explanation = EXPLANATIONS.get(error.name())
        self.failed[f"{error.str()} ({explanation})" if explanation else error.str()] += 1
        self._transient = self._transient and error.name() in TRANSIENT

    def settled_at(self, timestamp: int, error: Any, message: Any) -> None:
        """Take the report of one record that has this timestamp and no headers, and can be resent."""
        if error is None:
            self.delivered += 1
        else:
            self.settled_or_kept(lambda value, key: (value, key, timestamp, None), error, message)

    def settled_or_kept(self, find: FindRecord, error: Any, message: Any) -> None:
        """Take the report of one record, and keep the record to resend it if it was refused only with others."""
        # Since KIP-467 brokers say which record of a request was wrong; the others are valid, and would be lost without
        # being sent again.
        refused_with_others = error is not None and error.name() == REFUSED_WITH_OTHERS
        # Searched only for these, as keeping each record for its report would double the memory of what is in flight.
        record = find(message.value(), message.key()) if refused_with_others else None
        if record is None:
            self.settled(error, message)
        else:
            self.to_resend.append(record)

    def give_up(self) -> None:
        """Count records as failed whose outcome will never be reported, as the client holds nothing any more."""
        if self.waiting > 0:
            self.failed[UNREPORTED] += self.waiting

    def error(self, destination: str) -> DeliveryError:
        """The error to raise if a record failed, once no outcome is pending."""
        causes = dict(self.failed.most_common())
        return DeliveryError(
            destination, accepted=self.accepted, delivered=self.delivered, causes=causes, transient=self._transient
        )


POLL_SECONDS = 0.1
REFUSED_AGAIN = "refused for the sake of others, again and again"
NEIGHBOURS = 64
"""How many records share a delivery callback. One for each makes the client take twice as long: it keeps them all until
the broker has answered, and the garbage collector visits them again and again."""

Columns = Sequence[Sequence[Any]]
"""Values, keys, timestamps and headers of a chunk, all of the same length."""


def send_again(producer: Any, topic: str, report: DeliveryReport, settle: Callable[[], object]) -> None:
    """Resend records until each has arrived, or has been refused for a reason of its own.

    They arrive after records that were sent later, so they are out of order in the topic. This cannot be avoided.

    Args:
        producer: the client; it holds nothing of this topic any more.
        topic: name of the topic.
        report: the report that has the records, and that counts what becomes of them.
        settle: waits until the client holds nothing.
    """
    while report.to_resend:
        # Emptied first, as reports of records that are sent again come while others are still being sent.
        records, report.to_resend = report.to_resend, []
        failed = report.failed.total()
        for record in records:
            _produce(producer, topic, record, report)
        settle()
        # No progress: none has arrived, and none was found to be the one at fault. Otherwise each round is shorter than
        # the last.
        if len(report.to_resend) == len(records) and report.failed.total() == failed:
            report.failed[REFUSED_AGAIN] += len(records)
            report.to_resend = []


Callback = Callable[[Any, Any], None]
"""Called by the client with the error of a record, if any, and the record."""


def callbacks(report: DeliveryReport, columns: Columns) -> Iterator[Callback]:
    """A delivery callback for each record of a chunk; neighbours share theirs."""
    firsts = range(0, len(columns[0]), NEIGHBOURS)
    return chain.from_iterable(repeat(callback_at(report, columns, first), NEIGHBOURS) for first in firsts)


def callback_at(report: DeliveryReport, columns: Columns, at: int) -> Callback:
    """The callback of a record and its neighbours, which can find the one that failed, to resend it."""
    return partial(report.settled_or_kept, partial(find_neighbour, columns, at - at % NEIGHBOURS))


def find_neighbour(columns: Columns, first: int, value: bytes | None, key: bytes | None) -> Record | None:
    """Find a record by what the client reports of it, which is neither its timestamp nor its headers.

    Args:
        columns: the columns of a chunk.
        first: the first of the ``NEIGHBOURS`` records that it is one of.
        value: its value.
        key: its key.

    Returns:
        The record; None if there are several that differ in timestamp or headers.

    >>> chunk = [b'a', b'b', b'a', b'b'], [None] * 4, [0, 1, 2, 1], [None] * 4
    >>> find_neighbour(chunk, 0, b'b', None), find_neighbour(chunk, 0, b'a', None)
    ((b'b', None, 1, None), None)
    """
    neighbours = zip(*(column[first : first + NEIGHBOURS] for column in columns), strict=True)
    # Equal value and key are not enough if timestamps differ: the wrong one would be sent twice, and the other not at
    # all.
    found = [record for record in neighbours if record[:2] == (value, key)]
    return found[0] if found and found.count(found[0]) == len(found) else None


def _produce(producer: Any, topic: str, record: Record, report: DeliveryReport) -> None:
    value, key, timestamp, headers = record
    callback = partial(report.settled_or_kept, lambda *_: record)
    while True:
        try:
            producer.produce(topic, value, key, ANY_PARTITION, callback, None, timestamp, headers)
        except BufferError:
            producer.poll(POLL_SECONDS)
        else:
            return
