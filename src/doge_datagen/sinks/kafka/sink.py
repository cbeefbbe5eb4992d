"""Write batches to a Kafka topic: each record is delivered once, in order per key, or an error is raised."""

from __future__ import annotations

from doge_datagen.batch import Batch
from doge_datagen.errors import RecordError, SinkError
from doge_datagen.sinks.base import FAILED, BatchSink
from doge_datagen.sinks.kafka.client import Cluster
from doge_datagen.sinks.kafka.producing import Encode, RecordSender
from doge_datagen.sinks.kafka.topics import warn_caller, warn_of_lead, warn_of_retention

CLOSED = "a closed sink takes no batches. Hint: make a new one"
FOR_NOW = "Kafka clients take the timestamp 0 for now: such records carry the time of sending"


class TimestampWarnings:
    """Warns about the timestamps of the records that go to a topic; each warning once.

    Args:
        cluster: asked with the first record whether the topic keeps records that old.
        topic: name of the topic.
        start: what the first timestamp comes from, in a hint.
    """

    def __init__(self, cluster: Cluster, topic: str, start: str = "the clock's start") -> None:
        self._cluster: Cluster | None = cluster
        self._topic = topic
        self._start = start
        self._warned_of_zero = False

    def check(self, timestamp: int) -> None:
        """Look at the timestamp of a record: the first, which is the oldest, or any that is not positive.

        Raises:
            RecordError: it is before 1970.
        """
        destination = f"topic {self._topic}"
        if timestamp < 0:
            raise RecordError(destination, f"a record's timestamp is {timestamp}; Kafka has none before 1970")
        # Once: later records are not older, and each look costs two requests.
        if self._cluster is not None:
            warn_of_retention(self._cluster, self._topic, timestamp)
            self.forget()
        if not timestamp and not self._warned_of_zero:
            self._warned_of_zero = True
            warn_caller(f"{destination}: {FOR_NOW}. Hint: set {self._start} to change that")

    def expect(self, lead: int) -> None:
        """Warn before the first record if the topic will reject records that are ``lead`` ms ahead of the clock."""
        if self._cluster is not None:
            warn_of_lead(self._cluster, self._topic, lead)

    def forget(self) -> None:
        """Release the cluster: no more warnings of retention and lead."""
        self._cluster = None


class KafkaBatchSink(BatchSink):
    """Writes the records of a stream to a topic, each with its key, timestamp and headers.

    ``write`` passes a batch to the client, which sends it in the background. It waits while the client's queue
    (``queue.buffering.max.messages``) is full, and raises if an earlier record failed, once the outcome of all others
    is known. ``close`` waits until the broker has confirmed or refused each record. Neither waits longer than
    ``message.timeout.ms`` after the last record. A failure may be raised by a later ``write``, or by ``close``.

    Args:
        destination: name of the topic in messages.
        sender: passes the records to a client that no other sink uses.
        encode: encodes the records' values.
        first: warns about the timestamps of the first record.

    Raises:
        RecordError: by ``write``: a record cannot be written because of its values or its size, or is dated before
            1970.
        DeliveryError: by ``write`` or ``close``: the broker did not confirm all records. If raised by ``write``, the
            current batch counts as accepted, and those of its records that were not sent count as missing.
    """

    def __init__(self, destination: str, sender: RecordSender, encode: Encode, first: TimestampWarnings) -> None:
        self._destination = destination
        self._encode = encode
        self._first = first
        self._deliveries = sender.deliveries
        self._refusal: str | None = None
        self._sending: RecordSender | None = sender

    @property
    def delivered(self) -> int:
        """How many records the broker has confirmed, as far as the client has reported."""
        if self._sending is not None:
            self._sending.count()
        return self._deliveries.delivered

    def write(self, batch: Batch) -> None:
        """Pass the batch to the client."""
        if self._refusal is not None or self._sending is None:
            raise SinkError(self._destination, self._refusal or CLOSED)
        # Set before and taken back after, so that any exception leaves it, also one from a callback or Ctrl-C.
        self._refusal = FAILED
        self._first.check(batch.timestamps[0].value)
        self._sending.send(batch, self._encode)
        self._refusal = None

    def warn_ahead(self, ms: int) -> None:
        """Warn if the topic does not accept timestamps that far ahead of the broker's clock."""
        self._first.expect(ms)

    def close(self) -> None:
        """Wait until each record is confirmed or refused; closing again does nothing."""
        if self._sending is None:
            return
        # Before waiting: Ctrl-C may end the wait, and a sink that is half closed must not take more.
        self._refusal = self._refusal or CLOSED
        error = self._sending.close()
        # Also if a record failed: closing again must not wait again, nor raise the same error twice.
        self._sending = None
        self._first.forget()
        if error is not None:
            raise error
