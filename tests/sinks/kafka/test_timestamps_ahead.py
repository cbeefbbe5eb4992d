"""Records dated ahead of the broker's clock: accepted by topics we create; warnings and exact counts for others."""

import json
from time import time

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import ConfigResource

from doge_datagen import Clock, Model, Population, Stream, Transition, create_topics
from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.kafka.client import Cluster, Driver
from doge_datagen.sinks.kafka.topics import add_topics
from tests.sinks.committed import read_committed
from tests.sinks.events.test_kafka import text_sink
from tests.sinks.topics import LOGIN, SILENT, admin_client, make_topic, read

HOUR = 3_600_000
LIMIT = str(HOUR)
MINUTES = 300


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "machine"))


def minutes(start=None):
    """A record per minute for five hours, starting two hours ago: at least 60 are more than an hour ahead."""
    start = int(time() * 1000) - 2 * HOUR if start is None else start
    return Model(
        name="minutes",
        subjects=Population("meter", 1, {"number": 0}),
        states=["on"],
        initial="on",
        transitions=[Transition("count", "on", "on", 100, do="number += 1", emit="counts")],
        streams={"counts": Stream({"number": "number"}, key="str(number)", headers={"number": "str(number)"})},
        clock=Clock(start, 60_000, MINUTES),
    )


def run(kafka, topic, model=None, **kwargs):
    return (model or minutes()).run({"counts": {"kafka": kafka, "topic": topic}}, seed=7, **kwargs)


def settings(kafka, topic):
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    admin = admin_client(kafka)
    described = admin.describe_configs([resource])[resource].result()
    return {name: setting.value for name, setting in described.items()}


@pytest.mark.parametrize("run_id", [None, "ahead"])
def test_a_topic_created_by_a_run_accepts_records_of_the_past_and_future(kafka, topic, run_id, caplog):
    run(kafka, topic, run_id=run_id and f"{run_id}-{topic}")
    there = [json.loads(record.value)["number"] for record in read_committed(kafka, topic)]
    assert there == list(range(1, MINUTES + 1))
    assert "ahead of the broker's clock" not in caplog.text


def test_created_topics_accept_and_retain_records_of_any_time(kafka, topic):
    create_topics(kafka, [topic])
    has = settings(kafka, topic)
    assert has["retention.ms"] == "-1"
    assert has["message.timestamp.after.max.ms"] == has["message.timestamp.before.max.ms"] == str(2**63 - 1)


def test_a_broker_that_does_not_know_these_settings_creates_the_topic_without_them(kafka, topic):
    """Like brokers before 3.6, which accept records of any time."""
    unknown = {"retention.ms": "-1", "message.timestamp.unknown.ms": "1"}
    cluster = Cluster(Driver(), {"bootstrap.servers": kafka})
    assert add_topics(cluster, [topic], 1, settings=unknown) == [topic]
    assert settings(kafka, topic)["retention.ms"] == "-1"


def test_a_setting_that_is_wrong_for_another_reason_is_an_error(kafka, topic):
    cluster = Cluster(Driver(), {"bootstrap.servers": kafka})
    with pytest.raises(SinkError, match="cannot be created: Unknown topic config name: nonsense"):
        add_topics(cluster, [topic], 1, settings={"nonsense": "1"})


@pytest.mark.parametrize("run_id", [None, "ahead"])
def test_there_is_a_warning_before_the_first_record_if_the_topic_will_reject_some(kafka, topic, run_id, caplog):
    make_topic(kafka, topic, message_timestamp_after_max_ms=LIMIT)
    with pytest.raises(DeliveryError):
        run(kafka, topic, run_id=run_id and f"{run_id}-{topic}")
    result = next(it for it in caplog.messages if topic in it)
    assert f"topic {topic} takes records up to 1.00 hours ahead of the broker's clock" in result
    assert "those of this run get up to 2.98 hours ahead" in result
    assert f"--entity-name {topic} --add-config message.timestamp.after.max.ms=9223372036854775807" in result


def test_there_is_no_warning_for_a_run_below_the_limit(kafka, topic, caplog):
    make_topic(kafka, topic, message_timestamp_after_max_ms=LIMIT)
    run(kafka, topic, minutes(int(time() * 1000) - 5 * HOUR))
    assert "ahead of the broker's clock" not in caplog.text


def test_rejected_records_do_not_affect_others(kafka, topic):
    make_topic(kafka, topic, message_timestamp_after_max_ms=LIMIT)
    with pytest.raises(DeliveryError, match=r"message\.timestamp\.after\.max\.ms") as caught:
        run(kafka, topic)
    there = read(kafka, topic)
    assert [json.loads(it.value)["number"] for it in there] == list(range(1, len(there) + 1))
    assert 181 <= len(there) <= 190, "all that is not more than an hour ahead when it arrives"
    assert (caught.value.accepted, caught.value.delivered, caught.value.missing) == (
        *(MINUTES, len(there)),
        MINUTES - len(there),
    )
    report = caught.value.report
    assert [(it.generated, it.delivered) for it in report.sinks] == [(MINUTES, len(there))]


def test_records_sent_again_keep_key_timestamp_and_headers(kafka, topic):
    make_topic(kafka, topic, message_timestamp_after_max_ms=LIMIT)
    model = minutes()
    with pytest.raises(DeliveryError):
        run(kafka, topic, model)
    last = len(read(kafka, topic))
    consumer = Consumer({"bootstrap.servers": kafka, **SILENT, "group.id": topic})
    consumer.assign([TopicPartition(topic, 0, 0)])
    for number in range(1, last + 1):
        message = consumer.poll(20)
        assert message.key() == str(number).encode()
        assert message.timestamp()[1] == model.clock.timestamp(number - 1)
        assert message.headers() == [("number", str(number).encode())]
    consumer.close()


def test_rejected_events_do_not_affect_others(kafka, topic):
    """The same for the sink of a program."""
    make_topic(kafka, topic, message_timestamp_after_max_ms=LIMIT)
    now = int(time() * 1000)
    sink = text_sink(kafka, topic)
    for number in range(100):
        sink.collect(now + (24 * HOUR if number % 10 == 9 else -number * 1000), number, LOGIN)
    with pytest.raises(DeliveryError) as caught:
        sink.close()
    assert sorted(int(record.key) for record in read(kafka, topic)) == [it for it in range(100) if it % 10 != 9]
    assert (caught.value.accepted, caught.value.delivered, caught.value.missing) == (100, 90, 10)
    assert sink.delivered == 90
