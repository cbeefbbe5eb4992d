"""Runs to database tables that fail because of the server, the table or privileges."""

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
from tests.faults.runs import ALL, BEFORE, NAME, NAMED, STREAM, FaultMidRun, failed, run, run_with_retries
from tests.sinks.batch_databases import in_duckdb, in_postgres, in_sqlite

DUCKDB, SQLITE = "duckdb", "sqlite"
FILES = pytest.mark.parametrize("kind", [DUCKDB, SQLITE])
KINDS = pytest.mark.parametrize("kind", ["postgresql", DUCKDB, SQLITE])
SECRET = "s3cret-word"
COLUMNS = 'number BIGINT, "at" TIMESTAMPTZ, note TEXT, share FLOAT8'


@dataclass(frozen=True)
class Table:
    """The table that the numbers go to.

    Attributes:
        at: the destination, as in a target.
        query: runs a statement on a connection of its own and returns its rows.
        name: of the table.
    """

    at: dict[str, Any]
    query: Callable[[str], Sequence[Sequence[Any]]]
    name: str = STREAM

    def numbers(self) -> list[int]:
        """The numbers in the table, sorted, as a server that was killed may return rows in another order."""
        return sorted(number for (number,) in self.query(f"SELECT number FROM {self.name}"))

    def to(self, **options: Any) -> dict[str, Any]:
        """The destination with other options."""
        return {**self.at, **options}


def in_file(kind: str, folder: Path) -> Table:
    path = folder / f"bank.{kind}"
    return Table({"database": f"{kind}:///{path}"}, functools.partial(in_duckdb if kind == DUCKDB else in_sqlite, path))


def on_server(url: str, schema: str, *, user: str | None = None) -> Table:
    """In PostgreSQL, in a schema of its own (with its positions), optionally as a user whose password is ``SECRET``."""
    parsed_url = make_url(url).set(username=user, password=SECRET) if user else make_url(url)
    at = {"database": parsed_url.render_as_string(hide_password=False), "table": f"{schema}.{STREAM}"}
    query = functools.partial(in_postgres, url)
    query(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    return Table(at, query, f"{schema}.{STREAM}")


@pytest.fixture
def table(kind, request, tmp_path):
    if kind in (DUCKDB, SQLITE):
        return in_file(kind, tmp_path)
    return on_server(request.getfixturevalue("database"), request.getfixturevalue("table_name"))


@pytest.fixture
def killable_table(server, table_name):
    """A table on the server that may be killed."""
    return on_server(server.url, table_name)


@pytest.fixture
def clerk(database, table_name):
    """The table of the test, as a user without any privileges yet."""
    name = f"clerk_{table_name[-12:]}"
    in_postgres(database, f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'")
    table = on_server(database, table_name, user=name)
    table.query(f"GRANT USAGE ON SCHEMA {table_name} TO {name}")
    yield table
    in_postgres(database, f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


def allow(clerk, privileges="SELECT, INSERT"):
    """Create the table and let the clerk write to it."""
    name = make_url(clerk.at["database"]).username
    clerk.query(f"CREATE TABLE {clerk.name} ({COLUMNS})")
    clerk.query(f"GRANT {privileges} ON {clerk.name} TO {name}")
    clerk.query(f"GRANT CREATE ON SCHEMA {clerk.name.partition('.')[0]} TO {name}")
    return name


@FILES
def test_a_full_disk_leaves_whole_batches(disk, kind):
    table = in_file(kind, disk)
    error = failed(table.at, stop=FaultMidRun(lambda: fill(disk), lambda: table.numbers() == BEFORE))
    assert isinstance(error, DeliveryError)
    assert "10 of 30 records did not arrive (20 did): " in str(error)
    assert "full" in str(error) or "No space left" in str(error)
    (disk / "filler").unlink()
    assert table.numbers() == BEFORE


@FILES
def test_a_run_with_an_id_resumes_once_a_full_disk_has_room(disk, kind):
    table = in_file(kind, disk)
    error = failed(table.at, NAME, stop=FaultMidRun(lambda: fill(disk)))
    assert "full" in str(error) or "No space left" in str(error)
    assert error.transient == (kind == DUCKDB)
    (disk / "filler").unlink()
    assert table.numbers() == BEFORE
    run(table.at, NAME)
    assert table.numbers() == ALL


def test_duckdb_retries_until_a_full_disk_has_room(disk):
    table = in_file(DUCKDB, disk)
    retries = run_with_retries(table.at, (disk / "filler").unlink, stop=FaultMidRun(lambda: fill(disk)))
    assert "No space left on device" in retries.warnings[0]
    assert table.numbers() == ALL


@pytest.mark.slow
@NAMED
def test_a_full_disk_of_the_server_leaves_whole_batches(server, table_name, name):
    """Only the table's own files are on the small disk."""
    with mounted(server.folder / "disk", "size=2m") as disk:
        run_until_disk_is_full(server, disk, table_name, name)


def run_until_disk_is_full(server, disk, table_name, name):
    account = server._account()
    if account:
        os.chown(disk, account.user, account.group)
    table = on_server(server.url, table_name)
    table.query(f"CREATE TABLESPACE {table_name} LOCATION '{disk}'")
    table.query(f"CREATE TABLE {table.name} ({COLUMNS}) TABLESPACE {table_name}")
    try:
        error = failed(table.at, name, stop=FaultMidRun(lambda: fill(disk)))
        assert "No space left on device" in str(error)
        assert not error.transient
        # The server extends tables by several pages at once, so the next batch may still have fitted.
        assert table.numbers() in (BEFORE, ALL[:30])
        (disk / "filler").unlink()
        if name:
            run(table.at, name)
            assert table.numbers() == ALL
    finally:
        table.query(f"DROP TABLE {table.name}")
        table.query(f"DROP TABLESPACE {table_name}")


@NAMED
@FILES
def test_a_read_only_folder_is_reported_before_the_first_record(read_only, kind, name):
    table = in_file(kind, read_only)
    error = failed(table.at, name)
    assert not error.transient
    assert str(read_only) in str(error)
    assert list(read_only.iterdir()) == []


@NAMED
@FILES
def test_a_read_only_file_is_reported_before_the_first_record(tmp_path, kind, name):
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
def test_a_file_that_is_moved_during_a_run_is_an_error_and_nothing_counts_as_delivered(tmp_path, kind, name, fault):
    table, path = in_file(kind, tmp_path), tmp_path / f"bank.{kind}"

    def inject():
        before = path.read_bytes()
        path.rename(tmp_path / "moved")
        if fault == "removed":
            (tmp_path / "moved").unlink()
        elif fault == "replaced":
            path.write_bytes(before)

    error = failed(table.at, name, stop=FaultMidRun(inject))
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
def test_a_column_that_is_altered_during_a_run_is_an_error(database, table_name, name, columns):
    """The new type has the same width, so that a binary COPY would silently write garbage."""
    table = on_server(database, table_name)
    table.query(f"CREATE TABLE {table.name} ({columns})")
    alter = f"ALTER TABLE {table.name} ALTER number TYPE"
    error = failed(table.at, name, stop=FaultMidRun(lambda: table.query(f"{alter} DOUBLE PRECISION")))
    assert "column 'number' was altered during the run: it is of type double precision, and was bigint" in str(error)
    assert not error.transient
    assert table.numbers() == BEFORE
    if name:
        table.query(f"{alter} BIGINT")
        run(table.at, name)
        assert table.numbers() == ALL


@NAMED
def test_a_user_without_the_insert_privilege_is_refused_before_the_first_record(clerk, name):
    allow(clerk, "SELECT")
    error = failed(clerk.at, name)
    assert isinstance(error, RefusedError)
    assert "GRANT INSERT" in str(error)
    assert SECRET not in str(error)
    assert clerk.numbers() == []


@NAMED
def test_a_user_who_may_not_create_the_table_is_refused(clerk, name):
    error = failed(clerk.at, name)
    assert isinstance(error, RefusedError)
    assert "permission denied for schema" in str(error)


@NAMED
def test_a_privilege_that_is_revoked_during_a_run_ends_it(clerk, name):
    user = allow(clerk)
    error = failed(clerk.at, name, stop=FaultMidRun(lambda: clerk.query(f"REVOKE INSERT ON {clerk.name} FROM {user}")))
    assert isinstance(error, RefusedError if name else DeliveryError)
    assert not error.transient
    assert "permission denied for table" in str(error)
    assert clerk.numbers() == BEFORE
    clerk.query(f"GRANT INSERT ON {clerk.name} TO {user}")
    if name:
        run(clerk.at, name)
        assert clerk.numbers() == ALL


@NAMED
def test_a_server_that_is_down_at_the_start_is_unreachable(server, killable_table, name):
    server.kill()
    error = failed(killable_table.at, name)
    assert isinstance(error, UnreachableError)
    assert "refused" in str(error)
    assert f"doge:{server.password}@" not in str(error)
    assert error.__notes__[0].startswith("tried ")


@NAMED
def test_a_server_that_starts_during_retries_is_used(server, killable_table, name):
    server.kill()
    retries = run_with_retries(killable_table.at, server.start, name)
    assert set(retries.connection_errors) == {"UnreachableError"}
    assert killable_table.numbers() == ALL


@NAMED
def test_a_run_reconnects_to_a_server_that_was_restarted_between_batches(server, killable_table, name):
    def restart():
        server.kill()
        server.start()

    run(killable_table.at, name, stop=FaultMidRun(restart))
    assert killable_table.numbers() == ALL


def test_losing_the_server_ends_a_run_without_an_id_with_whole_batches(server, killable_table):
    error = failed(killable_table.at, patience=60, stop=FaultMidRun(server.kill))
    assert isinstance(error, DeliveryError)
    assert error.transient
    assert "10 of 30 records did not arrive (20 did): " in str(error)
    server.start()
    assert killable_table.numbers() == BEFORE


def test_a_run_with_an_id_waits_for_a_server_that_it_loses(server, killable_table):
    retries = run_with_retries(killable_table.at, server.start, stop=FaultMidRun(server.kill))
    assert set(retries.connection_errors) == {"UnreachableError"}
    assert killable_table.numbers() == ALL


def test_a_server_that_is_down_for_longer_than_patience_ends_the_run_which_can_be_resumed(server, killable_table):
    error = failed(killable_table.at, NAME, stop=FaultMidRun(server.kill))
    assert isinstance(error, UnreachableError)
    assert error.__notes__[0].startswith("tried ")
    server.start()
    assert killable_table.numbers() == BEFORE
    run(killable_table.at, NAME)
    assert killable_table.numbers() == ALL


@KINDS
@NAMED
def test_a_table_that_is_dropped_during_a_run_ends_it_and_is_not_created_again(table, kind, name):
    move = f"ALTER TABLE {table.name} RENAME TO moved"
    error = failed(table.at, name, stop=FaultMidRun(lambda: table.query(move), lambda: table.numbers() == BEFORE))
    assert not error.transient
    assert table.name in str(error)
    if name:
        second_error = failed(table.at, name)
        assert "doge_position says that 20 ticks of run 'nightly' are in it. Hint: bring it back" in str(second_error)
    table.query(f"ALTER TABLE {table.name.replace(STREAM, 'moved')} RENAME TO {STREAM}")
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
def test_an_incompatible_column_is_reported_before_the_first_record(table, name, columns, problem):
    table.query(f"CREATE TABLE {table.name} ({columns})")
    error = failed(table.at, name)
    assert isinstance(error, UnknownTargetError)
    assert problem in str(error)
    assert table.numbers() == []


@NAMED
def test_wrong_credentials_are_refused_at_once_and_not_displayed(database, table_name, name):
    table = on_server(database, table_name, user="nobody")
    error = failed(table.at, name, patience=60)
    assert isinstance(error, RefusedError)
    assert 'password authentication failed for user "nobody"' in str(error)
    assert SECRET not in repr(error)


def change_password(clerk, user):
    """Change the password and close the user's connections, so that they have to be made again."""
    clerk.query(f"ALTER ROLE {user} PASSWORD 'other'")
    clerk.query(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{user}'")


@NAMED
def test_credentials_that_change_during_a_run_end_it(clerk, name):
    user = allow(clerk)
    error = failed(clerk.at, name, patience=60, stop=FaultMidRun(lambda: change_password(clerk, user)))
    assert isinstance(error, RefusedError if name else DeliveryError)
    assert "password authentication failed" in str(error)
    assert SECRET not in str(error)
    assert clerk.numbers() == BEFORE
    clerk.query(f"ALTER ROLE {user} PASSWORD '{SECRET}'")
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
def test_a_value_that_a_column_rejects_ends_the_run_with_whole_batches(table, kind, name):
    columns, problem = NARROW[kind]
    table.query(f"CREATE TABLE {table.name} ({columns})")
    error = failed(table.at, name, fields=TOO_LARGE, patience=60)
    assert not error.transient
    assert problem in str(error)
    assert table.numbers() == BEFORE
    if name and kind == "postgresql":
        table.query(f"ALTER TABLE {table.name} ALTER number TYPE BIGINT")
        run(table.at, name, fields=TOO_LARGE)
        assert table.numbers() == sorted([*ALL[:24], *ALL[25:], 40_000])


LOCKING_PROGRAM = """
import sys, duckdb, sqlite3
kind, path = sys.argv[1:]
held = duckdb.connect(path) if kind == "duckdb" else sqlite3.connect(path)
if kind == "sqlite":
    held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(table):
    """Lock the file in another process; yields a function that ends that process."""
    url = make_url(table.at["database"])
    command = [sys.executable, "-c", LOCKING_PROGRAM, url.get_backend_name(), url.database]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process.communicate
        process.communicate()


def without_wait(table, kind):
    """The destination without SQLite's own wait for a lock."""
    return {"database": f"{table.at['database']}?timeout=0"} if kind == SQLITE else table.at


@FILES
@NAMED
def test_a_file_locked_by_another_process_is_reported(table, kind, name):
    with locked(table):
        error = failed(without_wait(table, kind), name)
        assert error.transient
        assert ("another process has the file open" if kind == DUCKDB else "database is locked") in str(error)


@FILES
@NAMED
def test_a_run_waits_for_a_file_that_another_process_unlocks(table, kind, name):
    with locked(table) as unlock:
        run_with_retries(without_wait(table, kind), unlock, name)
    assert table.numbers() == ALL


@pytest.mark.parametrize("kind", ["postgresql", SQLITE])
def test_of_two_runs_with_one_id_on_two_machines_the_second_continues(table, monkeypatch, tmp_path):
    def run_elsewhere():
        monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "other machine"))
        run(table.at, NAME)

    error = failed(table.at, NAME, patience=60, stop=FaultMidRun(run_elsewhere))
    assert type(error) is SinkError
    assert "another process has taken over run 'nightly': nothing more of this one arrives" in str(error)
    assert table.numbers() == ALL


def test_of_two_runs_with_one_id_on_duckdb_the_second_waits_for_the_file(tmp_path):
    table = in_file(DUCKDB, tmp_path)
    with locked(table):
        error = failed(table.at, NAME)
    assert "it may be run 'nightly' itself, which is then still at work. Hint: wait for its end" in str(error)


@KINDS
def test_of_two_runs_with_one_id_on_one_machine_the_second_is_refused(table):
    errors = []
    run(table.at, NAME, stop=FaultMidRun(lambda: errors.append(failed(table.at, NAME))))
    assert str(errors[0]).startswith(f"run {NAME}: another process on this machine is running it")
    assert table.numbers() == ALL
