"""Every batch sink follows every rule of the conformance suite."""

import io
import json
import sys

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from doge_datagen.model import Destination
from doge_datagen.sinks.failing_batches import FailingBatchSink
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.testing.batches import RULES, BatchSinkUnderTest, failed_delivery_is_an_error
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, row_of
from tests.sinks.batch_database_places import DATABASES
from tests.sinks.files.read_back import FILES, read_back
from tests.sinks.topics import read, set_topic


def memory(request):
    sink = MemoryBatchSink()
    return BatchSinkUnderTest(make=lambda: sink, read=lambda: [row_of(record) for record in sink.records])


def failing_never(request):
    sink = MemoryBatchSink()
    return BatchSinkUnderTest(
        make=lambda: FailingBatchSink(sink, probability=0, seed=1),
        read=lambda: [row_of(record) for record in sink.records],
    )


def failing_at_once(request):
    return BatchSinkUnderTest(
        make=lambda: FailingBatchSink(MemoryBatchSink(), at=0), read=list, break_destination=lambda: None
    )


def file_sink(name):
    def in_file(request):
        path = request.getfixturevalue("tmp_path") / "folder" / name
        return BatchSinkUnderTest(
            make=lambda: open_sink(Destination.of(str(path)), STREAM, SCHEMA),
            read=lambda: [row_of(record) for record in read_back(path)],
            break_destination=path.mkdir,
        )

    in_file.__name__ = name
    return in_file


def console(request):
    screen = io.StringIO()
    request.getfixturevalue("monkeypatch").setattr(sys, "stdout", screen)
    return BatchSinkUnderTest(
        make=lambda: open_sink(Destination.of("console"), STREAM, SCHEMA),
        read=lambda: [row_of(json.loads(line.removeprefix(f"{STREAM} "))) for line in lines_of(screen)],
        break_destination=screen.close,
    )


def lines_of(screen):
    return screen.getvalue().split("\n")[:-1]


def kafka_json(request):
    return in_kafka(request, lambda values: [json.loads(value) for value in values])


def kafka_avro(request):
    url = request.getfixturevalue("schema_registry")
    return in_kafka(request, lambda values: avro_of(url, values), format="avro", schema_registry=url)


def in_kafka(request, decoded, **options):
    at, topic = request.getfixturevalue("kafka"), request.getfixturevalue("topic")
    destination = Destination.of({"kafka": at, "topic": topic, **options})
    return BatchSinkUnderTest(
        make=lambda: open_sink(destination, STREAM, SCHEMA, keyed=True),
        read=lambda: [row_of(record) for record in decoded([record.value for record in read(at, topic)])],
        break_destination=lambda: set_topic(at, topic, "max.message.bytes", "1"),
    )


def avro_of(url, values):
    with SchemaRegistryClient({"url": url}) as client:
        decode = AvroDeserializer(client)
        return [decode(value, SerializationContext("", MessageField.VALUE)) for value in values]


SINKS = (
    memory,
    failing_never,
    kafka_json,
    kafka_avro,
    console,
    *map(file_sink, FILES),
    *DATABASES,
    # For a new sink, add a function like those above, which gets fixtures from pytest's request, and a row here. Open
    # it as a model would: open_sink(Destination.of({...}), STREAM, SCHEMA, keyed=True), or
    # KIND.open(opening(at, {...})); the names are in samples.
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("sink", SINKS, ids=lambda sink: sink.__name__)
def test_sink_follows_rule(sink, rule, request):
    rule(sink(request))


def test_a_sink_that_fails_immediately_fails_as_the_suite_requires(request):
    failed_delivery_is_an_error(failing_at_once(request))
