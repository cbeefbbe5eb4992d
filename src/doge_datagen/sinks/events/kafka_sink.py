"""The sink that writes events to a Kafka topic: each is delivered once, in order per key, or an error is raised."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from reprlib import repr as shown
from time import monotonic
from typing import Any, TypeVar

from doge_datagen.errors import DogeError, RecordError, SinkError, UnknownTargetError
from doge_datagen.model import Transition
from doge_datagen.sinks.base import CLOSED, FAILED
from doge_datagen.sinks.caller_warning import warn_caller
from doge_datagen.sinks.events.event_sink import EventSink
from doge_datagen.sinks.kafka.client import SharedProducer
from doge_datagen.sinks.kafka.delivery_report import DeliveryReport
from doge_datagen.sinks.kafka.resending import send_again
from doge_datagen.sinks.kafka.topics import find_topic, warn_of_retention

NEVER = float("-inf")
LOOK_SECONDS = 0.01
WAIT_SECONDS = 0.1
ANY_PARTITION = -1
CANNOT = (BufferError, TypeError, ValueError, OverflowError)

KeyFunction = Callable[[Any, Transition], Any]
ValueFunction = Callable[[int, Any, Transition], Any]
Serializer = Callable[[Any, Any], Any]
Error = TypeVar("Error", bound=SinkError)


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
        producer: SharedProducer,
        topic: str,
        functions: tuple[KeyFunction, ValueFunction],
        serializers: tuple[Serializer | None, Serializer | None],
    ) -> None:
        self._shared = producer
        self._topic = topic
        self._place = f"topic {topic}"
        self._key_function, self._value_function = functions
        self._key_serializer, self._value_serializer = serializers
        serialization = producer.driver.serialization
        self._key_context = serialization.SerializationContext(topic, serialization.MessageField.KEY)
        self._value_context = serialization.SerializationContext(topic, serialization.MessageField.VALUE)
        self._deliveries = DeliveryReport()
        self._settled = self._deliveries.settled_record
        self._producer: Any = None
        self._refusal: str | None = None
        self._look_at = NEVER
        self._reported = False
        self._warned_of_zero = False
        self._closed = False

    @property
    def delivered(self) -> int:
        """How many records the broker has confirmed, as far as the client has reported."""
        return self._deliveries.delivered

    def collect(self, timestamp: int, subject: Any, transition: Transition) -> None:
        """Pass the event to the client, which sends it in a batch."""
        if monotonic() >= self._look_at:
            self._look(timestamp)
        try:
            key = self._key_function(subject, transition)
            if self._key_serializer is not None and key is not None:
                key = self._key_serializer(key, self._key_context)
            value = self._value_function(timestamp, subject, transition)
            if self._value_serializer is not None:
                value = self._value_serializer(value, self._value_context)
        except SinkError as error:
            self._failed(error)
            raise
        if not timestamp:
            self._warn_of_zero()
        try:
            # Positional arguments, as keywords take the client nearly twice as long.
            callback = partial(self._settled, (value, key, timestamp, None))
            self._producer.produce(self._topic, value, key, ANY_PARTITION, callback, None, timestamp)
        except (*CANNOT, self._shared.driver.error) as error:
            self._wait_for_room(error, timestamp, key, value)
        self._deliveries.accepted += 1

    def close(self) -> None:
        """Wait until each record is confirmed or refused; closing again does nothing."""
        if self._closed:
            return
        self._refusal = self._refusal or CLOSED
        self._look_at = NEVER
        if self._producer is not None:
            self._settle()
            self._producer = None
            self._shared.release()
        self._closed = True
        self._check()

    def _warn_of_zero(self) -> None:
        if not self._warned_of_zero:
            self._warned_of_zero = True
            problem = "Kafka clients take the timestamp 0 for now: records of the first tick carry the time of sending"
            warn_caller(f"{self._place}: {problem}. Hint: set timestamp_start to change that")

    def _settle(self) -> None:
        """Wait until the outcome of every record is known, limited by message.timeout.ms."""
        self._flush()
        send_again(self._producer, self._topic, self._deliveries, self._flush)
        self._deliveries.give_up()

    def _flush(self) -> None:
        """Wait until the client has reported the outcome of all records that it was given."""
        while self._deliveries.waiting > len(self._deliveries.to_resend) and self._producer.flush(WAIT_SECONDS):
            pass

    def _look(self, timestamp: int) -> None:
        """Do what need not be done for each event."""
        if self._refusal is not None:
            raise SinkError(self._place, self._refusal)
        if self._producer is None:
            self._open(timestamp)
        self._producer.poll(0)
        self._check()
        self._look_at = monotonic() + LOOK_SECONDS

    def _open(self, timestamp: int) -> None:
        try:
            cluster = self._shared.cluster()
            find_topic(cluster, self._place, self._topic)
            warn_of_retention(cluster, self._topic, timestamp)
            self._producer = self._shared.acquire()
        except DogeError:
            self._refusal = FAILED
            raise

    def _check(self) -> None:
        """Raise, once, if a record failed, when the outcome of all others is known."""
        if self._deliveries.failed and not self._reported:
            self._settle()
            self._reported = True
            raise self._failed(self._deliveries.error(self._place))

    def _wait_for_room(self, error: Exception, timestamp: int, key: Any, value: Any) -> None:
        """Retry while the queue is full; any other error of the client is final."""
        while isinstance(error, BufferError):
            self._producer.poll(WAIT_SECONDS)
            self._check()
            try:
                callback = partial(self._settled, (value, key, timestamp, None))
                self._producer.produce(self._topic, value, key, ANY_PARTITION, callback, None, timestamp)
            except (*CANNOT, self._shared.driver.error) as again:
                error = again
            else:
                return
        raise self._not_taken(error, key, value) from error

    def _not_taken(self, error: Exception, key: Any, value: Any) -> SinkError:
        if not isinstance(error, self._shared.driver.error):
            return self._failed(RecordError(self._place, self._shape(key, value) or str(error)))
        reason = error.args[0]
        kind = {"MSG_SIZE_TOO_LARGE": RecordError, "_UNKNOWN_TOPIC": UnknownTargetError}.get(reason.name(), SinkError)
        if kind is not RecordError:
            return self._failed(kind(self._place, reason.str()))
        size = len(key or b"") + len(value or b"")
        hint = "make it smaller, or raise message.max.bytes in conf and max.message.bytes of the topic"
        return self._failed(
            RecordError(self._place, f"{reason.str()}: key and value have {size:,} bytes. Hint: {hint}")
        )

    def _shape(self, key: Any, value: Any) -> str | None:
        """Describe what is wrong with the type of key or value; None if nothing is."""
        for name, it, serializer in (("key", key, self._key_serializer), ("value", value, self._value_serializer)):
            if it is None or isinstance(it, str | bytes):
                continue
            maker, wanted = (f"{name}_serializer", "bytes") if serializer else (f"{name}_function", "a string")
            alternative = "" if serializer else f", or give a {name}_serializer"
            return f"{maker} returned {shown(it)} ({type(it).__name__}). Hint: return {wanted}{alternative}"
        return None

    def _failed(self, error: Error) -> Error:
        """Note that this sink accepts no more events, and return the error."""
        self._refusal = FAILED
        self._look_at = NEVER
        return error
