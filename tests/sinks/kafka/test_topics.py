"""Missing topics are created, and there is a warning before a topic deletes records."""

import os
import signal
import time
import warnings

import pytest

from doge_datagen.errors import SinkError, UnknownTargetError, UnreachableError
from doge_datagen.sinks.kafka.client import Cluster, Driver
from doge_datagen.sinks.kafka.topics import BROKERS_DEFAULT, add_topics, create_topics
from services import Kafka
from tests.sinks.topics import LOGIN, START, expected, fill, make_topic, read, text_sink

WEEK = "604800000"


def now():
    return int(time.time() * 1000)


def test_a_topic_created_by_the_broker_works(kafka, topic):
    start = now()
    with text_sink(kafka, topic) as sink:
        fill(sink, 10, start)
    assert read(kafka, topic) == expected(10, start)


def test_an_invalid_topic_name_is_an_error(kafka):
    with text_sink(kafka, "no topic!") as sink, pytest.raises(UnknownTargetError, match="letters, digits"):
        sink.collect(START, 1, LOGIN)


def test_there_is_one_warning_if_the_retention_is_shorter_than_the_age_of_the_first_record(kafka, topic):
    make_topic(kafka, topic, retention_ms=WEEK)
    with warnings.catch_warnings(record=True) as recorded:
        warnings.simplefilter("always")
        with text_sink(kafka, topic) as sink:
            fill(sink, 10)
    assert len(recorded) == 1
    text = str(recorded[0].message)
    assert f"topic {topic} keeps records for 7.00 days (retention.ms={WEEK})" in text
    assert f"kafka-configs.sh --bootstrap-server {kafka} --alter --entity-type topics --entity-name {topic}" in text
    assert text.endswith("--add-config retention.ms=-1")


def test_the_warning_points_to_the_callers_line(kafka, topic):
    make_topic(kafka, topic, retention_ms=WEEK)
    with text_sink(kafka, topic) as sink, pytest.warns(UserWarning, match=topic) as recorded:
        sink.collect(START, 1, LOGIN)
    assert recorded[0].filename == __file__


@pytest.mark.parametrize(
    "config",
    [
        {"retention_ms": "-1"},
        {"retention_ms": WEEK, "cleanup_policy": "compact"},
        {"retention_ms": WEEK, "message_timestamp_type": "LogAppendTime"},
    ],
    ids=["kept for ever", "compacted", "stamped by the broker"],
)
def test_there_is_no_warning_about_a_topic_that_retains_old_records(kafka, topic, config):
    make_topic(kafka, topic, **config)
    with text_sink(kafka, topic) as sink:
        fill(sink, 10)


def test_there_is_no_warning_about_a_first_record_within_the_retention(kafka, topic):
    make_topic(kafka, topic, retention_ms=WEEK)
    with text_sink(kafka, topic) as sink:
        fill(sink, 10, now())


def test_a_broker_that_may_not_describe_the_topic_gives_no_warning(kafka, topic, monkeypatch):
    make_topic(kafka, topic, retention_ms=WEEK)
    monkeypatch.setattr(Cluster, "described", lambda *_: {})
    with text_sink(kafka, topic) as sink:
        fill(sink, 10)


def test_missing_topics_are_created_and_retain_everything(kafka, topic):
    assert create_topics([kafka], [topic, f"{topic}_2"], partitions=3) == [topic, f"{topic}_2"]
    with text_sink(kafka, topic) as sink:
        fill(sink, 10)
    assert sorted(read(kafka, topic), key=lambda record: record.timestamp) == expected(10)


def test_an_existing_topic_is_unchanged(kafka, topic):
    make_topic(kafka, topic)
    assert create_topics(kafka, [topic, f"{topic}_2"]) == [f"{topic}_2"]


def test_without_topics_none_are_created(kafka):
    assert create_topics(kafka, []) == []


def test_a_topic_that_cannot_be_created_is_an_error_with_the_brokers_reason(kafka, topic):
    with pytest.raises(SinkError, match=f"topic {topic}: cannot be created: .*partitions") as error:
        create_topics(kafka, [topic], partitions=0)
    assert not error.value.transient


@pytest.mark.slow
def test_a_frozen_broker_may_create_the_topic_later(topic):
    with Kafka() as broker:
        conf = {"bootstrap.servers": broker.bootstrap_servers, "socket.timeout.ms": 1000}
        cluster = Cluster(Driver(), conf)
        cluster.metadata("it answers")
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            with pytest.raises(SinkError, match=f"topic {topic}: cannot be created: .*[Tt]imed out") as error:
                add_topics(cluster, [topic], 1)
        finally:
            os.kill(broker.pid, signal.SIGCONT)
    assert error.value.transient


@pytest.mark.slow
def test_too_few_replicas_are_transient_for_the_brokers_default_and_an_error_for_our_request(topic):
    with Kafka({"default.replication.factor": "3"}) as broker:
        cluster = Cluster(Driver(), {"bootstrap.servers": broker.bootstrap_servers})
        cluster.metadata("it answers")
        for replication, transient in ((BROKERS_DEFAULT, True), (3, False)):
            with pytest.raises(SinkError, match=r"only 1 broker\(s\) are registered") as error:
                add_topics(cluster, [topic], 1, replication)
            assert error.value.transient is transient


def test_topics_are_not_created_without_a_broker():
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1"):
        create_topics("127.0.0.1:1", ["clicks"], {"socket.timeout.ms": 500})
