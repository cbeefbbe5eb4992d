"""Batches to a Kafka topic: each record is delivered once, in order per key, or an error is raised."""

from __future__ import annotations

from doge_datagen.batch import Batch
from doge_datagen.errors import RecordError, SinkError
from doge_datagen.sinks.base import FAILED, BatchSink
from doge_datagen.sinks.caller_warning import warn_caller
from doge_datagen.sinks.kafka.client import Cluster, SharedProducer
from doge_datagen.sinks.kafka.delivery_report import DeliveryReport
from doge_datagen.sinks.kafka.producing import Encode, RecordSender
from doge_datagen.sinks.kafka.topics import warn_of_lead, warn_of_retention
from doge_datagen.sinks.patience import FOREVER, Patience

CLOSED = "a closed sink takes no batches. Hint: make a new one"
FOR_NOW = "Kafka clients take the timestamp 0 for now: such records carry the time of sending"


class TimestampWarnings:
    """Says what is to be said of the timestamps of the records that go to a topic; each warning once.

    Args:
        cluster: asked with the first batch whether the topic keeps such old records.
        topic: its name.
    """

    def __init__(self, cluster: Cluster, topic: str) -> None:
        self._cluster: Cluster | None = cluster
        self._topic = topic

    def see(self, batch: Batch) -> None:
        """Look at a batch's first record, the oldest.

        Raises:
            RecordError: it is older than 1970.
        """
        timestamp = batch.timestamps[0].value
        place = f"topic {self._topic}"
        if timestamp < 0:
            raise RecordError(place, f"a record's timestamp is {timestamp}; Kafka has none before 1970")
        if self._cluster is None:
            return
        warn_of_retention(self._cluster, self._topic, timestamp)
        self.forget()
        if not timestamp:
            warn_caller(f"{place}: {FOR_NOW}. Hint: set the clock's start to change that")

    def expect(self, lead: int) -> None:
        """Say before the first record whether the topic will refuse such that are so far ahead of the clock."""
        if self._cluster is not None:
            warn_of_lead(self._cluster, self._topic, lead)

    def forget(self) -> None:
        """Let go of the cluster: nothing more is said but errors."""
        self._cluster = None


class KafkaBatchSink(BatchSink):
    """Writes the records of a stream to a topic, each with its key, timestamp and headers.

    ``write`` hands a batch to the client, which sends it in the background; it waits while the client's queue
    (``queue.buffering.max.messages``) is full, and raises when a record before failed, once it is known what became of
    the others. ``close`` waits until the broker has confirmed or refused each record. Neither waits longer than
    ``message.timeout.ms`` after the last record. A failure may be told by a later ``write``, or by ``close``.

    Args:
        producer: makes the client, which is this sink's alone: what it still holds is what is not delivered.
        cluster: asked with the first batch whether the topic keeps such old records.
        topic: its name; the topic is there.
        encode: makes the values.
        patience: how long a broker is waited for when the user wants the run to end.

    Raises:
        RecordError: by ``write``: a record cannot be written, for its values or its size, or is older than 1970.
        DeliveryError: by ``write`` or ``close``: the broker did not confirm all records. By ``write`` the batch at hand
            counts as accepted, and what was not sent any more of it as missing.
    """

    def __init__(
        self, producer: SharedProducer, cluster: Cluster, topic: str, encode: Encode, patience: Patience = FOREVER
    ) -> None:
        self._shared = producer
        self._place = f"topic {topic}"
        self._first = TimestampWarnings(cluster, topic)
        self._deliveries = DeliveryReport()
        self._refusal: str | None = None
        client = producer.taken()
        self._sending: RecordSender | None = RecordSender(
            client, producer.driver, topic, encode, self._deliveries, patience
        )

    @property
    def delivered(self) -> int:
        """How many records the broker has confirmed, as far as the client was asked."""
        if self._sending is not None:
            self._sending.count()
        return self._deliveries.delivered

    def write(self, batch: Batch) -> None:
        """Hand the batch to the client."""
        if self._refusal is not None or self._sending is None:
            raise SinkError(self._place, self._refusal or CLOSED)
        self._refusal = FAILED
        self._first.see(batch)
        self._sending.send(batch)
        self._refusal = None

    def warn_ahead(self, ms: int) -> None:
        """Warn where the topic does not take timestamps so far ahead of the broker's clock."""
        self._first.expect(ms)

    def close(self) -> None:
        """Wait until each record is confirmed or refused; closing again does nothing."""
        if self._sending is None:
            return
        self._refusal = self._refusal or CLOSED
        sending = self._sending
        sending.forget_unsent()
        sending.settle()
        self._sending = None
        self._first.forget()
        self._shared.let_go()
        if self._deliveries.failed and not sending.reported:
            raise self._deliveries.error(self._place)
