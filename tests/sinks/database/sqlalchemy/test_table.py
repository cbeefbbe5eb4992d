import sqlite3
import threading
import warnings

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError

from doge_datagen.errors import DeliveryError, SinkError, UnreachableError
from doge_datagen.sinks.database.sqlalchemy import table as alchemy_table
from tests.sinks.batch_databases import UTC_MS, batch_of, in_sqlite, opened, write

TEXTS = ["", "Zoë 🐕\\N\t\r\n'\"", "a\0b", "x" * 100_000]
INTEGERS = [0, -1, 2**63 - 1, -(2**63)]
FLOATS = [-0.0, 5e-324, 1.7976931348623157e308, float("-inf")]
MOMENTS = [0, -1, 1_644_549_708_123, 253_402_300_799_999]
SHOWN = [
    "1970-01-01 00:00:00.000000",
    "1969-12-31 23:59:59.999000",
    "2022-02-11 03:21:48.123000",
    "9999-12-31 23:59:59.999000",
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bank.db"


@pytest.fixture
def url(path):
    return f"sqlite:///{path}"


def test_every_type_reads_back_with_its_extremes(url, path):
    batch = batch_of(i=INTEGERS, f=FLOATS, b=[True, False] * 2, t=TEXTS, m=pa.array(MOMENTS, UTC_MS))
    write(url, "events", batch)
    expected = list(zip(INTEGERS, FLOATS, [1, 0] * 2, TEXTS, SHOWN, strict=True))
    assert in_sqlite(path, "SELECT * FROM events") == expected


def test_folders_are_created(tmp_path):
    write(f"sqlite:///{tmp_path}/a/b/bank.db", "events", batch_of(a=[1]))
    assert in_sqlite(tmp_path / "a" / "b" / "bank.db", "SELECT a FROM events") == [(1,)]


def test_a_file_that_is_not_a_database_is_an_error(path, url):
    path.write_text("no database " * 1000)
    with pytest.raises(SinkError, match="file is not a database"):
        opened(url, "events", batch_of(a=[1]))


def test_a_server_that_accepts_no_connections_yet_is_a_transient_error(url, monkeypatch):
    engine = create_engine(url)

    @event.listens_for(engine, "do_connect")
    def refused(*_):
        raise DBAPIError(None, None, Exception("the listener does not know of the service yet"))

    monkeypatch.setattr(alchemy_table, "open_engine", lambda *_, **__: engine)
    with pytest.raises(UnreachableError, match=r"table events at .*: the listener does not know of the service yet"):
        opened(url, "events", batch_of(a=[1]))


def test_a_column_without_a_type_accepts_every_field(url, path):
    in_sqlite(path, "CREATE TABLE events (a, b, c, d)")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write(url, "events", batch_of(a=[-7], b=[True], c=["text"], d=pa.array([1], UTC_MS)))
    assert in_sqlite(path, "SELECT * FROM events") == [(-7, 1, "text", "1970-01-01 00:00:00.001Z")]


def test_the_row_number_of_a_table_needs_no_field(url, path):
    in_sqlite(path, "CREATE TABLE events (id INTEGER PRIMARY KEY NOT NULL, a INTEGER)")
    write(url, "events", batch_of(a=[7, 8]))
    assert in_sqlite(path, "SELECT * FROM events") == [(1, 7), (2, 8)]


def test_json_text_is_unchanged(url, path):
    in_sqlite(path, "CREATE TABLE events (a JSON)")
    write(url, "events", batch_of(a=["[1]"]))
    assert in_sqlite(path, "SELECT a FROM events") == [("[1]",)]


def test_a_timestamp_outside_pythons_range_is_an_error(url, path):
    with pytest.raises(DeliveryError) as caught:
        write(url, "events", batch_of(a=pa.array([253_402_300_800_000], UTC_MS)))
    assert caught.value.missing == 1
    assert in_sqlite(path, "SELECT * FROM events") == []


def test_several_threads_write_streams_to_one_file(url, path):
    batch = batch_of(a=list(range(1000)))
    sinks = [opened(url, f"events_{number % 3}", batch) for number in range(6)]
    errors = []

    def fill(sink):
        try:
            with sink:
                for _ in range(5):
                    sink.write(batch)
        except SinkError as error:
            errors.append(error)

    threads = [threading.Thread(target=fill, args=(sink,)) for sink in sinks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [in_sqlite(path, f"SELECT count(*) FROM events_{number}") for number in range(3)] == [[(10_000,)]] * 3


def test_a_file_that_stays_locked_is_an_error_after_the_timeout_in_the_url(url, path):
    batch = batch_of(a=[1])
    write(url, "events", batch)
    sink = opened(f"{url}?timeout=0.01", "events", batch)
    connection = sqlite3.connect(path)
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(DeliveryError, match="database is locked"):
        sink.write(batch)
    connection.close()
    sink.close()
