"""The account of one Kafka sink: what was accepted, what the broker confirmed, what it did not and why."""

from __future__ import annotations

from collections import Counter
from typing import Any

from doge_datagen.errors import DeliveryError

GIVEN_UP = ("_PURGE_QUEUE", "_PURGE_INFLIGHT")
"""What the client calls records that we do not wait for any longer."""
TRANSIENT = frozenset({"_MSG_TIMED_OUT", "_TIMED_OUT", "_TRANSPORT", "NOT_ENOUGH_REPLICAS", *GIVEN_UP})
BESIDE = "_INVALID_DIFFERENT_RECORD"
"""What the client says of a record with which nothing is wrong: a broker takes all records of a request or none."""
AHEAD = "dated further ahead of the broker's clock than message.timestamp.after.max.ms of the topic allows: raise it"
UNTOLD = "the client did not tell what became of them"
CURES = {
    "_MSG_TIMED_OUT": "no broker confirmed them within message.timeout.ms",
    "MSG_SIZE_TOO_LARGE": "a record, or the client's batch of records, is larger than the topic's max.message.bytes: "
    "raise that, or set batch.size in conf to it",
    "INVALID_TIMESTAMP": f"such as records {AHEAD}",
    "INVALID_RECORD": f"such as records without a key where the topic is compacted, or {AHEAD}",
    "_PURGE_QUEUE": "not sent when the run was to end, as no broker answered",
    "_PURGE_INFLIGHT": "sent, and not confirmed when the run was to end, as no broker answered: they may have arrived",
}

Record = tuple[Any, ...]
"""Value, key, timestamp and headers, as the client takes them."""


class DeliveryReport:
    """Counts of records.

    Attributes:
        accepted: records the client took.
        delivered: records the broker confirmed.
        failed: records the broker did not confirm in the end, by cause.
        beside: records that were refused for the sake of others alone, to be sent again.
        unanswered: seconds for which no broker answered, where nothing was waited for any longer; else 0.
    """

    __slots__ = ("_transient", "accepted", "beside", "delivered", "failed", "unanswered")

    def __init__(self) -> None:
        self.accepted = 0
        self.delivered = 0
        self.failed: Counter[str] = Counter()
        self.beside: list[Record] = []
        self.unanswered = 0.0
        self._transient = True

    @property
    def waiting(self) -> int:
        """Records of which nothing is known yet."""
        return self.accepted - self.delivered - self.failed.total()

    def settled(self, error: Any, _message: Any) -> None:
        """Take the report of one record; ``error`` is None or a KafkaError."""
        if error is None:
            self.delivered += 1
            return
        cure = CURES.get(error.name())
        self.failed[f"{error.str()} ({cure})" if cure else error.str()] += 1
        self._transient = self._transient and error.name() in TRANSIENT

    def settled_record(self, record: Record, error: Any, message: Any) -> None:
        """Take the report of a record that can be sent again."""
        if error is not None and error.name() == BESIDE:
            self.beside.append(record)
        else:
            self.settled(error, message)

    def give_up(self) -> None:
        """Count as failed what still waits though the client holds nothing any more: it will not be told of."""
        if self.waiting:
            self.failed[UNTOLD] += self.waiting

    def error(self, place: str) -> DeliveryError:
        """What is to be raised when a record failed and none waits any more."""
        causes = dict(self.failed.most_common())
        return DeliveryError(
            place, accepted=self.accepted, delivered=self.delivered, causes=causes, transient=self._transient
        )
