"""A run with an ID that finds records but no position at its destination warns before it adds records.

Also, how far ahead of the wall clock the records of a run can be, by its pace.
"""

import json
import sqlite3
from contextlib import closing

import duckdb
import psycopg
import pytest

from doge_datagen.errors import SinkError
from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.startup import A_DAY, clock_lead
from doge_datagen.sinks.kafka.position_topic import POSITIONS
from services import Kafka
from tests.faults.runs import ALL, run
from tests.sinks.topics import admin_client, make_topic

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


def at(database, table="counts"):
    return {"database": database.at, "table": table}


def test_a_deleted_position_is_reported_before_records_are_duplicated(database_file, caplog):
    run(at(database_file), "nightly")
    database_file.execute("DELETE FROM doge_position")
    assert LOST not in caplog.text
    run(at(database_file), "nightly")
    assert next(it for it in caplog.messages if LOST in it).startswith("table counts at ")
    assert "WILL BE DUPLICATED" in caplog.text


def test_a_resumed_run_does_not_warn_about_its_own_records(database_file, caplog):
    for _ in range(2):
        run(at(database_file), "nightly")
    assert LOST not in caplog.text


def test_a_run_that_starts_with_an_empty_destination_has_no_warning(database_file, caplog):
    run(at(database_file), "nightly")
    assert LOST not in caplog.text


def test_records_of_another_run_are_a_warning_as_they_cannot_be_distinguished(database_file, caplog):
    run(at(database_file), "nightly")
    run(at(database_file), "weekly")
    assert LOST.replace("nightly", "weekly") in caplog.text


def test_a_deleted_position_in_postgresql_is_reported(database, table_name, caplog):
    destination = {"database": database, "table": table_name}
    name = f"nightly-{table_name[-12:]}"
    run(destination, name)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM doge_position WHERE run_id = %s", [name])
    run(destination, name)
    assert LOST.replace("nightly", name) in caplog.text


@pytest.mark.slow
def test_a_deleted_topic_of_positions_is_reported(topic, caplog):
    """All runs share the topic, so this test has its own broker."""
    with Kafka() as broker:
        kafka = broker.bootstrap_servers
        destination = {"kafka": kafka, "topic": topic}
        run(destination, "nightly")
        run(destination, "nightly")
        assert LOST not in caplog.text
        admin = admin_client(kafka)
        admin.delete_topics([POSITIONS])[POSITIONS].result()
        run(destination, "nightly", patience=60)
        assert f"topic {topic} {LOST}" in caplog.text


def test_an_empty_topic_has_no_warning(kafka, topic, caplog):
    make_topic(kafka, topic)
    run({"kafka": kafka, "topic": topic}, f"nightly-{topic[-12:]}")
    assert "has records already" not in caplog.text


def test_a_folder_of_parts_of_an_unknown_run_is_refused(tmp_path):
    path = tmp_path / "counts.jsonl"
    run(str(path), "nightly")
    (path / "_doge.json").unlink()
    parts = sorted(path.glob("part-*"))
    with pytest.raises(SinkError):
        run(str(path), "nightly")
    assert sorted(path.glob("part-*")) == parts
    numbers = [json.loads(line)["number"] for part in parts for line in part.read_text().splitlines()]
    assert numbers == ALL


NOW = 1_800_000_000_000
HOUR = 3_600_000


def hours(start, kwargs, count=10, first_tick=0):
    """For a run with a tick per second, including the last."""
    clock = Clock(NOW + start * HOUR, 1000, ENDLESS if count is None else count * 3600 + 1)
    result = clock_lead(clock, kwargs, first_tick, NOW)
    return None if result is None else result / HOUR


@pytest.mark.parametrize(("start", "ahead"), [(0, 10), (-4, 6), (-20, -10), (5, 15)])
def test_without_a_pace_everything_is_delivered_now(start, ahead):
    assert hours(start, RunConfig()) == ahead


@pytest.mark.parametrize(("pace", "ahead"), [("2x", 5), ("10x", 9), ("realtime", 0), ("0.5x", 0)])
def test_with_a_speed_the_clock_advances_meanwhile(pace, ahead):
    assert hours(0, RunConfig(pace=pace, start=NOW)) == ahead


def test_a_slow_run_is_furthest_ahead_at_its_start():
    assert hours(3, RunConfig(pace="realtime", start=NOW + 3 * HOUR)) == 3


def test_delivered_records_take_no_time():
    assert hours(0, RunConfig(pace="2x", start=NOW), first_tick=3600) == 1 + 9 / 2


def test_with_a_rate_the_duration_is_unknown():
    assert hours(0, RunConfig(pace="5000/s")) == 10


@pytest.mark.parametrize("kwargs", [RunConfig(pace="realtime"), RunConfig(pace="realtime", backfill=True)])
def test_event_time_on_the_wall_clock_is_not_ahead(kwargs):
    assert hours(0, kwargs) == 0


def test_for_an_unlimited_run_the_first_day_counts():
    assert hours(0, RunConfig(pace="3x", start=NOW), None) == 2 * A_DAY / HOUR
    assert hours(0, RunConfig(pace="100/s"), None) is None
