"""Runs that are killed during two commits and resumed: each record exists exactly once."""

from functools import partial

import pytest

from doge_datagen.sinks.testing.samples import batches_of, rows
from doge_datagen.sinks.testing.transactions import RUN
from doge_datagen.sinks.transactional import Position
from tests.crashing import TIMEOUT, crash_at_every_step, left_between_steps
from tests.sinks import committing_databases as databases

SIZES = (3, 2)
BATCHES = batches_of(SIZES)

pytestmark = pytest.mark.timeout(TIMEOUT)


def run(at, number):
    """Start or resume a run with one commit per batch, to a destination per number."""
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


def killed(at):
    """The locations where it was killed."""
    return crash_at_every_step(partial(run, at), partial(check, at))


@pytest.mark.slow
def test_a_run_killed_at_any_step_in_sqlite_resumes(tmp_path):
    assert len(killed(partial(in_sqlite, tmp_path))) > 30


@pytest.mark.slow
def test_a_run_killed_at_any_step_in_duckdb_resumes(tmp_path):
    assert len(killed(partial(in_duckdb, tmp_path))) > 25


@pytest.mark.slow
def test_a_run_killed_at_any_step_in_postgresql_resumes(database, table_name):
    assert len(killed(partial(in_postgres, database, table_name))) > 30


@pytest.mark.slow
@pytest.mark.parametrize("at", [in_sqlite, in_duckdb])
def test_only_steps_change_anything(at, tmp_path):
    def there():
        return {path: path.read_bytes() for path in tmp_path.iterdir()}

    assert left_between_steps(partial(run, partial(at, tmp_path), 1), there) == []
    assert at(tmp_path, 1).rows() == rows(SIZES)
