"""Factories of Kafka sinks, with serializers of your own or with Avro and a schema registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from doge_datagen.errors import MissingDriverError, ModelError
from doge_datagen.sinks.events.avro_serializer import AvroField
from doge_datagen.sinks.events.event_sink import check_functions
from doge_datagen.sinks.events.kafka_sink import KafkaSink, KeyFunction, Serializer, ValueFunction
from doge_datagen.sinks.kafka.client import SharedProducers
from doge_datagen.sinks.kafka.conf import BUFFER_SIZE, client_conf, conf_or_size, producer_conf
from doge_datagen.sinks.kafka.schema_registry import Registry


class KafkaSinkFactory:
    """Makes sinks that share one Kafka producer.

    The producer is created, and the broker contacted, when the first sink collects its first event. Sinks whose topics
    accept only smaller batches (``max.message.bytes``) have a producer of their own.

    Args:
        bootstrap_servers: ``host:port`` of one or more brokers; may be in ``conf`` instead.
        client_id: name of this client in the broker's logs and quotas.
        conf: any of librdkafka's keys; they override the defaults set here: ``enable.idempotence=true`` (so
            ``acks=all``), ``linger.ms=50``, ``compression.type=lz4``. ``message.timeout.ms``, five minutes by default,
            limits how long a record may wait for a broker; ``socket.timeout.ms``, if less than ten seconds, how long
            the first event may wait for one to answer. A number is taken as ``buffer_size``, which was the third
            argument in 1.0.4.
        buffer_size: how many records may wait for the broker; beyond that ``collect`` blocks.

    Raises:
        MissingDriverError: the extra ``kafka`` is not installed.
        ModelError: no broker is named, or an argument is invalid.
    """

    def __init__(
        self,
        bootstrap_servers: Iterable[str] | str | None = None,
        client_id: str | None = None,
        conf: Mapping[str, Any] | int | None = None,
        buffer_size: int = BUFFER_SIZE,
    ) -> None:
        keys, size = conf_or_size(conf, buffer_size)
        shared = client_conf(bootstrap_servers, client_id, keys)
        self._producers = SharedProducers(shared, producer_conf(shared, size))

    def create(
        self,
        topic: str,
        key_function: KeyFunction,
        value_function: ValueFunction,
        key_serializer: Serializer | None = None,
        value_serializer: Serializer | None = None,
    ) -> KafkaSink:
        """Return a sink for one topic.

        Args:
            topic: name of the topic.
            key_function: called as ``key_function(subject, transition)``. Records with equal keys keep their order;
                None means no key.
            value_function: called as ``value_function(timestamp, subject, transition)``, with milliseconds since the
                epoch, which are the record's timestamp too.
            key_serializer: called as ``serializer(key, SerializationContext(topic, MessageField.KEY))``; returns bytes,
                as confluent-kafka's serializers do. None if keys are strings.
            value_serializer: the same for values.

        Raises:
            ModelError: ``topic`` is not a name, or a function or serializer cannot be called.
        """
        if not isinstance(topic, str) or not topic:
            raise ModelError("KafkaSinkFactory.create(topic)", f"{topic!r} is not a topic's name. Hint: give a string")
        check_functions(f"topic {topic}", key_function=key_function, value_function=value_function)
        serializers = {"key_serializer": key_serializer, "value_serializer": value_serializer}
        check_functions(f"topic {topic}", **{name: it for name, it in serializers.items() if it is not None})
        return KafkaSink(self._producers, topic, (key_function, value_function), (key_serializer, value_serializer))


WHAT = "a Kafka sink that writes Avro"


class KafkaAvroSinkFactory:
    """Makes sinks that share one Kafka producer and one client of a schema registry.

    Args:
        bootstrap_servers: as for :class:`KafkaSinkFactory`.
        schema_registry_url: such as ``http://localhost:8081``; a user and password in it are used and never shown.
        client_id: as for :class:`KafkaSinkFactory`.
        conf: as for :class:`KafkaSinkFactory`; a number is taken as ``buffer_size``, the fourth argument in 1.0.4.
        buffer_size: as for :class:`KafkaSinkFactory`.
        schema_registry_conf: keys of confluent-kafka's ``SchemaRegistryClient``, such as ``basic.auth.user.info`` or
            ``ssl.ca.location``; they override ours.

    Raises:
        MissingDriverError: the extra ``kafka`` is not installed.
        ModelError: no broker or no registry is named, or an argument is invalid.
    """

    def __init__(
        self,
        bootstrap_servers: Iterable[str] | str | None = None,
        schema_registry_url: str | None = None,
        client_id: str | None = None,
        conf: Mapping[str, Any] | int | None = None,
        buffer_size: int = BUFFER_SIZE,
        *,
        schema_registry_conf: Mapping[str, Any] | None = None,
    ) -> None:
        self._factory = KafkaSinkFactory(bootstrap_servers, client_id, conf, buffer_size)
        self._registry = Registry(schema_registry_url, schema_registry_conf)

    def create(
        self,
        topic: str,
        key_function: KeyFunction,
        key_schema: str,
        value_function: ValueFunction,
        value_schema: str,
    ) -> KafkaSink:
        """Return a sink for one topic.

        The schemas are registered under ``<topic>-key`` and ``<topic>-value`` with the first event.

        Args:
            topic: name of the topic.
            key_function: called as ``key_function(subject, transition)``; None means no key.
            key_schema: Avro schema as a JSON string.
            value_function: called as ``value_function(timestamp, subject, transition)``, with milliseconds since the
                epoch, which are the record's timestamp too. A tuple ``(name, value)`` chooses the branch of a union.
            value_schema: Avro schema as a JSON string.

        Raises:
            ModelError: a schema is not Avro; the message says what is wrong with it. Or a function cannot be called.

        The sink's first ``collect`` also raises ``UnreachableError`` if no registry answers, and ``RefusedError`` with
        the registry's own reason if it refuses the user or a schema. Each ``collect`` raises ``RecordError`` for a
        value that does not fit its schema, naming the field, the value and the type.
        """
        destination = f"topic {topic}"
        try:
            key = AvroField(self._registry, destination, "key", key_schema)
            value = AvroField(self._registry, destination, "value", value_schema)
        except ImportError as error:
            raise MissingDriverError(WHAT, "kafka") from error
        return self._factory.create(topic, key_function, value_function, key, value)
