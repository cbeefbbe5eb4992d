import datetime as dt
import os
import signal
import threading
from functools import partial
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest

from doge_datagen.errors import DeliveryError, SinkError, UnknownTargetError
from doge_datagen.sinks.database.columns import fitted
from tests.sinks.batch_databases import UTC_MS, batch_of, in_duckdb, opened, write

CONNECT = duckdb.connect
TEXTS = ["", "Zoë 🐕\\N\t\r\n'\"", "a\0b", "x" * 100_000]
INTEGERS = [0, -1, 2**63 - 1, -(2**63)]
FLOATS = [-0.0, 5e-324, 1.7976931348623157e308, float("-inf")]
MOMENTS = [0, -1, 1_644_549_708_123, 253_402_300_799_999]
AWKWARD = batch_of(i=INTEGERS, f=FLOATS, b=[True, False] * 2, t=TEXTS, m=pa.array(MOMENTS, UTC_MS))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bank.duckdb"


@pytest.fixture
def url(path):
    return f"duckdb:///{path}"


def test_every_type_reads_back_with_its_extremes(url, path):
    write(url, "events", AWKWARD)
    actual = in_duckdb(path, "SELECT i, f, b, t, epoch_ms(m) FROM events")
    assert actual == list(zip(INTEGERS, FLOATS, [True, False] * 2, TEXTS, MOMENTS, strict=True))
    assert str(actual[0][1]) == "-0.0"


def test_a_new_table_has_the_widest_types(url, path):
    opened(url, "events", AWKWARD).close()
    kinds = [row[1] for row in in_duckdb(path, "DESCRIBE events")]
    assert kinds == ["BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR", "TIMESTAMP WITH TIME ZONE"]


def test_folders_are_created(tmp_path):
    write(f"duckdb:///{tmp_path}/a/b/bank.duckdb", "events", batch_of(a=[1]))
    assert in_duckdb(tmp_path / "a" / "b" / "bank.duckdb", "SELECT a FROM events") == [(1,)]


def test_a_folder_that_cannot_be_created_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        UnknownTargetError, match=f"the folder {tmp_path}/file cannot be made: .* is a file, not a folder"
    ):
        opened(f"duckdb:///{tmp_path}/file/bank.duckdb", "events", batch_of(a=[1]))


def test_a_file_that_is_not_a_database_is_an_error(path, url):
    path.write_text("no database " * 1000)
    with pytest.raises(SinkError, match="not a valid DuckDB database") as caught:
        opened(url, "events", batch_of(a=[1]))
    assert not caught.value.transient


@pytest.mark.parametrize(
    "message",
    [
        "IO Error: Could not set lock on file: Conflicting lock is held in PID 1",
        'IO Error: Cannot open file "bank.duckdb": it is in use.\nFile is already open in \npython.exe (PID 1)',
    ],
    ids=["here", "on Windows"],
)
def test_a_file_that_another_process_has_open_is_a_transient_error(url, monkeypatch, message):
    def locked(*arguments, **options):
        raise duckdb.IOException(message)

    monkeypatch.setattr(duckdb, "connect", locked)
    with pytest.raises(SinkError, match="another process has the file open") as caught:
        opened(url, "events", batch_of(a=[1]))
    assert caught.value.transient


@pytest.mark.parametrize("kind", ["TINYINT", "INTEGER", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL(9, 2)"])
def test_a_column_of_numbers_takes_integers(url, path, kind):
    in_duckdb(path, f"CREATE TABLE events (a {kind})")
    write(url, "events", batch_of(a=[-128, 127]))
    assert in_duckdb(path, "SELECT CAST(a AS BIGINT) FROM events") == [(-128,), (127,)]


def test_a_number_out_of_a_columns_range_is_reported(url, path):
    in_duckdb(path, "CREATE TABLE events (a INTEGER)")
    with pytest.raises(DeliveryError, match="2147483648"):
        write(url, "events", batch_of(a=[2**31]))
    assert in_duckdb(path, "SELECT * FROM events") == []


def test_an_enum_column_accepts_strings(url, path):
    in_duckdb(path, "CREATE TABLE events (a ENUM ('red', 'blue'), b UUID, c JSON)")
    number = "8a2d0c5e-6c1f-4c39-9f2b-0a52f1f3a111"
    write(url, "events", batch_of(a=["red"], b=[number], c=["[1]"]))
    assert in_duckdb(path, "SELECT a, b::TEXT, c::TEXT FROM events") == [("red", number, "[1]")]


def test_a_timestamp_without_a_zone_gets_utc(url, path):
    in_duckdb(path, "CREATE TABLE events (a TIMESTAMP)")
    write(url, "events", batch_of(a=pa.array([1], UTC_MS)))
    assert in_duckdb(path, "SELECT a FROM events") == [(dt.datetime(1970, 1, 1, 0, 0, 0, 1000),)]


@pytest.mark.parametrize(
    "statement", ["CREATE VIEW events AS SELECT 1::BIGINT AS a", "CREATE TABLE events (b BIGINT, a BIGINT AS (b + 1))"]
)
def test_a_target_that_accepts_no_rows_is_refused_before_the_run(url, path, statement):
    in_duckdb(path, statement)
    with pytest.raises(UnknownTargetError, match="table events at "):
        opened(url, "events", batch_of(a=[1]))


def test_several_threads_write_streams_to_one_file(url, path):
    batch = batch_of(a=list(range(1000)))
    sinks = [opened(url, f"events_{number % 3}", batch) for number in range(6)]

    def fill(sink):
        with sink:
            for _ in range(5):
                sink.write(batch)

    threads = [threading.Thread(target=fill, args=(sink,)) for sink in sinks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [sink.delivered for sink in sinks] == [5000] * 6
    assert [in_duckdb(path, f"SELECT count(*) FROM events_{number}") for number in range(3)] == [[(10_000,)]] * 3


class InterruptedOnce:
    """A connection in which Ctrl-C strikes when the second INSERT is done; the first one checks the table."""

    def __init__(self, *where, **kwargs):
        self._connection = CONNECT(*where, **kwargs)
        self._inserts = 0

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def execute(self, statement, *values):
        answer = self._connection.execute(statement, *values)
        self._inserts += statement.startswith("INSERT")
        if self._inserts == 2:
            self._inserts += 1
            raise KeyboardInterrupt
        return answer


def test_a_batch_that_ctrl_c_interrupts_is_written_once_by_close(url, path, monkeypatch):
    batch = batch_of(a=[1, 2])
    with monkeypatch.context() as patched:
        patched.setattr(duckdb, "connect", InterruptedOnce)
        sink = opened(url, "events", batch)
    with pytest.raises(KeyboardInterrupt):
        sink.write(batch)
    sink.close()
    assert sink.delivered == 2
    assert in_duckdb(path, "SELECT a FROM events") == [(1,), (2,)]


class InterruptedCommit:
    """A connection in which Ctrl-C is pressed once during COMMIT, before or after DuckDB has completed it."""

    def __init__(self, *where, completed, presses, **kwargs):
        self._connection = CONNECT(*where, **kwargs)
        self._completed, self._presses = completed, presses

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def commit(self):
        if not self._presses or self._completed:
            self._connection.commit()
        if self._presses:
            self._presses.pop()
            raise RuntimeError("Query interrupted")  # what DuckDB makes of a KeyboardInterrupt


@pytest.mark.parametrize("completed", [False, True])
def test_ctrl_c_during_a_commit_neither_loses_the_batch_nor_writes_it_twice(url, path, completed, monkeypatch):
    presses = []
    with monkeypatch.context() as patched:
        patched.setattr(duckdb, "connect", partial(InterruptedCommit, completed=completed, presses=presses))
        sink = opened(url, "events", batch_of(a=[1]))
    sink.write(batch_of(a=[1]))
    presses.append("Ctrl-C")
    with pytest.raises(KeyboardInterrupt):
        sink.write(batch_of(a=[2]))
    assert sink.delivered == 1 + completed
    sink.close()
    assert sink.delivered == 2
    assert in_duckdb(path, "SELECT a FROM events") == [(1,), (2,)]


class Interrupted:
    """An Arrow table, and Ctrl-C when DuckDB asks for its records for the nth time."""

    def __init__(self, table, nth):
        self._table, self._calls_left = table, nth

    def __arrow_c_stream__(self, requested_schema=None):
        self._calls_left -= 1
        if self._calls_left == 0:
            raise KeyboardInterrupt
        return self._table.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_ctrl_c_while_arrow_gives_duckdb_the_records_is_ctrl_c(url, path, nth, monkeypatch):
    def from_arrays(*args, **kwargs):
        return Interrupted(pa.Table.from_arrays(*args, **kwargs), nth)

    sink = opened(url, "events", batch_of(a=[1]))
    sink.write(batch_of(a=[1]))
    with monkeypatch.context() as patched:
        patched.setattr(
            "doge_datagen.sinks.database.duckdb.table.pa",
            SimpleNamespace(Table=SimpleNamespace(from_arrays=from_arrays)),
        )
        with pytest.raises(KeyboardInterrupt) as caught:
            sink.write(batch_of(a=[2]))
    assert isinstance(caught.value.__cause__, duckdb.InvalidInputException)
    sink.close()
    assert sink.delivered == 2
    assert in_duckdb(path, "SELECT a FROM events") == [(1,), (2,)]


@pytest.mark.usefixtures("heeding_ctrl_c")
def test_ctrl_c_within_a_long_insert_is_ctrl_c(url, path, monkeypatch):
    batch = batch_of(a=pa.array(range(1_000_000)))
    sink = opened(url, "events", batch)
    timer = threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT))

    def begun(*args):
        timer.start()
        return fitted(*args)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):  # noqa: PT012 - maybe once it is written
        patched.setattr("doge_datagen.sinks.database.duckdb.table.fitted", begun)
        sink.write(batch)
        timer.join()
    sink.close()
    assert sink.delivered == 1_000_000
    assert in_duckdb(path, "SELECT count(DISTINCT a), count(*) FROM events") == [(1_000_000, 1_000_000)]


def test_settings_in_the_url_are_passed_to_duckdb(url, monkeypatch):
    connections = []
    monkeypatch.setattr(
        duckdb, "connect", lambda *where, **kwargs: connections.append(CONNECT(*where, **kwargs)) or connections[-1]
    )
    with opened(f"{url}?default_order=desc", "events", batch_of(a=[1])):
        requested = connections[-1].execute("SELECT current_setting('default_order')").fetchone()
    assert requested[0].lower().startswith("desc")


def test_an_unknown_setting_is_named(url):
    with pytest.raises(SinkError, match="no_such_setting"):
        opened(f"{url}?no_such_setting=1", "events", batch_of(a=[1]))
