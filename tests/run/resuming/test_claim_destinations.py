"""A run with a name that finds records at its place, and no position, says so before it adds to them."""

import json
import sqlite3
from contextlib import closing

import duckdb
import psycopg
import pytest
from confluent_kafka.admin import AdminClient

from doge_datagen.errors import SinkError
from doge_datagen.sinks.kafka.position_topic import POSITIONS
from services import Kafka
from tests.faults.runs import ALL, run
from tests.sinks.topics import SILENT, make_topic

LOST = "has records already, but no position of run nightly"


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "machine"))


class Sqlite:
    def __init__(self, folder):
        self.file = folder / "ticker.db"
        self.at = f"sqlite:///{self.file}"

    def execute(self, statement):
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute(statement)
            connection.commit()


class Duckdb(Sqlite):
    def __init__(self, folder):
        self.file = folder / "ticker.duckdb"
        self.at = f"duckdb:///{self.file}"

    def execute(self, statement):
        with duckdb.connect(str(self.file)) as connection:
            connection.execute(statement)


@pytest.fixture(params=[Sqlite, Duckdb])
def database_file(request, tmp_path):
    return request.param(tmp_path)


def at(place, table="counts"):
    return {"database": place.at, "table": table}


def test_a_row_that_was_deleted_is_reported_before_the_records_come_twice(database_file, caplog):
    run(at(database_file), "nightly")
    database_file.execute("DELETE FROM doge_position")
    assert LOST not in caplog.text
    run(at(database_file), "nightly")
    assert next(it for it in caplog.messages if LOST in it).startswith("table counts at ")
    assert "WILL BE DUPLICATED" in caplog.text


def test_a_resumed_run_is_not_warned_of_its_own_records(database_file, caplog):
    for _ in range(2):
        run(at(database_file), "nightly")
    assert LOST not in caplog.text


def test_a_run_that_begins_at_an_empty_destination_has_no_warning(database_file, caplog):
    run(at(database_file), "nightly")
    assert LOST not in caplog.text


def test_records_of_another_run_are_a_warning_too_as_nobody_can_know(database_file, caplog):
    run(at(database_file), "nightly")
    run(at(database_file), "weekly")
    assert LOST.replace("nightly", "weekly") in caplog.text


def test_a_row_of_postgresql_that_was_deleted_is_reported(database, table_name, caplog):
    place = {"database": database, "table": table_name}
    name = f"nightly-{table_name[-12:]}"
    run(place, name)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM doge_position WHERE run_id = %s", [name])
    run(place, name)
    assert LOST.replace("nightly", name) in caplog.text


def test_a_topic_of_positions_that_was_deleted_is_reported(topic, caplog):
    """The topic is of all runs there are, so this broker is of this test alone."""
    with Kafka() as broker:
        kafka = broker.bootstrap_servers
        place = {"kafka": kafka, "topic": topic}
        run(place, "nightly")
        run(place, "nightly")
        assert LOST not in caplog.text
        admin = AdminClient({"bootstrap.servers": kafka, **SILENT})
        admin.delete_topics([POSITIONS])[POSITIONS].result()
        run(place, "nightly", patience=60)
        assert f"topic {topic} {LOST}" in caplog.text


def test_an_empty_topic_has_no_warning(kafka, topic, caplog):
    make_topic(kafka, topic)
    run({"kafka": kafka, "topic": topic}, f"nightly-{topic[-12:]}")
    assert "has records already" not in caplog.text


def test_a_folder_of_parts_that_does_not_say_whose_they_are_is_refused(tmp_path):
    path = tmp_path / "counts.jsonl"
    run(str(path), "nightly")
    (path / "_doge.json").unlink()
    parts = sorted(path.glob("part-*"))
    with pytest.raises(SinkError):
        run(str(path), "nightly")
    assert sorted(path.glob("part-*")) == parts
    numbers = [json.loads(line)["number"] for part in parts for line in part.read_text().splitlines()]
    assert numbers == ALL
