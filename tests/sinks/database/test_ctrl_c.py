"""Ctrl-C at any moment of a batch: each row is in the table once, or is counted as missing."""

import os
from itertools import count
from pathlib import Path

import pytest

from doge_datagen.errors import DeliveryError
from doge_datagen.sinks.database.sink_kind import DATABASE
from doge_datagen.sinks.sink_kind import SinkContext
from tests.sinks.any_moment import error_of, with_ctrl_c
from tests.sinks.batch_databases import batch_of, in_duckdb, in_postgres, in_sqlite, opened
from tests.sinks.databases import LOGIN, sink_of

BEFORE, INTERRUPTED, AFTER = (1, 2, 3, 4, 5), 6, (7, 8)
BATCH = 3
"""Of events: the one that is interrupted fills the second batch."""


def sqlite(request):
    path = request.getfixturevalue("tmp_path") / "a.db"
    return f"sqlite:///{path}", lambda statement: in_sqlite(path, statement)


def duckdb(request):
    path = request.getfixturevalue("tmp_path") / "a.duckdb"
    return f"duckdb:///{path}", lambda statement: in_duckdb(path, statement)


def postgresql(request):
    url = request.getfixturevalue("database")
    return url, lambda statement: in_postgres(url, statement)


def of_events(url, table):
    """A sink that takes rows one by one, and how it takes one."""
    sink = sink_of(url, table, BATCH)
    return sink, lambda number: sink.collect(0, {"number": number}, LOGIN)


def of_batches(url, table):
    """A sink that writes each batch at once, here of one row, and how it takes one."""
    sink = opened(url, table, batch_of(number=[0]))
    return sink, lambda number: sink.write(batch_of(number=[number]))


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("place", "make", "closing"),
    [
        (sqlite, of_events, "works"),
        (sqlite, of_events, "fails"),
        (sqlite, of_batches, "works"),
        pytest.param(duckdb, of_batches, "works", marks=SLOW),
        pytest.param(postgresql, of_batches, "works", marks=SLOW),
    ],
    ids=lambda it: getattr(it, "__name__", it),
)
def test_each_row_is_there_once_or_counted_as_missing_whenever_ctrl_c_is_pressed(
    place, make, closing, request, table_name
):
    url, ask = place(request)
    wrong = []
    for moment in count(1):
        ask(f"CREATE TABLE {table_name} (number BIGINT)")
        sink, take = make(url, table_name)
        for number in BEFORE:
            take(number)
        over, first = with_ctrl_c(moment, lambda: take(INTERRUPTED))  # noqa: B023 - it is over by then
        taken = {*BEFORE, *(number for number in AFTER if error_of(lambda: take(number)) is None)}  # noqa: B023 - as above
        # What it has to write cannot be written if the table is another one by then.
        if closing == "fails":
            ask(f"ALTER TABLE {table_name} RENAME TO {table_name}_gone")
        second = error_of(sink.close)
        if closing == "fails":
            ask(f"ALTER TABLE {table_name}_gone RENAME TO {table_name}")
        there = [number for (number,) in ask(f"SELECT number FROM {table_name}")]
        missing = sum(error.missing for error in (first, second) if isinstance(error, DeliveryError))
        sound = len(there) == len({*there}) and len(taken - {*there}) <= missing
        if not sound or not len(there) - missing <= sink.delivered <= len(there):
            wrong.append(
                f"moment {moment}: {taken} taken, {there} there, {sink.delivered} delivered, {first}, {second}"
            )
        ask(f"DROP TABLE {table_name}")
        if over:
            break
    assert not wrong, "\n".join(wrong)
    assert moment > 10, "it was pressed at many moments"


@pytest.mark.parametrize("open_it", [DATABASE.open, DATABASE.open_committing], ids=["a run", "a named run"])
@pytest.mark.parametrize("place", [sqlite, duckdb], ids=lambda it: it.__name__)
def test_ctrl_c_while_a_table_is_opened_leaves_no_connection_open(place, open_it, request, tmp_path, monkeypatch):
    def press(*_):
        raise KeyboardInterrupt

    for module in ("duckdb", "sqlalchemy"):
        monkeypatch.setattr(f"doge_datagen.sinks.database.{module}.table.check_columns", press)
    opening = SinkContext("events", batch_of(number=[0]).records.schema, place(request)[0], {}, run_id="nightly")
    with pytest.raises(
        KeyboardInterrupt
    ) as caught:  # and kept, as a connection is closed when nobody knows it any more
        open_it(opening)
    opened_files = [os.path.realpath(it) for it in Path("/proc/self/fd").iterdir()]
    assert not [it for it in opened_files if it.startswith(str(tmp_path))], caught
