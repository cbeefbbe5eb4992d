"""Shared by tests of Kafka sinks: topics that retain everything, and their contents."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic

from doge_datagen.errors import SinkError
from doge_datagen.model import Transition
from doge_datagen.sinks.events.kafka_factories import KafkaSinkFactory
from doge_datagen.sinks.events.kafka_sink import KafkaSink
from doge_datagen.sinks.kafka.client import SharedProducers
from doge_datagen.sinks.kafka.conf import BUFFER_SIZE, client_conf, producer_conf
from services.waiting import wait_until

LOGIN = Transition("login", "offline", "online", 1)
START = 1_644_549_768_000
PATIENCE = 120.0
SILENT = {"log_level": 0}
"""For clients of the tests: one that loses its broker would print so every second."""


@dataclass(frozen=True)
class Record:
    """A record of a topic, as seen by a consumer."""

    key: bytes | None
    value: bytes | None
    timestamp: int


def key(subject: Any, transition: Transition) -> str:
    return str(subject)


def value(timestamp: int, subject: Any, transition: Transition) -> str:
    return f"{timestamp} {subject} {transition.trigger}"


def admin_client(kafka: str) -> AdminClient:
    """An admin client that knows the broker, which may just rejoin its cluster after a test has frozen it."""
    admin = AdminClient({"bootstrap.servers": kafka, **SILENT})
    assert wait_until(lambda: bool(admin.list_topics(timeout=PATIENCE).brokers), seconds=PATIENCE)
    return admin


def make_topic(kafka: str, name: str, partitions: int = 1, **config: str) -> str:
    """Create a topic; config names have `_` for `.`."""
    named = {"retention.ms": "-1", **{key.replace("_", "."): setting for key, setting in config.items()}}
    admin = admin_client(kafka)
    admin.create_topics([NewTopic(name, partitions, config=named)])[name].result()
    return name


def topics_of(kafka: str) -> set[str]:
    """The existing topics."""
    admin = admin_client(kafka)
    return set(admin.list_topics(timeout=10).topics)


def delete_topic(kafka: str, name: str) -> None:
    """Delete a topic, and wait until it is deleted."""
    admin = admin_client(kafka)
    admin.delete_topics([name])[name].result()
    wait_until(lambda: name not in topics_of(kafka), seconds=PATIENCE)


def set_topic(kafka: str, name: str, setting: str, to: str) -> None:
    """Change one setting of a topic, and wait until the broker enforces it."""
    entry = ConfigEntry(setting, to, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[entry])
    admin = admin_client(kafka)
    admin.incremental_alter_configs([resource])[resource].result()

    def is_displayed() -> bool:
        return bool(admin.describe_configs([resource])[resource].result()[setting].value == to)

    # A broker displays a setting somewhat earlier than it enforces it, but takes over one change after the other: as
    # soon as it displays a later change, such as a new topic, all earlier ones are in force.
    assert wait_until(is_displayed, seconds=PATIENCE)
    later = make_topic(kafka, f"{name}.later")
    assert wait_until(lambda: later in topics_of(kafka), seconds=PATIENCE)
    admin.delete_topics([later])[later].result()


def read(kafka: str, topic: str) -> list[Record]:
    """All records of a topic, partition by partition, in order."""
    consumer = Consumer(
        {"bootstrap.servers": kafka, **SILENT, "group.id": uuid4().hex, "auto.offset.reset": "earliest"}
    )
    try:
        result = consumer.list_topics(topic, timeout=10).topics[topic]
        partitions = [TopicPartition(topic, number, 0) for number in sorted(result.partitions)]
        return [record for partition in partitions for record in _read_partition(consumer, partition)]
    finally:
        consumer.close()


def _read_partition(consumer: Consumer, partition: TopicPartition) -> Sequence[Record]:
    end = _end_of(consumer, partition)
    records: list[Record] = []
    consumer.assign([partition])
    offset = -1
    while offset + 1 < end:
        message = consumer.poll(20)
        assert message is not None
        assert message.error() is None, message.error()
        offset = message.offset()
        records.append(Record(message.key(), message.value(), message.timestamp()[1]))
    return records


def _end_of(consumer: Consumer, partition: TopicPartition) -> int:
    """The end offset; a broker that has just restarted may not lead the partition yet."""
    deadline = monotonic() + PATIENCE
    while True:
        try:
            return int(consumer.get_watermark_offsets(partition, timeout=10)[1])
        except KafkaException as error:
            if not error.args[0].retriable() or monotonic() >= deadline:
                raise
            sleep(0.1)


def fill(sink: Any, number: int, start: int = START, subjects: int = 7) -> None:
    """Collect the given number of events, one per millisecond, of a few subjects in turn."""
    for index in range(number):
        sink.collect(start + index, index % subjects, LOGIN)


def expected(number: int, start: int = START, subjects: int = 7) -> list[Record]:
    """The records of :func:`fill` in a topic with one partition."""
    return [
        Record(b"%d" % (index % subjects), b"%d %d login" % (start + index, index % subjects), start + index)
        for index in range(number)
    ]


def producers_of(kafka: str, **conf: Any) -> SharedProducers:
    """Producers as in a factory; conf names have `_` for `.`."""
    shared = client_conf(kafka, None, {key.replace("_", "."): setting for key, setting in conf.items()})
    return SharedProducers(shared, producer_conf(shared, BUFFER_SIZE))


def sink_of(producers: SharedProducers, topic: str) -> KafkaSink:
    """A sink that uses the given producers."""
    return KafkaSink(producers, topic, (key, value), (None, None))


def text_sink(kafka: str, topic: str, **conf: Any) -> Any:
    """A sink with its own factory; conf names have `_` for `.`."""
    named = {key if key == "error_cb" else key.replace("_", "."): setting for key, setting in conf.items()}
    return KafkaSinkFactory([kafka], conf=named).create(topic, key, value)


def again_while_loading(do):
    """Call a function, and retry like a run as long as the broker has not loaded its transactions."""
    end = monotonic() + PATIENCE
    while True:
        try:
            return do()
        except SinkError as error:
            if not error.transient or "load in progress" not in str(error) or monotonic() > end:
                raise
            sleep(0.2)
