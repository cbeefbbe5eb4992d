"""Runs that are killed on their way through two commits, and go on: each record is there once."""

from functools import partial

from doge_datagen.sinks import alchemy_transactions, duckdb_transactions
from doge_datagen.sinks.batch_samples import batches_of, rows
from doge_datagen.sinks.committing import Position
from doge_datagen.sinks.committing_conformance import RUN
from tests.crashing import crash_at_every_line
from tests.sinks import committing_databases as databases

SIZES = (3, 2)
BATCHES = batches_of(SIZES)


def run(at, number):
    """A run with one commit for each batch, from wherever it is; at a place of its own for each number."""
    with at(number).claimed() as sink:
        position = sink.position()
        for tick in range(position.ticks if position else 0, len(BATCHES)):
            sink.write(BATCHES[tick])
            sink.commit(Position(tick + 1, RUN))


def check(at, number):
    run(at, number)
    assert at(number).rows() == rows(SIZES)


def in_sqlite(folder, number):
    return databases.sqlite_at(folder / f"{number}.db")


def in_duckdb(folder, number):
    return databases.duckdb_at(folder / f"{number}.duckdb")


def in_postgres(url, table, number):
    return databases.postgresql_at(url, f"{table}_{number}")


def test_a_run_killed_in_a_transaction_of_sqlite_goes_on(tmp_path):
    assert len(killed(alchemy_transactions, partial(in_sqlite, tmp_path), step=3)) > 15


def test_a_run_killed_in_a_transaction_of_duckdb_goes_on(tmp_path):
    assert len(killed(duckdb_transactions, partial(in_duckdb, tmp_path), step=5)) > 9


def test_a_run_killed_in_a_transaction_of_postgresql_goes_on(database, table_name):
    assert len(killed(alchemy_transactions, partial(in_postgres, database, table_name), step=5)) > 9


def killed(module, at, step):
    """Where it was killed: at one line of so many, which are others in the second commit than in the first."""
    return crash_at_every_line([module], partial(run, at), partial(check, at), step=step)
