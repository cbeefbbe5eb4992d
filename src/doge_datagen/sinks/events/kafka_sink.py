"""The sink that writes events to a Kafka topic: each is delivered once, in order per key, or an error is raised."""

from __future__ import annotations

from collections.abc import Callable
from reprlib import repr as shown
from time import monotonic
from typing import Any

from doge_datagen.errors import DogeError, RecordError, SinkError, UnknownTargetError
from doge_datagen.model import Transition
from doge_datagen.sinks.base import CLOSED, FAILED
from doge_datagen.sinks.events.event_sink import EventSink
from doge_datagen.sinks.kafka.client import SharedProducers
from doge_datagen.sinks.kafka.conf import Conf
from doge_datagen.sinks.kafka.delivery_report import DeliveryReport
from doge_datagen.sinks.kafka.producing import RecordSender
from doge_datagen.sinks.kafka.sink import TimestampWarnings
from doge_datagen.sinks.kafka.topics import batch_limits, find_topic
from doge_datagen.sinks.server_wait import FOREVER

NEVER = float("-inf")
# Not for each event, as each look calls into the client; a hundred a second notice a failure soon enough.
LOOK_SECONDS = 0.01

KeyFunction = Callable[[Any, Transition], Any]
ValueFunction = Callable[[int, Any, Transition], Any]
Serializer = Callable[[Any, Any], Any]


class KafkaSink(EventSink):
    """Writes each event to a Kafka topic; created by :class:`KafkaSinkFactory` and :class:`KafkaAvroSinkFactory`.

    ``collect`` opens the sink with the first event, blocks while ``buffer_size`` records wait for the broker, and
    raises if an earlier record failed, once the outcome of all others is known. ``close`` waits until the broker has
    confirmed or refused each record. Neither waits longer than ``message.timeout.ms`` after the last record. With
    idempotence, the default, a broker may fail and come back meanwhile: each record arrives once, in order per key.
    (If timestamps are older than a day, records in flight may arrive twice, as a restarted broker forgets such
    producers.) Exceptions of key, value and serializer functions are passed on unchanged.

    Raises:
        UnreachableError: by the first ``collect``: no broker answers; raised within 15 seconds.
        RefusedError: by the first ``collect``: the broker does not accept our credentials, or forbids the operation.
        UnknownTargetError: by the first ``collect``: the topic does not exist, and the broker does not create it.
        ModelError: by the first ``collect``: ``conf`` has a key or value that librdkafka rejects.
        RecordError: by ``collect``: the current event cannot be a record, because of its type or its size.
        DeliveryError: by ``collect`` or ``close``: the broker did not confirm records that were accepted.
    """

    def __init__(
        self,
        producers: SharedProducers,
        topic: str,
        functions: tuple[KeyFunction, ValueFunction],
        serializers: tuple[Serializer | None, Serializer | None],
    ) -> None:
        self._producers = producers
        self._topic = topic
        self._destination = f"topic {topic}"
        self._key_function, self._value_function = functions
        self._key_serializer, self._value_serializer = serializers
        serialization = producers.driver.serialization
        self._key_context = serialization.SerializationContext(topic, serialization.MessageField.KEY)
        self._value_context = serialization.SerializationContext(topic, serialization.MessageField.VALUE)
        self._deliveries = DeliveryReport()
        self._limits: Conf = {}
        self._sending: RecordSender | None = None
        self._timestamps: TimestampWarnings | None = None
        self._refusal: str | None = None
        self._look_at = NEVER
        self._closed = False

    @property
    def delivered(self) -> int:
        """How many records the broker has confirmed, as far as the client has reported."""
        return self._deliveries.delivered

    def collect(self, timestamp: int, subject: Any, transition: Transition) -> None:
        """Pass the event to the client, which sends it in a batch."""
        sending = self._sending
        # A refusal sets the moment to the past, so one comparison covers it, too.
        if sending is None or monotonic() >= self._look_at:
            sending = self._look(timestamp)
        try:
            key = self._key_function(subject, transition)
            if self._key_serializer is not None and key is not None:
                key = self._key_serializer(key, self._key_context)
            value = self._value_function(timestamp, subject, transition)
            if self._value_serializer is not None:
                value = self._value_serializer(value, self._value_context)
            if timestamp <= 0 and self._timestamps is not None:
                self._timestamps.check(timestamp)
        except SinkError:
            self._refuse(FAILED)
            raise
        try:
            sending.send_one(value, key, timestamp)
        except SinkError:
            self._refuse(FAILED)
            raise
        except (TypeError, ValueError, OverflowError, self._producers.driver.error) as error:
            self._refuse(FAILED)
            raise self._not_taken(error, key, value, sending) from error

    def close(self) -> None:
        """Wait until each record is confirmed or refused; closing again does nothing."""
        if self._closed:
            return
        # Before waiting: an exception meanwhile, such as Ctrl-C, must not leave a sink that takes further events.
        self._refuse(CLOSED)
        error = None if self._sending is None else self._sending.close()
        if self._sending is not None:
            # The producer is given back even if records failed: other sinks share it.
            self._sending = None
            self._producers.release(self._limits)
        self._closed = True
        if error is not None:
            raise error

    def _look(self, timestamp: int) -> RecordSender:
        """Do what need not be done for each event."""
        if self._refusal is not None:
            raise SinkError(self._destination, self._refusal)
        try:
            sending = self._sending or self._opened(timestamp)
            sending.check()
        except DogeError:
            self._refuse(FAILED)
            raise
        self._look_at = monotonic() + LOOK_SECONDS
        return sending

    def _opened(self, timestamp: int) -> RecordSender:
        cluster = self._producers.cluster()
        find_topic(cluster, self._destination, self._topic)
        self._timestamps = TimestampWarnings(cluster, self._topic, "timestamp_start")
        self._timestamps.check(timestamp)
        # A broker refuses a whole batch that is larger than its topic allows, so the producer has to make smaller ones
        # (max.message.bytes).
        self._limits = batch_limits(cluster, self._topic, self._producers.conf)
        producer, driver = self._producers.acquire(self._limits), self._producers.driver
        self._sending = RecordSender(producer, driver, self._topic, self._deliveries, FOREVER, shared=True)
        return self._sending

    def _refuse(self, refusal: str) -> None:
        """Accept no more events."""
        self._refusal = self._refusal or refusal
        self._look_at = NEVER

    def _not_taken(self, error: Exception, key: Any, value: Any, sending: RecordSender) -> SinkError:
        if not isinstance(error, self._producers.driver.error):
            return RecordError(self._destination, self._shape(key, value) or str(error))
        reason = error.args[0]
        if reason.name() == "MSG_SIZE_TOO_LARGE":
            return sending.too_large(reason, value, key)
        kind = UnknownTargetError if reason.name() == "_UNKNOWN_TOPIC" else SinkError
        return kind(self._destination, reason.str())

    def _shape(self, key: Any, value: Any) -> str | None:
        """Describe what is wrong with the type of key or value; None if nothing is."""
        for name, it, serializer in (("key", key, self._key_serializer), ("value", value, self._value_serializer)):
            if it is None or isinstance(it, str | bytes):
                continue
            maker, wanted = (f"{name}_serializer", "bytes") if serializer else (f"{name}_function", "a string")
            alternative = "" if serializer else f", or give a {name}_serializer"
            return f"{maker} returned {shown(it)} ({type(it).__name__}). Hint: return {wanted}{alternative}"
        return None
