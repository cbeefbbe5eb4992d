"""Kafka sinks with a broker that does not create topics, requires a login, restarts, or stays down."""

from time import time

import pytest

from doge_datagen.errors import DeliveryError, RefusedError, UnknownTargetError, UnreachableError
from doge_datagen.sinks.kafka.topics import create_topics
from services import Kafka
from tests.sinks.topics import LOGIN, START, expected, fill, make_topic, producers_of, read, sink_of, text_sink

MS_AN_HOUR = 3_600_000
SASL = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN", "sasl_username": Kafka.username}


@pytest.fixture(scope="module")
def broker():
    with Kafka({"auto.create.topics.enable": "false"}) as kafka:
        yield kafka


@pytest.fixture
def running(broker):
    """The broker, restarted if a test killed it."""
    broker.start()
    return broker


@pytest.mark.slow
def test_an_unknown_topic_is_an_error_with_the_nearest_name(running, topic):
    make_topic(running.bootstrap_servers, topic)
    with (
        text_sink(running.bootstrap_servers, f"{topic}x") as sink,
        pytest.raises(UnknownTargetError, match=f"topic {topic}x: .*did you mean '{topic}'.*kafka-topics.sh"),
    ):
        sink.collect(START, 1, LOGIN)


def test_a_wrong_password_is_refused_and_not_displayed(running, topic):
    sink = text_sink(running.sasl_bootstrap_servers, topic, **SASL, sasl_password="s3cret")
    with sink, pytest.raises(RefusedError, match="Invalid username or password") as error:
        sink.collect(START, 1, LOGIN)
    assert "s3cret" not in str(error.value)
    assert not error.value.transient


def test_records_are_delivered_with_the_right_password(running, topic):
    make_topic(running.bootstrap_servers, topic)
    with text_sink(running.sasl_bootstrap_servers, topic, **SASL, sasl_password=Kafka.password) as sink:
        fill(sink, 10)
    assert read(running.bootstrap_servers, topic) == expected(10)


def test_the_error_about_a_missing_password_says_so(running, topic):
    sink = text_sink(running.sasl_bootstrap_servers, topic, socket_timeout_ms=1000)
    with sink, pytest.raises(UnreachableError, match="protocol"):
        sink.collect(START, 1, LOGIN)


@pytest.mark.slow
def test_topics_are_created_with_a_password(running, topic):
    named = {key.replace("_", "."): setting for key, setting in {**SASL, "sasl_password": Kafka.password}.items()}
    assert create_topics(running.sasl_bootstrap_servers, [topic], named) == [topic]


@pytest.mark.slow
def test_a_broker_killed_during_a_run_gets_each_record_once_and_in_order(running, topic):
    """With current timestamps, as a starting broker forgets producers whose last record is older than a day."""
    topic_name = make_topic(running.bootstrap_servers, topic)
    begin = int(time() * 1000) - MS_AN_HOUR
    with text_sink(running.bootstrap_servers, topic_name, linger_ms=5) as sink:
        fill(sink, 20_000, begin)
        running.kill()
        fill(sink, 20_000, begin + 20_000)
        running.start()
        fill(sink, 20_000, begin + 40_000)
    arrived = read(running.bootstrap_servers, topic_name)
    assert sink.delivered == 60_000
    assert arrived == [record for part in range(3) for record in expected(20_000, begin + 20_000 * part)]


@pytest.mark.slow
def test_a_broker_killed_during_a_run_loses_no_records_dated_in_the_past(running, topic):
    """Records in flight when it died may be duplicated; none are missing, and their first occurrences are in order."""
    topic_name = make_topic(running.bootstrap_servers, topic)
    with text_sink(running.bootstrap_servers, topic_name, linger_ms=5) as sink:
        fill(sink, 20_000)
        running.kill()
        fill(sink, 20_000, START + 20_000)
        running.start()
    arrived = read(running.bootstrap_servers, topic_name)
    assert sink.delivered == 40_000
    assert list(dict.fromkeys(arrived)) == [record for part in (0, 20_000) for record in expected(20_000, START + part)]


@pytest.mark.slow
def test_a_broker_that_stays_down_is_reported_with_exact_counts(running, topic):
    producers = producers_of(running.bootstrap_servers, message_timeout_ms=2000)
    sink = sink_of(producers, make_topic(running.bootstrap_servers, topic))
    fill(sink, 100)
    producers.acquire({}).flush()
    running.kill()
    fill(sink, 50)
    with pytest.raises(DeliveryError, match=r"50 of 150 .*message\.timeout\.ms") as error:
        sink.close()
    assert (error.value.accepted, error.value.delivered, error.value.missing) == (150, 100, 50)
    assert error.value.transient
    sink.close()
    running.start()
    assert read(running.bootstrap_servers, topic) == expected(100)
