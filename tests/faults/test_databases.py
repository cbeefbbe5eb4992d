"""Database tables whose server, table or rights fail a run."""

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from doge_datagen.errors import DeliveryError, RefusedError, SinkError, UnknownTargetError, UnreachableError
from tests.faults.conftest import fill, mounted
from tests.faults.runs import ALL, BEFORE, NAME, NAMED, STREAM, InMidRun, failed, run, run_with_retries
from tests.sinks.batch_databases import in_duckdb, in_postgres, in_sqlite

DUCKDB, SQLITE = "duckdb", "sqlite"
FILES = pytest.mark.parametrize("kind", [DUCKDB, SQLITE])
KINDS = pytest.mark.parametrize("kind", ["postgresql", DUCKDB, SQLITE])
SECRET = "s3cret-word"
COLUMNS = 'number BIGINT, "at" TIMESTAMPTZ, note TEXT, share FLOAT8'


@dataclass(frozen=True)
class Table:
    """Where the numbers go.

    Attributes:
        at: as a target names it.
        ask: what a statement gives, on a connection of its own.
        name: of the table.
    """

    at: dict[str, Any]
    ask: Callable[[str], Sequence[Sequence[Any]]]
    name: str = STREAM

    def numbers(self) -> list[int]:
        """The numbers that are there; a server that was killed uses its pages in another order."""
        return sorted(number for (number,) in self.ask(f"SELECT number FROM {self.name}"))

    def to(self, **options: Any) -> dict[str, Any]:
        """The same with other options."""
        return {**self.at, **options}


def in_file(kind: str, folder: Path) -> Table:
    path = folder / f"bank.{kind}"
    return Table({"database": f"{kind}:///{path}"}, functools.partial(in_duckdb if kind == DUCKDB else in_sqlite, path))


def on_server(url: str, schema: str, *, user: str | None = None) -> Table:
    """In PostgreSQL, in a schema of its own, positions too; as another user, whose password is the secret."""
    given = make_url(url).set(username=user, password=SECRET) if user else make_url(url)
    at = {"database": given.render_as_string(hide_password=False), "table": f"{schema}.{STREAM}"}
    ask = functools.partial(in_postgres, url)
    ask(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    return Table(at, ask, f"{schema}.{STREAM}")


@pytest.fixture
def table(kind, request, tmp_path):
    if kind in (DUCKDB, SQLITE):
        return in_file(kind, tmp_path)
    return on_server(request.getfixturevalue("database"), request.getfixturevalue("table_name"))


@pytest.fixture
def away(server, table_name):
    """A table of that server."""
    return on_server(server.url, table_name)


@pytest.fixture
def clerk(database, table_name):
    """A user who may do nothing yet, at the table of the test's."""
    name = f"clerk_{table_name[-12:]}"
    in_postgres(database, f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'")
    table = on_server(database, table_name, user=name)
    table.ask(f"GRANT USAGE ON SCHEMA {table_name} TO {name}")
    yield table
    in_postgres(database, f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


def allow(clerk, rights="SELECT, INSERT"):
    """Let the clerk write to a table that is there."""
    name = make_url(clerk.at["database"]).username
    clerk.ask(f"CREATE TABLE {clerk.name} ({COLUMNS})")
    clerk.ask(f"GRANT {rights} ON {clerk.name} TO {name}")
    clerk.ask(f"GRANT CREATE ON SCHEMA {clerk.name.partition('.')[0]} TO {name}")
    return name


@FILES
def test_a_full_disk_keeps_whole_batches(disk, kind):
    table = in_file(kind, disk)
    error = failed(table.at, stop=InMidRun(lambda: fill(disk), lambda: table.numbers() == BEFORE))
    assert isinstance(error, DeliveryError)
    assert "10 of 30 records did not arrive (20 did): " in str(error)
    assert "full" in str(error) or "No space left" in str(error)
    (disk / "filler").unlink()
    assert table.numbers() == BEFORE


@FILES
def test_a_run_with_a_name_resumes_when_a_full_disk_has_room(disk, kind):
    table = in_file(kind, disk)
    error = failed(table.at, NAME, stop=InMidRun(lambda: fill(disk)))
    assert "full" in str(error) or "No space left" in str(error)
    assert error.transient == (kind == DUCKDB)
    (disk / "filler").unlink()
    assert table.numbers() == BEFORE
    run(table.at, NAME)
    assert table.numbers() == ALL


def test_duckdb_waits_for_room_on_a_full_disk(disk):
    table = in_file(DUCKDB, disk)
    reported = run_with_retries(table.at, (disk / "filler").unlink, stop=InMidRun(lambda: fill(disk)))
    assert "No space left on device" in reported.warnings[0]
    assert table.numbers() == ALL


@pytest.mark.slow
@NAMED
def test_a_full_disk_of_the_server_keeps_whole_batches(server, table_name, name):
    """The table's own files are on the small disk."""
    with mounted(server.folder / "disk", "size=2m") as disk:
        filled_up(server, disk, table_name, name)


def filled_up(server, disk, table_name, name):
    account = server._account()
    if account:
        os.chown(disk, account.user, account.group)
    table = on_server(server.url, table_name)
    table.ask(f"CREATE TABLESPACE {table_name} LOCATION '{disk}'")
    table.ask(f"CREATE TABLE {table.name} ({COLUMNS}) TABLESPACE {table_name}")
    try:
        error = failed(table.at, name, stop=InMidRun(lambda: fill(disk)))
        assert "No space left on device" in str(error)
        assert not error.transient
        # The server makes tables larger by a few pages at once: some more may have had room.
        assert table.numbers() in (BEFORE, ALL[:30])
        (disk / "filler").unlink()
        if name:
            run(table.at, name)
            assert table.numbers() == ALL
    finally:
        table.ask(f"DROP TABLE {table.name}")
        table.ask(f"DROP TABLESPACE {table_name}")


@NAMED
@FILES
def test_a_folder_that_cannot_be_written_is_reported_before_the_first_record(read_only, kind, name):
    table = in_file(kind, read_only)
    error = failed(table.at, name)
    assert not error.transient
    assert str(read_only) in str(error)
    assert list(read_only.iterdir()) == []


@NAMED
@FILES
def test_a_file_that_cannot_be_written_is_reported_before_the_first_record(tmp_path, kind, name):
    with mounted(tmp_path / "disk", "size=9m") as disk:
        table = in_file(kind, disk)
        run(table.at, name, stop=lambda: True)
        before = table.numbers()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        error = failed(table.at, name)
        assert not isinstance(error, DeliveryError)
        assert not error.transient
        assert str(disk) in str(error)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        assert table.numbers() == before


@pytest.mark.parametrize("fault", ["removed", "moved", "replaced"])
@NAMED
@FILES
def test_a_file_that_is_not_where_it_was_is_an_error_and_nothing_counts_as_delivered(tmp_path, kind, name, fault):
    table, path = in_file(kind, tmp_path), tmp_path / f"bank.{kind}"

    def make_it():
        before = path.read_bytes()
        path.rename(tmp_path / "moved")
        if fault == "removed":
            (tmp_path / "moved").unlink()
        elif fault == "replaced":
            path.write_bytes(before)

    error = failed(table.at, name, stop=InMidRun(make_it))
    assert "was moved, removed or replaced during the run, with what was in it" in str(error)
    assert not error.transient
    if name is None:
        assert (error.delivered, error.missing) == (0, error.accepted)
    elif fault == "moved":
        (tmp_path / "moved").rename(path)
        run(table.at, NAME)
        assert table.numbers() == ALL


@pytest.mark.parametrize("columns", [COLUMNS, f"{COLUMNS}, own BIGINT GENERATED ALWAYS AS IDENTITY"])
@NAMED
def test_a_column_that_is_altered_in_mid_run_is_an_error(database, table_name, name, columns):
    """To a type as wide as the one before: a binary COPY would write garbage and nobody would know."""
    table = on_server(database, table_name)
    table.ask(f"CREATE TABLE {table.name} ({columns})")
    alter = f"ALTER TABLE {table.name} ALTER number TYPE"
    error = failed(table.at, name, stop=InMidRun(lambda: table.ask(f"{alter} DOUBLE PRECISION")))
    assert "column 'number' was altered during the run: it is of type double precision, and was bigint" in str(error)
    assert not error.transient
    assert table.numbers() == BEFORE
    if name:
        table.ask(f"{alter} BIGINT")
        run(table.at, name)
        assert table.numbers() == ALL


@NAMED
def test_a_user_who_may_not_insert_is_refused_before_the_first_record(clerk, name):
    allow(clerk, "SELECT")
    error = failed(clerk.at, name)
    assert isinstance(error, RefusedError)
    assert "GRANT INSERT" in str(error)
    assert SECRET not in str(error)
    assert clerk.numbers() == []


@NAMED
def test_a_user_who_may_not_make_the_table_is_refused(clerk, name):
    error = failed(clerk.at, name)
    assert isinstance(error, RefusedError)
    assert "permission denied for schema" in str(error)


@NAMED
def test_a_right_that_is_taken_away_in_mid_run_ends_it(clerk, name):
    user = allow(clerk)
    error = failed(clerk.at, name, stop=InMidRun(lambda: clerk.ask(f"REVOKE INSERT ON {clerk.name} FROM {user}")))
    assert isinstance(error, RefusedError if name else DeliveryError)
    assert not error.transient
    assert "permission denied for table" in str(error)
    assert clerk.numbers() == BEFORE
    clerk.ask(f"GRANT INSERT ON {clerk.name} TO {user}")
    if name:
        run(clerk.at, name)
        assert clerk.numbers() == ALL


@NAMED
def test_a_server_that_is_away_at_the_start_is_unreachable(server, away, name):
    server.kill()
    error = failed(away.at, name)
    assert isinstance(error, UnreachableError)
    assert "refused" in str(error)
    assert f"doge:{server.password}@" not in str(error)
    assert error.__notes__[0].startswith("tried ")


@NAMED
def test_a_server_that_comes_while_it_is_tried_is_written_to(server, away, name):
    server.kill()
    reported = run_with_retries(away.at, server.start, name)
    assert set(reported.connection_errors) == {"UnreachableError"}
    assert away.numbers() == ALL


@NAMED
def test_a_server_that_was_restarted_between_batches_is_found_again(server, away, name):
    def restarted():
        server.kill()
        server.start()

    run(away.at, name, stop=InMidRun(restarted))
    assert away.numbers() == ALL


def test_a_server_that_is_lost_in_mid_run_ends_a_run_without_a_name_with_whole_batches(server, away):
    error = failed(away.at, patience=60, stop=InMidRun(server.kill))
    assert isinstance(error, DeliveryError)
    assert error.transient
    assert "10 of 30 records did not arrive (20 did): " in str(error)
    server.start()
    assert away.numbers() == BEFORE


def test_a_server_that_is_lost_in_mid_run_is_waited_for_by_a_run_with_a_name(server, away):
    reported = run_with_retries(away.at, server.start, stop=InMidRun(server.kill))
    assert set(reported.connection_errors) == {"UnreachableError"}
    assert away.numbers() == ALL


def test_a_server_that_is_away_for_longer_than_patience_ends_the_run_which_resumes_later(server, away):
    error = failed(away.at, NAME, stop=InMidRun(server.kill))
    assert isinstance(error, UnreachableError)
    assert error.__notes__[0].startswith("tried ")
    server.start()
    assert away.numbers() == BEFORE
    run(away.at, NAME)
    assert away.numbers() == ALL


@KINDS
@NAMED
def test_a_table_that_is_dropped_in_mid_run_ends_it_and_is_not_made_again(table, kind, name):
    move = f"ALTER TABLE {table.name} RENAME TO moved"
    error = failed(table.at, name, stop=InMidRun(lambda: table.ask(move), lambda: table.numbers() == BEFORE))
    assert not error.transient
    assert table.name in str(error)
    if name:
        again = failed(table.at, name)
        assert "doge_position says that 20 ticks of run 'nightly' are in it. Hint: bring it back" in str(again)
    table.ask(f"ALTER TABLE {table.name.replace(STREAM, 'moved')} RENAME TO {STREAM}")
    assert table.numbers() == BEFORE
    if name:
        run(table.at, name)
        assert table.numbers() == ALL


@KINDS
@NAMED
@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ("number BIGINT, note TEXT, share FLOAT8", "has no column for the field 'at'. Hint: add one of type TIMESTAMP"),
        ('number BIGINT, "at" TIMESTAMP, note BIGINT, share FLOAT8', "column 'note' is of type BIGINT, which takes no"),
    ],
    ids=["missing", "of another type"],
)
def test_a_column_that_does_not_fit_is_reported_before_the_first_record(table, name, columns, problem):
    table.ask(f"CREATE TABLE {table.name} ({columns})")
    error = failed(table.at, name)
    assert isinstance(error, UnknownTargetError)
    assert problem in str(error)
    assert table.numbers() == []


@NAMED
def test_wrong_credentials_are_refused_at_once_and_not_shown(database, table_name, name):
    table = on_server(database, table_name, user="nobody")
    error = failed(table.at, name, patience=60)
    assert isinstance(error, RefusedError)
    assert 'password authentication failed for user "nobody"' in str(error)
    assert SECRET not in repr(error)


def changed(clerk, user):
    """Another password, for a connection that is made anew."""
    clerk.ask(f"ALTER ROLE {user} PASSWORD 'other'")
    clerk.ask(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{user}'")


@NAMED
def test_credentials_that_change_in_mid_run_end_it(clerk, name):
    user = allow(clerk)
    error = failed(clerk.at, name, patience=60, stop=InMidRun(lambda: changed(clerk, user)))
    assert isinstance(error, RefusedError if name else DeliveryError)
    assert "password authentication failed" in str(error)
    assert SECRET not in str(error)
    assert clerk.numbers() == BEFORE
    clerk.ask(f"ALTER ROLE {user} PASSWORD '{SECRET}'")
    if name:
        run(clerk.at, name)
        assert clerk.numbers() == ALL


NARROW = {
    "postgresql": (
        COLUMNS.replace("BIGINT", "SMALLINT"),
        "(SMALLINT): 40000 is out of its range. Hint: make the column wider",
    ),
    DUCKDB: (COLUMNS.replace("BIGINT", "TINYINT"), "INT8"),
    SQLITE: ('number BIGINT CHECK (number < 10000), "at" TIMESTAMP, note TEXT, share FLOAT', "CHECK constraint failed"),
}
TOO_LARGE = {"number": "number if number != 25 else 40_000"}


@KINDS
@NAMED
def test_a_value_that_a_column_does_not_take_ends_the_run_with_whole_batches(table, kind, name):
    columns, reported = NARROW[kind]
    table.ask(f"CREATE TABLE {table.name} ({columns})")
    error = failed(table.at, name, fields=TOO_LARGE, patience=60)
    assert not error.transient
    assert reported in str(error)
    assert table.numbers() == BEFORE
    if name and kind == "postgresql":
        table.ask(f"ALTER TABLE {table.name} ALTER number TYPE BIGINT")
        run(table.at, name, fields=TOO_LARGE)
        assert table.numbers() == sorted([*ALL[:24], *ALL[25:], 40_000])


HOLDS = """
import sys, duckdb, sqlite3
kind, path = sys.argv[1:]
held = duckdb.connect(path) if kind == "duckdb" else sqlite3.connect(path)
if kind == "sqlite":
    held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(table):
    """Another process has the file; call what is given to end it."""
    url = make_url(table.at["database"])
    command = [sys.executable, "-c", HOLDS, url.get_backend_name(), url.database]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process.communicate
        process.communicate()


def impatient(table, kind):
    """SQLite itself does not wait for the file."""
    return {"database": f"{table.at['database']}?timeout=0"} if kind == SQLITE else table.at


@FILES
@NAMED
def test_a_file_that_another_process_holds_is_reported(table, kind, name):
    with held(table):
        error = failed(impatient(table, kind), name)
        assert error.transient
        assert ("another process has the file open" if kind == DUCKDB else "database is locked") in str(error)


@FILES
@NAMED
def test_a_file_that_another_process_lets_go_is_written_to(table, kind, name):
    with held(table) as let_go:
        run_with_retries(impatient(table, kind), let_go, name)
    assert table.numbers() == ALL


@pytest.mark.parametrize("kind", ["postgresql", SQLITE])
def test_of_two_runs_of_one_name_on_two_machines_the_second_continues(table, monkeypatch, tmp_path):
    def elsewhere():
        monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "other machine"))
        run(table.at, NAME)

    error = failed(table.at, NAME, patience=60, stop=InMidRun(elsewhere))
    assert type(error) is SinkError
    assert "another process has taken over run 'nightly': nothing more of this one arrives" in str(error)
    assert table.numbers() == ALL


def test_of_two_runs_of_one_name_on_duckdb_the_second_waits_for_the_file(tmp_path):
    table = in_file(DUCKDB, tmp_path)
    with held(table):
        error = failed(table.at, NAME)
    assert "it may be run 'nightly' itself, which is then still at work. Hint: wait for its end" in str(error)


@KINDS
def test_of_two_runs_of_one_name_on_one_machine_the_second_is_refused(table):
    errors = []
    run(table.at, NAME, stop=InMidRun(lambda: errors.append(failed(table.at, NAME))))
    assert str(errors[0]).startswith(f"run {NAME}: another process on this machine is running it")
    assert table.numbers() == ALL
