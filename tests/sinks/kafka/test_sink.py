"""The batch sink for Kafka with a custom client, encoder or chunk size: sent records and counts."""

from functools import partial

import pyarrow as pa
import pytest

from doge_datagen.batch import Batch
from doge_datagen.encode.json import json_values
from doge_datagen.errors import DeliveryError, RecordError, SinkError
from doge_datagen.sinks.kafka.client import Cluster, Driver, new_producer
from doge_datagen.sinks.kafka.conf import BUFFER_SIZE, client_conf, producer_conf
from doge_datagen.sinks.kafka.delivery_report import DeliveryReport
from doge_datagen.sinks.kafka.producing import CHUNK, RecordSender
from doge_datagen.sinks.kafka.sink import KafkaBatchSink, TimestampWarnings
from doge_datagen.sinks.kafka.sink_kind import ONLY_FAILURES
from doge_datagen.sinks.server_wait import FOREVER
from tests.sinks.kafka.test_sink_kind import UTC_MS, batch, expected
from tests.sinks.topics import START, make_topic, read, set_topic


def client_of(kafka, **conf):
    """A client as used by a sink; conf names have `_` for `.`."""
    named = {key.replace("_", "."): setting for key, setting in conf.items()}
    shared = client_conf(kafka, None, named)
    return new_producer(Driver(), {**producer_conf(shared, BUFFER_SIZE), **ONLY_FAILURES})


def sender_to(topic, client, chunk=CHUNK):
    return RecordSender(client, Driver(), topic, DeliveryReport(), FOREVER, chunk=chunk)


def sink_of(kafka, topic, sender, encode=None):
    """A sink with the given sender for a new topic."""
    make_topic(kafka, topic)
    destination = f"topic {topic}"
    first = TimestampWarnings(Cluster(Driver(), client_conf(kafka, None, {})), topic)
    return KafkaBatchSink(destination, sender, encode or partial(json_values, destination=destination), first)


class Talkative:
    """A client that always has a pending connection event, which it includes in its length."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)

    def __len__(self):
        return len(self._client) + 1


def test_connection_events_are_not_subtracted_from_delivered_records(kafka, topic):
    client = client_of(kafka)
    with sink_of(kafka, topic, sender_to(topic, Talkative(client))) as sink:
        assert sink.delivered == 0
        sink.write(batch(0, 10))
        client.flush()
        assert sink.delivered == 9
    assert sink.delivered == 10


def test_a_batch_larger_than_a_chunk_is_delivered_in_order(kafka, topic):
    with sink_of(kafka, topic, sender_to(topic, client_of(kafka), chunk=64)) as sink:
        sink.write(batch(0, 1000))
    assert read(kafka, topic) == expected(0, 1000)


def test_a_value_that_json_cannot_represent_is_an_error_and_earlier_records_are_delivered(kafka, topic):
    times = pa.array([START] * 5, UTC_MS)
    shares = pa.record_batch({"share": [1.0, 2.0, 3.0, float("nan"), 5.0]})
    sink = sink_of(kafka, topic, sender_to(topic, client_of(kafka), chunk=2))
    with pytest.raises(RecordError, match=f"topic {topic}: field 'share' is nan"):
        sink.write(Batch(shares, times))
    with pytest.raises(SinkError, match="no more events"):
        sink.write(Batch(shares.slice(0, 1), times.slice(0, 1)))
    sink.close()
    assert sink.delivered == len(read(kafka, topic)) == 2


def test_an_encoder_that_loses_a_record_is_an_error(kafka, topic):
    sink = sink_of(kafka, topic, sender_to(topic, client_of(kafka)), encode=lambda records: [b"{}"])
    with sink, pytest.raises(SinkError, match="2 records were encoded to 1 values"):
        sink.write(batch(0, 2))
    assert sink.delivered == 0


def test_a_failure_is_raised_by_a_later_write_with_all_counts(kafka, topic):
    sender = sender_to(topic, client_of(kafka, linger_ms=0))
    sink = sink_of(kafka, topic, sender)
    sink.write(batch(0, 10))
    sender.settle()
    set_topic(kafka, topic, "max.message.bytes", "1")
    sink.write(batch(10, 10))
    sender.settle()
    with pytest.raises(DeliveryError) as error:
        sink.write(batch(20, 5))
    assert (error.value.accepted, error.value.delivered, error.value.missing) == (25, 10, 15)
    assert error.value.causes["not sent, as others failed before them"] == 5
    sink.close()
    assert sink.delivered == len(read(kafka, topic)) == 10


def test_an_interrupted_write_keeps_the_counts_of_sent_records(kafka, topic):
    calls = iter([None, None, KeyboardInterrupt()])

    def interrupted(records):
        if (stop := next(calls)) is not None:
            raise stop
        return json_values(records, "topic")

    sink = sink_of(kafka, topic, sender_to(topic, client_of(kafka), chunk=10), interrupted)
    with pytest.raises(KeyboardInterrupt):
        sink.write(batch(0, 100))
    sink.close()
    assert sink.delivered == len(read(kafka, topic)) == 20
