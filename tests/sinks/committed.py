"""Shared by tests of resumable Kafka sinks: streams of a few users, and the committed records of topics."""

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any
from uuid import uuid4

import pyarrow as pa
from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from doge_datagen.batch import Batch
from doge_datagen.errors import SinkError
from doge_datagen.run.delivery.retry import Retry
from doge_datagen.sinks.kafka.sink_kind import KAFKA
from doge_datagen.sinks.sink_kind import SinkContext
from doge_datagen.sinks.transactional import CommittingSink, Position
from tests.sinks.topics import SILENT, START, Record

SCHEMA = pa.schema({"number": pa.int64()})
USERS = 7
QUICK = {"socket.timeout.ms": 3000, "message.timeout.ms": 3000, "transaction.timeout.ms": 10_000}


def sink_of(
    kafka: str, topic: str, run: str, *, stream: str = "clicks", partitions: int | None = None, **conf: Any
) -> CommittingSink:
    """A sink of a run with an ID, not yet claimed; conf names have `_` for `.`."""
    named = {key.replace("_", "."): setting for key, setting in conf.items()}
    options: dict[str, Any] = {"topic": topic, "conf": {**QUICK, **named}}
    if partitions is not None:
        options["partitions"] = partitions
    assert KAFKA.open_committing is not None
    return KAFKA.open_committing(SinkContext(stream, SCHEMA, kafka, options, keyed=True, run_id=run))


def opened(*args: Any, **kwargs: Any) -> CommittingSink:
    """The same, from a broker that may have just started: opening is retried, as by a run."""
    return Retry(30).until_done(partial(sink_of, *args, **kwargs))


def claimed_sink(*args: Any, **kwargs: Any) -> CommittingSink:
    """The same, claimed, with its position read, which is `ticks` of the test's run."""
    sink = opened(*args, **kwargs)
    for step in (sink.claim, sink.position):
        Retry(30).until_done(step)
    return sink


def batch(first: int, number: int, start: int = START) -> Batch:
    """Records of seven users in turn, one per millisecond, in 2022."""
    numbers = range(first, first + number)
    times = pa.array([start + n for n in numbers], pa.timestamp("ms", tz="UTC"))
    keys = pa.array([str(n % USERS) for n in numbers])
    return Batch(pa.record_batch([pa.array(numbers)], schema=SCHEMA), times, keys)


def at(ticks: int) -> Position:
    """A position of the tests' run."""
    return Position(ticks, '{"model": "clicks", "seed": 7}')


def numbers_of(records: list[Record]) -> list[int]:
    """The numbers in the records."""
    return [int((record.value or b"").removeprefix(b'{"number":').removesuffix(b"}")) for record in records]


def is_each_once_in_order_per_key(records: list[Record], number: int) -> bool:
    """Whether all records up to the number exist exactly once, ordered within each user."""
    numbers = numbers_of(records)
    of_user = [[n for n in numbers if n % USERS == user] for user in range(USERS)]
    return sorted(numbers) == list(range(number)) and all(each == sorted(each) for each in of_user)


def read_committed(kafka: str, topic: str) -> list[Record]:
    """The committed records of a topic, partition by partition, once no transaction is open."""
    return _read(kafka, topic, "read_committed", _ends(kafka, topic))


def read_so_far(kafka: str, topic: str, isolation: str = "read_committed") -> list[Record]:
    """The committed records, up to the first open transaction of each partition."""
    return _read(kafka, topic, isolation, dict.fromkeys(_ends(kafka, topic), 0))


def _ends(kafka: str, topic: str) -> dict[int, int]:
    """The end offsets of the partitions, once a broker that has just started knows them."""
    admin, until = AdminClient({"bootstrap.servers": kafka, **SILENT}), monotonic() + 240
    while True:
        try:
            partitions = sorted(admin.list_topics(topic, timeout=10).topics[topic].partitions)
            requested = {TopicPartition(topic, number): OffsetSpec.latest() for number in partitions}
            answers = admin.list_offsets(requested, isolation_level=IsolationLevel.READ_UNCOMMITTED)
            return {at.partition: answer.result().offset for at, answer in answers.items()}
        except KafkaException:
            if monotonic() > until:
                raise
            admin.poll(0.1)


def _read(kafka: str, topic: str, isolation: str, ends: dict[int, int]) -> list[Record]:
    conf = {"bootstrap.servers": kafka, "group.id": uuid4().hex, "isolation.level": isolation, "fetch.wait.max.ms": 50}
    consumer = Consumer({**conf, **SILENT, "enable.partition.eof": True, "auto.offset.reset": "earliest"})
    try:
        consumer.assign([TopicPartition(topic, number, 0) for number in ends])
        arrived: dict[int, list[Record]] = {number: [] for number in sorted(ends)}
        waiting = dict(ends)
        while waiting:
            message = consumer.poll(20)
            assert message is not None, f"{topic} was not read to its ends: {waiting}"
            if (error := message.error()) is None:
                record = Record(message.key(), message.value(), message.timestamp()[1])
                arrived[message.partition()].append(record)
            elif message.offset() >= waiting.get(message.partition(), 0):
                assert error.name() == "_PARTITION_EOF", error
                waiting.pop(message.partition(), None)
        return [record for records in arrived.values() for record in records]
    finally:
        consumer.close()


def raised(do: Callable[[], object]) -> SinkError | None:
    """The error that a sink raises."""
    try:
        do()
    except SinkError as error:
        return error
    return None
