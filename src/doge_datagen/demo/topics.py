"""The streams clickstream and trx, as Avro in Kafka."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from doge_datagen.demo.banking import User, ValueFunction, click, payment
from doge_datagen.demo.place import Place, Record
from doge_datagen.errors import SinkError
from doge_datagen.model import Transition
from doge_datagen.sinks.kafka_avro import KafkaAvroSinkFactory
from doge_datagen.sinks.kafka_topics import create_topics

SECONDS_TO_READ = 15.0


def stream_topics(bootstrap_servers: str, schema_registry_url: str) -> Iterator[Place]:
    """Both streams in topics of their names, made where they are missing.

    Raises:
        MissingDriverError: the extra ``kafka`` is not installed.
        SinkError: Kafka cannot be reached, or refuses.
    """
    factory = KafkaAvroSinkFactory(bootstrap_servers, schema_registry_url, "doge-demo")
    create_topics(bootstrap_servers, ["clickstream", "trx"])

    def place(name: str, value: ValueFunction, schema: str) -> Place:
        reader = TopicReader(bootstrap_servers, schema_registry_url, name)
        sink = factory.create(name, user_key, avro("Key", user_id="string"), value, schema)
        return Place(name, f"Kafka at {bootstrap_servers}, topic {name}", sink, reader.read)

    clicks = avro("Click", user_id="string", event="string", timestamp="long")
    payments = avro("Payment", user_id="string", amount="long", timestamp="long")
    yield place("clickstream", click, clicks)
    yield place("trx", payment, payments)


def user_key(user: User, _: Transition) -> dict[str, Any]:
    """The key of a record: events of one user keep their order."""
    return {"user_id": str(user.user_id)}


def avro(name: str, **fields: str) -> str:
    """An Avro schema of a record."""
    shown = [{"name": field, "type": kind} for field, kind in fields.items()]
    return json.dumps({"type": "record", "name": name, "namespace": "doge.bank", "fields": shown})


class TopicReader:
    """Reads what comes to a topic after the reader was made."""

    def __init__(self, bootstrap_servers: str, schema_registry_url: str, topic: str) -> None:
        import confluent_kafka  # noqa: PLC0415 - a driver is imported when it is needed

        conf = {"bootstrap.servers": bootstrap_servers, "group.id": "doge-demo", "enable.auto.commit": False}
        self._topic = topic
        self._partition = confluent_kafka.TopicPartition
        self._consumer = confluent_kafka.Consumer(conf)
        self._registry = schema_registry_url
        self._begins = self._ends()

    def read(self) -> Iterator[Record]:
        """The records, decoded; those of one key in the order in which they were written."""
        from confluent_kafka.schema_registry import SchemaRegistryClient, avro  # noqa: PLC0415 - as above

        with SchemaRegistryClient({"url": self._registry}) as registry:
            decode = avro.AvroDeserializer(registry)
            for value in self._values():
                yield decode(value, None)

    def _values(self) -> Iterator[bytes | None]:
        ends = self._ends()
        left = sum(ends[number] - begin for number, begin in self._begins.items())
        self._consumer.assign([self._partition(self._topic, *begin) for begin in self._begins.items()])
        while left > 0:
            message = self._consumer.poll(SECONDS_TO_READ)
            if message is None or message.error():
                reason = message.error() if message else f"nothing came for {SECONDS_TO_READ:.0f} s"
                raise SinkError(f"topic {self._topic}", f"cannot be read back: {reason}")
            left -= 1
            yield message.value()

    def _ends(self) -> dict[int, int]:
        """The offset after the last record of each partition."""
        partitions = self._consumer.list_topics(self._topic, SECONDS_TO_READ).topics[self._topic].partitions
        watermarks = {
            number: self._consumer.get_watermark_offsets(self._partition(self._topic, number), SECONDS_TO_READ)
            for number in partitions
        }
        return {number: high for number, (_, high) in watermarks.items()}
