"""Every event sink follows every rule of the conformance suite."""

import io
import json
import sys

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from sqlalchemy import create_engine

from doge_datagen.sinks.database.sqlalchemy.engine import checked_url
from doge_datagen.sinks.events.create_tables import create_tables
from doge_datagen.sinks.events.database import DbSinkFactory
from doge_datagen.sinks.events.failing import FailingSink
from doge_datagen.sinks.events.json_lines import JsonLinesSink
from doge_datagen.sinks.events.kafka_factories import KafkaAvroSinkFactory, KafkaSinkFactory
from doge_datagen.sinks.events.memory import MemorySink
from doge_datagen.sinks.events.printing import PrintingSink
from doge_datagen.sinks.testing.events import RULES, SinkUnderTest
from tests.sinks import topics


def messages(timestamp, subject, transition):
    return timestamp, subject.number, transition.trigger


def row(timestamp, subject, transition):
    return dict(zip(("timestamp", "number", "trigger"), messages(timestamp, subject, transition), strict=True))


def printing(request):
    screen = io.StringIO()
    request.getfixturevalue("monkeypatch").setattr(sys, "stdout", screen)
    return SinkUnderTest(
        make=lambda: PrintingSink(lambda *event: json.dumps(messages(*event))),
        read=lambda: [tuple(json.loads(line)) for line in screen.getvalue().splitlines()],
        break_destination=screen.close,
    )


def memory(request):
    sink = MemorySink(messages)
    return SinkUnderTest(make=lambda: sink, read=lambda: sink.records)


def failing_never(request):
    sink = MemorySink(messages)
    return SinkUnderTest(make=lambda: FailingSink(sink, probability=0, seed=1), read=lambda: sink.records)


def json_lines(request):
    path = request.getfixturevalue("tmp_path") / "events.jsonl"
    return SinkUnderTest(
        make=lambda: JsonLinesSink(path, row),
        read=lambda: [tuple(json.loads(line).values()) for line in path.read_text().splitlines()],
        break_destination=path.mkdir,
    )


def database_on_sqlite(request):
    return in_table(f"sqlite:///{request.getfixturevalue('tmp_path')}/events.db", "events")


def database_on_postgresql(request):
    return in_table(request.getfixturevalue("database"), request.getfixturevalue("table_name"))


def in_table(url, name):
    create_tables(url, {name: {"timestamp": "integer", "number": "integer", "trigger": "text"}})
    engine = create_engine(checked_url(url))

    def ask(statement):
        with engine.begin() as connection:
            answer = connection.exec_driver_sql(statement)
            answer = [tuple(row) for row in answer] if answer.returns_rows else None
        engine.dispose()
        return answer

    return SinkUnderTest(
        make=lambda: DbSinkFactory(url).create(name, row),
        read=lambda: ask(f'SELECT "timestamp", number, "trigger" FROM {name}'),
        break_destination=lambda: ask(f"DROP TABLE {name}"),
    )


def kafka_text(request):
    servers, topic = kafka_topic(request)
    return SinkUnderTest(
        make=lambda: KafkaSinkFactory(servers).create(
            topic, lambda *_: None, lambda *event: json.dumps(messages(*event))
        ),
        read=lambda: [tuple(json.loads(record.value)) for record in topics.read(servers, topic)],
        break_destination=lambda: topics.set_topic(servers, topic, "max.message.bytes", "1"),
    )


def kafka_avro(request):
    servers, topic = kafka_topic(request)
    registry = request.getfixturevalue("schema_registry")
    kinds = {"timestamp": "long", "number": "int", "trigger": "string"}
    fields = [{"name": name, "type": kind} for name, kind in kinds.items()]
    schema = json.dumps({"type": "record", "name": "Event", "fields": fields})

    def decoded():
        with SchemaRegistryClient({"url": registry}) as client:
            decode = AvroDeserializer(client)
            return [tuple(decode(record.value, None).values()) for record in topics.read(servers, topic)]

    return SinkUnderTest(
        make=lambda: KafkaAvroSinkFactory(servers, registry).create(topic, lambda *_: None, '"string"', row, schema),
        read=decoded,
        break_destination=lambda: topics.set_topic(servers, topic, "max.message.bytes", "1"),
    )


def kafka_topic(request):
    servers = request.getfixturevalue("kafka")
    return servers, topics.make_topic(servers, request.getfixturevalue("topic"))


SINKS = (
    printing,
    memory,
    failing_never,
    json_lines,
    database_on_sqlite,
    database_on_postgresql,
    kafka_text,
    kafka_avro,
    # For a new sink, add a function like those above and a row here.
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("sink", SINKS, ids=lambda sink: sink.__name__)
def test_sink_follows_rule(sink, rule, request):
    rule(sink(request))
