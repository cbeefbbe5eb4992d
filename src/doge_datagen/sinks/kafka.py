"""Kafka sinks that share one connection: text by default, or whatever a serializer makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.sinks.functions import check_functions
from doge_datagen.sinks.kafka_client import SharedProducer
from doge_datagen.sinks.kafka_conf import BUFFER_SIZE, client_conf, conf_or_size, producer_conf
from doge_datagen.sinks.kafka_sink import KafkaSink, KeyFunction, Serializer, ValueFunction


class KafkaSinkFactory:
    """Makes sinks that share one Kafka producer.

    The producer is made, and the broker asked, when the first sink collects its first event.

    Args:
        bootstrap_servers: ``host:port`` of one or more brokers; may be in ``conf`` instead.
        client_id: what the broker calls this client in its logs and quotas.
        conf: any of librdkafka's keys; they win over what is set here: ``enable.idempotence=true`` (so ``acks=all``),
            ``linger.ms=50``, ``compression.type=lz4``. ``message.timeout.ms`` bounds how long a record may wait for a
            broker, five minutes if not set. A number is taken as ``buffer_size``, which was third in 1.0.4.
        buffer_size: how many records may wait for the broker; when as many wait, ``collect`` waits.

    Raises:
        MissingDriverError: the extra ``kafka`` is not installed.
        ModelError: no broker is named, or an argument is not what it should be.
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
        self._producer = SharedProducer(shared, producer_conf(shared, size))

    def create(
        self,
        topic: str,
        key_function: KeyFunction,
        value_function: ValueFunction,
        key_serializer: Serializer | None = None,
        value_serializer: Serializer | None = None,
    ) -> KafkaSink:
        """A sink for one topic.

        Args:
            topic: its name.
            key_function: called as ``key_function(subject, transition)``; records with equal keys keep their order;
                None means no key.
            value_function: called as ``value_function(timestamp, subject, transition)``, with milliseconds since the
                epoch, which are the record's timestamp too.
            key_serializer: called as ``serializer(key, SerializationContext(topic, MessageField.KEY))`` and returns
                bytes, as confluent-kafka's serializers do; None where keys are text.
            value_serializer: the same for values.

        Raises:
            ModelError: ``topic`` is no name, or a function or serializer cannot be called.
        """
        if not isinstance(topic, str) or not topic:
            raise ModelError("KafkaSinkFactory.create(topic)", f"{topic!r} is no topic's name; give a text")
        check_functions(f"topic {topic}", key_function=key_function, value_function=value_function)
        serializers = {"key_serializer": key_serializer, "value_serializer": value_serializer}
        check_functions(f"topic {topic}", **{name: it for name, it in serializers.items() if it is not None})
        return KafkaSink(self._producer, topic, (key_function, value_function), (key_serializer, value_serializer))
