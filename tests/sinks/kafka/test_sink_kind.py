"""The batch sink for Kafka: each record with its key, timestamp and headers, once and in order, or an error."""

import json
import sys
import time

import pyarrow as pa
import pytest
from confluent_kafka import Consumer, TopicPartition

from doge_datagen.batch import Batch
from doge_datagen.errors import (
    DeliveryError,
    MissingDriverError,
    ModelError,
    RecordError,
    SinkError,
    UnknownTargetError,
    UnreachableError,
)
from doge_datagen.sinks.kafka.sink_kind import KAFKA
from doge_datagen.sinks.sink_kind import SinkContext
from tests.sinks.topics import SILENT, START, Record, admin_client, make_topic, read

NOBODY = "127.0.0.1:1"
UTC_MS = pa.timestamp("ms", tz="UTC")
SCHEMA = pa.schema({"number": pa.int64(), "name": pa.string(), "at": UTC_MS})


def kafka_sink(at, topic, stream="clicks", schema=SCHEMA, **options):
    return KAFKA.open(SinkContext(stream, schema, at, {"topic": topic, **options}, keyed=True))


def batch(first, number, start=START, width=0):
    """Records of seven users, one per millisecond, ordered within each user."""
    numbers = range(first, first + number)
    times = pa.array([start + n for n in numbers], UTC_MS)
    names = [f"click {n}".ljust(width, "!") for n in numbers]
    records = pa.record_batch([pa.array(numbers), pa.array(names), times], schema=SCHEMA)
    return Batch(records, times, pa.array([str(n % 7) for n in numbers]))


def text_of(milliseconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000)) + f".{milliseconds % 1000:03}Z"


def expected(first, number, start=START):
    """The records of that batch in a topic with one partition."""
    return [
        Record(
            b"%d" % (n % 7),
            b'{"number":%d,"name":"click %d","at":"%s"}' % (n, n, text_of(start + n).encode()),
            start + n,
        )
        for n in range(first, first + number)
    ]


def test_records_arrive_with_key_value_and_timestamp_in_order(kafka, topic):
    with kafka_sink(kafka, topic) as sink:
        sink.write(batch(0, 1000))
        sink.write(batch(1000, 1))
    assert read(kafka, topic) == expected(0, 1001)


def test_a_stream_without_keys_has_none(kafka, topic):
    with kafka_sink(kafka, topic) as sink:
        with_keys = batch(0, 3)
        sink.write(Batch(with_keys.records, with_keys.timestamps))
    assert [record.key for record in read(kafka, topic)] == [None] * 3


def test_each_record_has_its_headers(kafka, topic):
    plain = batch(0, 2)
    headers = {"trigger": pa.array(["login", "größer"]), "run": pa.array(["7", ""])}
    with kafka_sink(kafka, topic) as sink:
        sink.write(Batch(plain.records, plain.timestamps, plain.keys, headers))
    consumer = Consumer({"bootstrap.servers": kafka, **SILENT, "group.id": topic})
    consumer.assign([TopicPartition(topic, 0, 0)])
    arrived = [consumer.poll(20).headers() for _ in range(2)]
    consumer.close()
    assert arrived == [[("trigger", b"login"), ("run", b"7")], [("trigger", "größer".encode()), ("run", b"")]]


def test_records_of_a_key_keep_their_order_among_partitions(kafka, topic):
    with kafka_sink(kafka, topic, partitions=3) as sink:
        for part in range(5):
            sink.write(batch(part * 100, 100))
    arrived = read(kafka, topic)
    for user in range(7):
        of_user = [record.timestamp for record in arrived if record.key == b"%d" % user]
        assert of_user == [START + n for n in range(500) if n % 7 == user]


def test_delivered_counts_confirmed_records(kafka, topic):
    sink = kafka_sink(kafka, topic)
    assert sink.delivered == 0
    sink.write(batch(0, 100))
    assert sink.delivered in range(101)
    sink.close()
    assert sink.delivered == 100


def test_a_full_queue_blocks_and_drops_nothing(kafka, topic):
    with kafka_sink(kafka, topic, conf={"queue.buffering.max.messages": 10, "linger.ms": 1}) as sink:
        sink.write(batch(0, 500))
    assert read(kafka, topic) == expected(0, 500)
    assert sink.delivered == 500


def test_the_topic_has_the_streams_name_and_retains_old_records(kafka, topic):
    KAFKA.open(SinkContext(topic, SCHEMA, kafka)).close()
    actual = admin_client(kafka).list_topics(topic, timeout=10).topics[topic]
    assert len(actual.partitions) == 1


def test_a_missing_topic_is_created_with_the_requested_partitions(kafka, topic):
    kafka_sink(kafka, topic, partitions=3, replication=1).close()
    actual = admin_client(kafka).list_topics(topic, timeout=10).topics[topic]
    assert len(actual.partitions) == 3


def test_an_existing_topic_is_unchanged(kafka, topic):
    make_topic(kafka, topic, partitions=2)
    kafka_sink(kafka, topic).close()
    kafka_sink(kafka, topic, partitions=2).close()
    actual = admin_client(kafka).list_topics(topic, timeout=10).topics[topic]
    assert len(actual.partitions) == 2


@pytest.mark.parametrize("run_id", [None, "run"])
def test_a_topic_with_a_different_number_of_partitions_than_the_target_is_an_error(kafka, topic, run_id):
    make_topic(kafka, topic, partitions=2)
    target = SinkContext("clicks", SCHEMA, kafka, {"topic": topic, "partitions": 3}, run_id=run_id)
    message = (
        rf"topic {topic}: has 2 partitions, and the target says partitions: 3. "
        rf"Hint: say 2, omit it, or name another"
    )
    with pytest.raises(UnknownTargetError, match=message):
        KAFKA.open(target)


def test_there_is_one_warning_if_the_retention_is_shorter_than_the_age_of_the_first_record(kafka, topic):
    make_topic(kafka, topic, retention_ms="604800000")
    with kafka_sink(kafka, topic) as sink:
        with pytest.warns(UserWarning, match=r"7\.00 days") as recorded:
            sink.write(batch(0, 10))
        sink.write(batch(10, 10))
    assert [warning.filename for warning in recorded] == [__file__]


def test_there_is_one_warning_about_timestamp_0(kafka, topic):
    with kafka_sink(kafka, topic) as sink:
        with pytest.warns(UserWarning, match=f"topic {topic}: .*timestamp 0") as recorded:
            sink.write(batch(0, 10, start=0))
        sink.write(batch(10, 10, start=0))
    assert [warning.filename for warning in recorded] == [__file__]
    assert sink.delivered == 20


def test_a_timestamp_before_1970_is_an_error(kafka, topic):
    with kafka_sink(kafka, topic) as sink, pytest.raises(RecordError, match=r"timestamp is -5; .* before 1970"):
        sink.write(batch(0, 10, start=-5))
    assert sink.delivered == 0


def test_a_record_over_the_clients_limit_is_an_error(kafka, topic):
    with (
        kafka_sink(kafka, topic, conf={"message.max.bytes": 2000}) as sink,
        pytest.raises(RecordError, match=r"key and value have [\d,]+ bytes\. Hint: .*message\.max\.bytes"),
    ):
        sink.write(batch(0, 10, width=5000))


def test_records_over_the_topics_limit_are_counted(kafka, topic):
    make_topic(kafka, topic, max_message_bytes="1000")
    sink = kafka_sink(kafka, topic, conf={"batch.num.messages": 1, "compression.type": "none"})
    sink.write(batch(0, 10))
    sink.write(batch(10, 3, width=5000))
    with pytest.raises(DeliveryError, match="Message size too large") as error:
        sink.close()
    assert (error.value.accepted, error.value.delivered, error.value.missing) == (13, 10, 3)
    assert sink.delivered == len(read(kafka, topic)) == 10


@pytest.mark.parametrize("conf", [{}, {"batch.size": 500_000}, {"compression.type": "none"}])
def test_a_topic_with_a_low_batch_limit_gets_small_batches(kafka, topic, conf):
    make_topic(kafka, topic, max_message_bytes="1000")
    with kafka_sink(kafka, topic, conf=conf) as sink:
        sink.write(batch(0, 1000))
    assert read(kafka, topic) == expected(0, 1000)


def test_timestamps_that_the_topic_rejects_are_counted(kafka, topic):
    make_topic(kafka, topic, message_timestamp_before_max_ms="1000")
    sink = kafka_sink(kafka, topic)
    sink.write(batch(0, 50))
    with pytest.raises(DeliveryError) as error:
        sink.close()
    assert (error.value.accepted, error.value.delivered, error.value.missing) == (50, 0, 50)
    assert not error.value.transient


def test_a_failure_while_the_queue_is_full_is_raised_with_all_counts(kafka, topic):
    make_topic(kafka, topic, max_message_bytes="1")
    sink = kafka_sink(kafka, topic, conf={"queue.buffering.max.messages": 10, "linger.ms": 0})
    with pytest.raises(DeliveryError) as error:
        sink.write(batch(0, 100))
    assert (error.value.accepted, error.value.delivered) == (100, 0)
    assert sum(error.value.causes.values()) == 100
    sink.close()


def test_a_missing_broker_is_an_error():
    with pytest.raises(UnreachableError, match=f"topic clicks: .*{NOBODY}.*Connection refused"):
        kafka_sink(NOBODY, "clicks", conf={"socket.timeout.ms": 500})


def test_an_invalid_topic_name_is_an_error(kafka):
    with pytest.raises(SinkError, match="no topic!"):
        kafka_sink(kafka, "no topic!")
    with pytest.raises(UnknownTargetError, match="letters, digits"):
        kafka_sink(kafka, "no topic!", create=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"partitions": 0}, r"targets\.clicks\.partitions: 0"),
        ({"partitions": 2_000_000}, r"targets\.clicks\.partitions: 2000000 is too large. Hint: give less than 100001"),
        ({"replication": 70_000}, r"targets\.clicks\.replication: 70000 is too large. Hint: give less than 10001"),
        ({"conf": {"stats_cb": "x"}}, r"targets\.clicks\.conf: expected stats_cb property as a callable function"),
        ({"replication": 0}, r"targets\.clicks\.replication: 0"),
        ({"conf": {"no.such.key": 1}}, r"no\.such\.key"),
        ({"format": "avro"}, r"targets\.clicks\.schema_registry: .*needs the URL"),
    ],
)
def test_an_invalid_option_is_refused_at_opening(kafka, topic, options, message):
    with pytest.raises(ModelError, match=message):
        kafka_sink(kafka, topic, **options)


@pytest.mark.parametrize(("module", "extra"), [("confluent_kafka", "kafka"), ("polars", "json")])
def test_a_missing_package_gives_the_pip_line_at_opening(kafka, topic, monkeypatch, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDriverError, match=rf"pip install 'doge-datagen\[{extra}\]'"):
        kafka_sink(kafka, topic)


def test_records_are_json_readable_by_others(kafka, topic):
    with kafka_sink(kafka, topic) as sink:
        sink.write(batch(0, 1))
    assert json.loads(read(kafka, topic)[0].value) == {"number": 0, "name": "click 0", "at": "2022-02-11T03:22:48.000Z"}
