"""The bank's model file, run on the command line to files and servers, and read back from both."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from doge_datagen import Model
from tests.cli.doge import doge
from tests.examples.programs import copied

SEED, SUBJECTS = 3, 300


@pytest.fixture
def bank(tmp_path, monkeypatch):
    """The model, in the current folder."""
    folder = copied("bank", tmp_path)
    monkeypatch.chdir(folder)
    return Model.load("bank.yaml").resized(subjects=SUBJECTS)


def run(*options, **environment):
    done = doge("run", "bank.yaml", "--seed", SEED, "--subjects", SUBJECTS, *options, **environment)
    assert done.exit_code == 0, done.output
    return done


def expected(bank, stream):
    """The records of the model without a sink, with times in UTC."""
    return bank.table(stream, seed=SEED).to_pylist()


def in_utc(records):
    return [{**it, "timestamp": it["timestamp"].astimezone(UTC)} for it in records]


def from_json(text):
    record = json.loads(text)
    return {**record, "timestamp": datetime.fromisoformat(record["timestamp"])}


def json_lines(path):
    with path.open(encoding="utf-8") as lines:
        return [from_json(line) for line in lines]


def duckdb_table(name):
    with closing(duckdb.connect("out/bank.duckdb", read_only=True)) as connection:
        return connection.sql(f"SELECT * FROM {name}").to_arrow_table().to_pylist()


def test_files_contain_the_models_records_in_order(bank):
    run("--target", "local")
    actual = {
        "clickstream": json_lines(Path("out/clickstream.jsonl")),
        "trx": pq.read_table("out/trx.parquet").to_pylist(),
        "balance": duckdb_table("balance"),
        "loan": duckdb_table("loan"),
    }
    for stream, records in actual.items():
        assert records, stream
        assert in_utc(records) == in_utc(expected(bank, stream)), stream


@pytest.mark.slow
def test_servers_contain_the_models_records(bank, kafka, schema_registry, database, topic, table_name):
    destinations = {f"{stream}.topic": f"{topic}_{stream}" for stream in ("clickstream", "trx")}
    destinations |= {f"{stream}.table": f"{table_name}_{stream}" for stream in ("balance", "loan")}
    servers = {"KAFKA": kafka, "SCHEMA_REGISTRY": schema_registry, "DATABASE": database}
    named = (word for key, name in destinations.items() for word in ("--set", f"targets.real.{key}={name}"))
    run("--target", "real", *named, **servers)
    with SchemaRegistryClient({"url": schema_registry}) as registry:
        context = SerializationContext(f"{topic}_clickstream", MessageField.VALUE)
        clicks = messages(kafka, f"{topic}_clickstream", lambda value: AvroDeserializer(registry)(value, context))
    actual = {
        "clickstream": clicks,
        "trx": messages(kafka, f"{topic}_trx", from_json),
        "balance": rows(database, f"{table_name}_balance"),
        "loan": rows(database, f"{table_name}_loan"),
    }
    for stream, records in actual.items():
        assert records, stream
        assert in_utc(records) == in_utc(expected(bank, stream)), stream


def messages(kafka, topic, decode):
    """The records of a topic with one partition; each is keyed by its user."""
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": topic})
    consumer.assign([TopicPartition(topic, 0, 0)])
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=15)
    actual = [consumer.poll(15) for _ in range(end)]
    consumer.close()
    assert all(message is not None and message.error() is None for message in actual)
    records = [decode(message.value()) for message in actual]
    assert [message.key().decode() for message in actual] == [record["user_id"] for record in records]
    return records


def rows(database, table):
    """The rows in the order in which they were written."""
    with psycopg.connect(database) as connection:
        cursor = connection.execute(f"SELECT * FROM {table} ORDER BY ctid")
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]
