"""Kafka sinks deliver text: each event once, in order, with its timestamp, or an error reports what is missing."""

import json
import logging
import sys
import time
from itertools import count

import pytest
from confluent_kafka.serialization import MessageField

from doge_datagen.errors import DeliveryError, MissingDriverError, ModelError, RecordError, SinkError, UnreachableError
from doge_datagen.generator import DataOnlineGenerator, SubjectFactory
from doge_datagen.sinks.events.kafka_factories import KafkaSinkFactory
from doge_datagen.sinks.kafka.client import SharedProducers
from tests.sinks.topics import (
    LOGIN,
    START,
    Record,
    delete_topic,
    expected,
    fill,
    key,
    make_topic,
    producers_of,
    read,
    set_topic,
    sink_of,
    text_sink,
    topics_of,
    value,
)

NOBODY = "127.0.0.1:1"


@pytest.fixture
def kept(kafka, topic):
    """A topic that retains old records."""
    return make_topic(kafka, topic)


def test_records_arrive_with_key_value_and_timestamp_in_order(kafka, kept):
    with text_sink(kafka, kept) as sink:
        fill(sink, 1000)
    assert read(kafka, kept) == expected(1000)


def test_delivered_counts_confirmed_records(kafka, kept):
    sink = text_sink(kafka, kept)
    assert sink.delivered == 0
    fill(sink, 100)
    sink.close()
    assert sink.delivered == 100


def test_a_clickstream_is_delivered_unchanged(kafka, kept):
    def click(timestamp, subject, transition):
        return json.dumps({"user_id": subject, "event": transition.trigger, "timestamp": timestamp})

    with KafkaSinkFactory([kafka], "clicks").create(kept, key, click) as sink:
        sink.collect(1644549768000, "7", LOGIN)
    assert read(kafka, kept) == [
        Record(b"7", b'{"user_id": "7", "event": "login", "timestamp": 1644549768000}', 1644549768000)
    ]


def test_a_missing_key_stays_missing_and_a_missing_value_is_a_tombstone(kafka, kept):
    factory = KafkaSinkFactory(kafka)
    with factory.create(kept, lambda *_: None, value) as keyless, factory.create(kept, key, lambda *_: None) as empty:
        keyless.collect(START, 1, LOGIN)
        empty.collect(START, 1, LOGIN)
    assert {(record.key, record.value is None) for record in read(kafka, kept)} == {(None, False), (b"1", True)}


def test_an_empty_string_is_not_a_missing_one(kafka, kept):
    with KafkaSinkFactory(kafka).create(kept, lambda *_: "", lambda *_: "") as sink:
        sink.collect(START, 1, LOGIN)
    assert read(kafka, kept) == [Record(b"", b"", START)]


def test_serializers_get_the_object_and_its_context(kafka, kept):
    seen = []

    def serializer(thing, context):
        seen.append((thing, context.topic, context.field))
        return repr(thing).encode()

    sink = KafkaSinkFactory(kafka).create(kept, lambda *_: 7, lambda *_: {"a": 1}, serializer, serializer)
    with sink:
        sink.collect(START, None, LOGIN)
    assert seen == [(7, kept, MessageField.KEY), ({"a": 1}, kept, MessageField.VALUE)]
    assert read(kafka, kept) == [Record(b"7", b"{'a': 1}", START)]


def test_a_key_of_none_does_not_reach_the_serializer(kafka, kept):
    sink = KafkaSinkFactory(kafka).create(kept, lambda *_: None, value, key_serializer=lambda *_: 1 / 0)
    with sink:
        sink.collect(START, 1, LOGIN)
    assert read(kafka, kept)[0].key is None


@pytest.mark.parametrize("place", ["key", "value", "key_serializer", "value_serializer"])
def test_errors_of_the_users_functions_pass_unchanged(kafka, kept, place):
    def own(*_):
        raise LookupError(place)

    functions = {"key": key, "value": value, "key_serializer": None, "value_serializer": None, place: own}
    with KafkaSinkFactory(kafka).create(kept, *functions.values()) as sink, pytest.raises(LookupError, match=place):
        sink.collect(START, 1, LOGIN)


def test_a_full_queue_waits(kafka, kept):
    with text_sink(kafka, kept, queue_buffering_max_messages=10, linger_ms=1) as sink:
        fill(sink, 500)
    assert read(kafka, kept) == expected(500)


def test_the_third_argument_of_1_0_4_is_the_buffer_size(kafka, kept):
    with KafkaSinkFactory([kafka], "doge", 10).create(kept, key, value) as sink:
        fill(sink, 100)
    assert read(kafka, kept) == expected(100)


def test_each_sink_of_a_factory_has_its_own_counts(kafka, topic):
    factory = KafkaSinkFactory(kafka)
    good = factory.create(make_topic(kafka, topic), key, value)
    bad = factory.create(make_topic(kafka, f"{topic}_small", max_message_bytes="100"), key, lambda *_: "x" * 5000)
    fill(good, 50)
    bad.collect(START, 1, LOGIN)
    with pytest.raises(DeliveryError) as error:
        bad.close()
    good.close()
    assert (error.value.accepted, error.value.delivered, error.value.missing) == (1, 0, 1)
    assert "Message size too large" in str(error.value.causes)
    assert good.delivered == 50


def test_a_failed_delivery_is_raised_by_the_next_collect_with_exact_counts(kafka, kept):
    producers = producers_of(kafka, linger_ms=0)
    sink = sink_of(producers, kept)
    fill(sink, 10)
    producers.acquire({}).flush()
    set_topic(kafka, kept, "max.message.bytes", "1")
    with pytest.raises(DeliveryError) as error:
        fill(sink, 10_000_000)
    assert error.value.delivered == len(read(kafka, kept)) == 10
    assert sum(error.value.causes.values()) == error.value.missing > 0


def test_after_an_error_a_sink_accepts_nothing_and_can_be_closed(kafka, kept):
    sink = KafkaSinkFactory(kafka).create(kept, key, lambda _, subject, __: "one" if subject else object())
    for subject in range(1, 6):
        sink.collect(START, subject, LOGIN)
    with pytest.raises(RecordError):
        sink.collect(START, 0, LOGIN)
    with pytest.raises(SinkError, match="no more events"):
        sink.collect(START, 1, LOGIN)
    sink.close()
    assert sink.delivered == 5


def test_a_message_over_the_clients_limit_is_a_record_error(kafka, kept):
    sink = KafkaSinkFactory(kafka).create(kept, key, lambda *_: "x" * 2_000_000)
    with sink, pytest.raises(RecordError, match=r"2,000,001 bytes.*message\.max\.bytes"):
        sink.collect(START, 1, LOGIN)


def test_an_object_without_a_serializer_is_a_record_error(kafka, kept):
    with (
        KafkaSinkFactory(kafka).create(kept, key, lambda *_: {"a": 1}) as sink,
        pytest.raises(RecordError, match=r"value_function returned \{'a': 1\} \(dict\).*give a value_serializer"),
    ):
        sink.collect(START, 1, LOGIN)


def test_a_string_that_utf_8_cannot_encode_is_a_record_error(kafka, kept):
    with (
        KafkaSinkFactory(kafka).create(kept, key, lambda *_: "\ud800") as sink,
        pytest.raises(RecordError, match="utf-8"),
    ):
        sink.collect(START, 1, LOGIN)


def test_a_program_of_1_0_4_without_timestamp_start_runs_and_is_warned_once(kafka, kept):
    class Users(SubjectFactory):
        numbers = count()

        def create(self):
            return next(self.numbers)

    datagen = DataOnlineGenerator(["offline", "online"], "offline", Users(), 5, 1000, 1)
    datagen.add_transition("login", "offline", "online", 100, event_sinks=[text_sink(kafka, kept)])
    with pytest.warns(UserWarning, match=f"topic {kept}: .*timestamp 0 .*set timestamp_start") as caught:
        datagen.start()
    assert len(caught) == 1
    assert [record.value for record in read(kafka, kept)] == [b"0 %d login" % user for user in range(5)]


def test_a_record_with_timestamp_0_gets_the_time_of_sending(kafka, kept):
    before = time.time_ns() // 1_000_000
    with text_sink(kafka, kept) as sink, pytest.warns(UserWarning, match="timestamp 0"):
        sink.collect(0, 1, LOGIN)
    assert before <= read(kafka, kept)[0].timestamp <= time.time_ns() // 1_000_000


def test_a_sink_can_be_created_and_closed_without_a_broker():
    text_sink(NOBODY, "clicks").close()


def test_a_missing_broker_is_an_error_after_the_timeout_and_prints_nothing(capfd):
    sink = text_sink(NOBODY, "clicks", socket_timeout_ms=500)
    with pytest.raises(UnreachableError, match=f"{NOBODY}.*Connection refused") as error:
        sink.collect(START, 1, LOGIN)
    assert error.value.transient
    sink.close()
    assert capfd.readouterr() == ("", "")


def test_log_messages_of_the_client_go_to_our_logger_at_info_level(kafka, kept, caplog):
    with caplog.at_level(logging.DEBUG, "doge_datagen"), text_sink(kafka, kept, debug="msg") as sink:
        fill(sink, 5)
    assert {record.levelno for record in caplog.records} <= {logging.DEBUG, logging.INFO}
    assert any("rdkafka" in record.getMessage() for record in caplog.records)


def test_conf_is_passed_to_librdkafka(kafka, topic):
    with pytest.raises(ModelError, match=r"no\.such\.key"):
        text_sink(kafka, topic, no_such_key=1).collect(START, 1, LOGIN)


def test_the_error_callback_of_conf_is_called_too():
    reports = []
    sink = text_sink(NOBODY, "clicks", error_cb=reports.append, socket_timeout_ms=500)
    with pytest.raises(UnreachableError):
        sink.collect(START, 1, LOGIN)
    assert reports


def test_weaker_acks_are_accepted(kafka, kept):
    with text_sink(kafka, kept, acks=1) as sink:
        fill(sink, 10)
    assert sink.delivered == 10


def test_a_factory_works_after_all_its_sinks_were_closed(kafka, kept):
    factory = KafkaSinkFactory(kafka)
    for part in range(2):
        with factory.create(kept, key, value) as sink:
            fill(sink, 10, START + 10 * part, subjects=1)
    assert read(kafka, kept) == expected(20, subjects=1)


@pytest.mark.parametrize("name", ["", None, b"clicks"])
def test_a_topic_name_is_required(name):
    with pytest.raises(ModelError, match="topic"):
        KafkaSinkFactory(NOBODY).create(name, key, value)


def test_a_missing_driver_gives_the_pip_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[kafka\]'"):
        KafkaSinkFactory(NOBODY)


@pytest.mark.parametrize("conf", [{}, {"batch_size": 500_000}, {"compression_type": "none"}])
def test_a_topic_with_a_low_batch_limit_gets_small_batches(kafka, topic, conf):
    make_topic(kafka, topic, max_message_bytes="1000")
    with text_sink(kafka, topic, **conf) as sink:
        fill(sink, 1000)
    assert read(kafka, topic) == expected(1000)


class RecordingProducers(SharedProducers):
    """Records the producers that it gave to sinks."""

    def __init__(self, *conf):
        super().__init__(*conf)
        self.given = []

    def acquire(self, limits):
        self.given.append(super().acquire(limits))
        return self.given[-1]


def test_topics_with_the_same_limits_share_a_producer_until_the_last_sink_is_closed(kafka, topic):
    shared = {"bootstrap.servers": kafka}
    producers = RecordingProducers(shared, shared)
    same = [sink_of(producers, make_topic(kafka, f"{topic}_{number}")) for number in range(2)]
    small = sink_of(producers, make_topic(kafka, f"{topic}_small", max_message_bytes="1000"))
    for sink in (*same, small):
        fill(sink, 100)
    assert len(set(map(id, producers.given))) == 2
    for sink in (*same, small):
        sink.close()
    assert [sink.delivered for sink in (*same, small)] == [100, 100, 100]
    assert producers.acquire({}) not in producers.given[:3]


def test_closing_a_sink_waits_only_for_its_own_records(kafka, topic):
    factory = KafkaSinkFactory(kafka, conf={"linger.ms": 0})
    first, second = (factory.create(make_topic(kafka, f"{topic}_{number}"), key, value) for number in range(2))
    with second:
        fill(second, 10)
        fill(first, 10)
        first.close()
        assert first.delivered == 10
        fill(second, 10, START + 10)
    assert second.delivered == 20


def test_a_timestamp_before_1970_is_an_error(kafka, kept):
    with text_sink(kafka, kept) as sink, pytest.raises(RecordError, match=r"timestamp is -5; .* before 1970"):
        sink.collect(-5, 1, LOGIN)
    assert sink.delivered == 0


def test_a_topic_that_is_deleted_during_a_run_is_an_error_and_not_created_again(kafka, kept):
    producers = producers_of(kafka, message_timeout_ms=3000)
    sink = sink_of(producers, kept)
    fill(sink, 10)
    producers.acquire({}).flush()
    delete_topic(kafka, kept)
    with pytest.raises(SinkError):
        fill_and_close(sink)
    sink.close()
    assert sink.delivered == 10
    assert kept not in topics_of(kafka)


def fill_and_close(sink):
    fill(sink, 10, START + 10)
    sink.close()
