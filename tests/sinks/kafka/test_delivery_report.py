"""The counts of a Kafka sink are consistent.

Records that a broker rejects do not affect others, which are sent again, by both kinds of sink.

At least two records are rejected: with one, the client reports the whole request as rejected.
"""

import pyarrow as pa
import pytest

from doge_datagen.batch import Batch
from doge_datagen.errors import DeliveryError
from doge_datagen.sinks.events.kafka_factories import KafkaSinkFactory
from doge_datagen.sinks.kafka import producing as kafka_sending
from doge_datagen.sinks.kafka.delivery_report import UNREPORTED, DeliveryReport
from doge_datagen.sinks.kafka.sink_kind import KAFKA
from doge_datagen.sinks.sink_kind import SinkContext
from tests.sinks.topics import LOGIN, START, Record, make_topic, read, value


class Refusal:
    """The client's error for a failed record."""

    def __init__(self, name):
        self._name = name

    def name(self):
        return self._name

    def str(self):
        return f"Broker: {self._name}"


def account(accepted, delivered, *failed):
    deliveries = DeliveryReport()
    deliveries.accepted = accepted
    for _ in range(delivered):
        deliveries.settled(None, None)
    for name in failed:
        deliveries.settled(Refusal(name), None)
    return deliveries


def test_records_neither_delivered_nor_failed_are_pending():
    assert account(5, 2, "_MSG_TIMED_OUT").waiting == 2


def test_the_error_counts_each_cause_the_most_frequent_first():
    error = account(4, 1, "OTHER", "MORE", "MORE").error("topic clicks")
    assert (error.accepted, error.delivered, error.missing) == (4, 1, 3)
    assert list(error.causes.items()) == [("Broker: MORE", 2), ("Broker: OTHER", 1)]


def test_a_cause_with_a_known_cure_names_it():
    assert "max.message.bytes" in str(account(1, 0, "MSG_SIZE_TOO_LARGE").error("topic clicks"))


@pytest.mark.parametrize(
    ("names", "transient"), [(["_TRANSPORT"], True), (["_TRANSPORT", "MSG_SIZE_TOO_LARGE"], False)]
)
def test_an_error_is_transient_if_all_its_causes_are(names, transient):
    assert account(len(names), 0, *names).error("topic clicks").transient is transient


def test_records_that_the_client_never_reports_count_as_failed():
    deliveries = account(3, 1)
    deliveries.give_up()
    assert deliveries.waiting == 0
    assert deliveries.error("topic clicks").causes == {UNREPORTED: 2}


def test_without_pending_records_none_are_abandoned():
    deliveries = account(1, 1)
    deliveries.give_up()
    assert not deliveries.failed


SCHEMA = pa.schema({"number": pa.int64()})
TOGETHER = {"linger.ms": 500}


@pytest.fixture
def compacted(kafka, topic):
    """A topic that rejects records without a key."""
    return make_topic(kafka, topic, cleanup_policy="compact")


def batch(numbers, keys, times, **headers):
    records = pa.record_batch([pa.array(numbers)], schema=SCHEMA)
    moments = pa.array([START + time for time in times], pa.timestamp("ms", tz="UTC"))
    return Batch(records, moments, pa.array(keys), {name: pa.array(texts) for name, texts in headers.items()})


def write(kafka, topic, it, **conf):
    """Write the batch in one request; returns the error about missing records."""
    sink = KAFKA.open(SinkContext(topic, SCHEMA, kafka, {"conf": {**TOGETHER, **conf}}, keyed=True))
    sink.write(it)
    with pytest.raises(DeliveryError) as error:
        sink.close()
    return error.value


def arrived(kafka, topic):
    return [(record.key, record.value, record.timestamp - START) for record in read(kafka, topic)]


def test_the_other_records_of_a_batch_are_delivered_with_their_timestamps(kafka, compacted):
    keys = [None if number in (0, 150) else str(number % 3) for number in range(200)]
    error = write(kafka, compacted, batch(range(200), keys, range(200)))
    assert (error.accepted, error.delivered, error.missing) == (200, 198, 2)
    assert "compacted" in str(error)
    there = [(b"%d" % (n % 3), b'{"number":%d}' % n, n) for n in range(200) if n not in (0, 150)]
    assert arrived(kafka, compacted) == there


def test_identical_records_with_one_timestamp_are_all_sent_again(kafka, compacted):
    error = write(kafka, compacted, batch([7, 7, 8, 8], ["a", "a", None, None], [0, 0, 1, 1]))
    assert (error.accepted, error.delivered, error.missing) == (4, 2, 2)
    assert arrived(kafka, compacted) == [(b"a", b'{"number":7}', 0)] * 2


def test_identical_records_with_close_timestamps_are_counted_as_missing(kafka, compacted):
    error = write(kafka, compacted, batch([7, 7, 9, 8, 8], ["a", "a", "a", None, None], range(5)))
    assert (error.accepted, error.delivered, error.missing) == (5, 1, 4)
    assert arrived(kafka, compacted) == [(b"a", b'{"number":9}', 2)]


def test_identical_records_far_apart_are_sent_again(kafka, compacted):
    keys = ["a", *(str(number) for number in range(1, 200)), "a", None, None]
    error = write(kafka, compacted, batch([7, *range(1, 200), 7, 8, 8], keys, range(203)))
    assert error.missing == 2
    assert {(b"a", b'{"number":7}', 0), (b"a", b'{"number":7}', 200)} < set(arrived(kafka, compacted))


def test_a_record_that_waited_for_the_queue_is_sent_again_too(kafka, compacted):
    """The client queues four records: the fifth waits until they are delivered, and is sent with the next three."""
    keys = ["a", "b", "c", "d", "e", None, None, "f"]
    error = write(kafka, compacted, batch(range(8), keys, range(8)), **{"queue.buffering.max.messages": 4})
    assert (error.accepted, error.delivered, error.missing) == (8, 6, 2)
    assert arrived(kafka, compacted)[4:] == [(b"e", b'{"number":4}', 4), (b"f", b'{"number":7}', 7)]


def test_records_are_sent_again_with_their_headers(kafka, compacted, monkeypatch):
    sent = []
    send_again = kafka_sending.send_again

    def seen(producer, topic, report, settle):
        sent.extend(report.to_resend)
        send_again(producer, topic, report, settle)

    monkeypatch.setattr(kafka_sending, "send_again", seen)
    write(kafka, compacted, batch([1, 2, 2], ["a", None, None], [0, 1, 1], trigger=["login", "a", "b"]))
    assert sent == [(b'{"number":1}', b"a", START, [("trigger", b"login")])]


def test_the_other_events_of_a_sink_are_delivered_with_their_timestamps(kafka, compacted):
    sink = KafkaSinkFactory(kafka, conf=TOGETHER).create(
        compacted, lambda subject, _: None if subject in (4, 5) else str(subject), value
    )
    for subject in range(10):
        sink.collect(START + subject // 2, subject, LOGIN)
    with pytest.raises(DeliveryError) as error:
        sink.close()
    assert (error.value.accepted, error.value.delivered, error.value.missing) == (10, 8, 2)
    assert read(kafka, compacted) == [
        Record(b"%d" % n, b"%d %d login" % (START + n // 2, n), START + n // 2) for n in range(10) if n not in (4, 5)
    ]
