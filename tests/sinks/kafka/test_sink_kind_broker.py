"""The batch sink for Kafka with a broker that restarts, stays down, requires a login or loses the topic."""

from time import time

import pyarrow as pa
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from doge_datagen.batch import Batch
from doge_datagen.errors import DeliveryError, RefusedError, UnknownTargetError
from doge_datagen.sinks.kafka.sink_kind import KAFKA
from doge_datagen.sinks.sink_kind import SinkContext
from services import Kafka
from services.waiting import wait_until
from tests.sinks.kafka.test_sink import client_of, sender_to, sink_of
from tests.sinks.topics import SILENT, START, admin_client, make_topic, read

MS_AN_HOUR = 3_600_000
SASL = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": Kafka.username}
SCHEMA = pa.schema({"number": pa.int64()})


@pytest.fixture(scope="module")
def broker():
    with Kafka({"auto.create.topics.enable": "false"}) as kafka:
        yield kafka


@pytest.fixture
def running(broker):
    """The broker, restarted if a test killed it."""
    broker.start()
    return broker


def kafka_sink(at, topic, *, create=True, **conf):
    return KAFKA.open(SinkContext(topic, SCHEMA, at, {"conf": conf, "create": create}))


def batch(first, number, start=START):
    numbers = pa.array(range(first, first + number))
    times = pa.array(range(start + first, start + first + number), pa.timestamp("ms", tz="UTC"))
    return Batch(pa.record_batch([numbers], schema=SCHEMA), times)


def values(number):
    return [b'{"number":%d}' % n for n in range(number)]


@pytest.mark.slow
def test_an_unknown_topic_that_we_may_not_create_is_an_error_with_the_nearest_name(running, topic):
    make_topic(running.bootstrap_servers, topic)
    with pytest.raises(UnknownTargetError, match=f"did you mean '{topic}'"):
        kafka_sink(running.bootstrap_servers, f"{topic}x", create=False)


def test_a_wrong_password_is_refused_at_opening_and_not_displayed(running, topic):
    with pytest.raises(RefusedError, match="Invalid username or password") as error:
        kafka_sink(running.sasl_bootstrap_servers, topic, **SASL, **{"sasl.password": "s3cret"})
    assert "s3cret" not in str(error.value)


@pytest.mark.slow
def test_with_the_right_password_the_topic_is_created_and_records_are_delivered(running, topic):
    with kafka_sink(running.sasl_bootstrap_servers, topic, **SASL, **{"sasl.password": Kafka.password}) as sink:
        sink.write(batch(0, 10))
    assert [record.value for record in read(running.bootstrap_servers, topic)] == values(10)


@pytest.mark.slow
def test_a_broker_killed_during_a_run_gets_each_record_once_and_in_order(running, topic):
    begin = int(time() * 1000) - MS_AN_HOUR
    with kafka_sink(running.bootstrap_servers, topic, **{"linger.ms": 5}) as sink:
        sink.write(batch(0, 20_000, begin))
        running.kill()
        sink.write(batch(20_000, 20_000, begin))
        running.start()
        sink.write(batch(40_000, 20_000, begin))
    assert sink.delivered == 60_000
    assert [record.value for record in read(running.bootstrap_servers, topic)] == values(60_000)


@pytest.mark.slow
def test_a_broker_that_stays_down_is_reported_with_exact_counts(running, topic):
    at = running.bootstrap_servers
    sender = sender_to(topic, client_of(at, message_timeout_ms=2000))
    sink = sink_of(at, topic, sender)
    sink.write(batch(0, 100))
    sender.settle()
    running.kill()
    sink.write(batch(100, 50))
    with pytest.raises(DeliveryError, match=r"50 of 150 .*message\.timeout\.ms") as error:
        sink.close()
    assert (error.value.accepted, error.value.delivered, error.value.missing) == (150, 100, 50)
    assert error.value.transient
    sink.close()
    running.start()
    assert [record.value for record in read(running.bootstrap_servers, topic)] == values(100)


@pytest.mark.slow
def test_a_topic_that_is_deleted_during_a_run_is_reported_with_all_missing_records(running, topic):
    at = running.bootstrap_servers
    sender = sender_to(topic, client_of(at, message_timeout_ms=5000))
    sink = sink_of(at, topic, sender)
    sink.write(batch(0, 10))
    sender.settle()
    delete(at, topic)
    sink.write(batch(10, 10))
    with pytest.raises(DeliveryError) as error:
        sink.close()
    assert (error.value.delivered, error.value.missing) == (10, sum(error.value.causes.values()))
    sink.close()
    assert sink.delivered == 10


def delete(kafka, topic):
    """Delete a topic with one partition, and wait until its log is closed, which happens somewhat later."""
    where = {"bootstrap.servers": kafka, **SILENT}
    admin, reader, partition = admin_client(kafka), Consumer({**where, "group.id": topic}), TopicPartition(topic, 0)
    reader.get_watermark_offsets(partition, timeout=60)  # it knows the leader now, and keeps polling it
    admin.delete_topics([topic])[topic].result()
    assert wait_until(lambda: is_gone(reader, partition), seconds=240)
    reader.close()


def is_gone(reader, partition):
    try:
        reader.get_watermark_offsets(partition, timeout=60)
    except KafkaException as error:
        return error.args[0].code() in (KafkaError._UNKNOWN_PARTITION, KafkaError.UNKNOWN_TOPIC_OR_PART)
    return False
