"""Resumable runs to databases: each record once, despite crashes and second processes."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from time import monotonic

import psycopg
import pyarrow as pa
import pytest
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from doge_datagen.errors import RefusedError, SinkError, UnreachableError
from doge_datagen.sinks.database.sink_kind import DATABASE
from doge_datagen.sinks.testing.samples import STREAM, batches_of, opening, rows
from doge_datagen.sinks.testing.transactions import COMMITTING_RULES, RUN, CommittingSinkUnderTest
from doge_datagen.sinks.transactional import CommittingSink, Position
from tests.sinks.committing_databases import DATABASES, postgresql, postgresql_at

SIZES = (3, 2, 4)
BATCHES = batches_of(SIZES)
COLUMNS = "record BIGINT, amount BIGINT, rate FLOAT8, settled BOOLEAN, note TEXT, happened TIMESTAMPTZ"


@pytest.fixture(params=DATABASES, ids=lambda database: database.__name__)
def place(request):
    return request.param(request)


@pytest.fixture
def server(request):
    """A table in PostgreSQL; the connections to it are named like the table."""
    place = postgresql(request)
    return postgresql_at(f"{place.url}?application_name={place.table}", place.table)


def commit(sink, number):
    """Write and commit one of the batches."""
    sink.write(BATCHES[number])
    sink.commit(Position(number + 1, RUN))


def rows_of_position(place):
    condition = (
        f"SELECT stream, epoch, ticks, run FROM {place.positions} WHERE run_id = '{place.run_id()}' ORDER BY stream"
    )
    return [tuple(row) for row in place.ask(condition)]


@pytest.mark.parametrize("rule", COMMITTING_RULES, ids=lambda rule: rule.__name__)
def test_database_follows_rule(place, rule):
    rule(CommittingSinkUnderTest(make=place.sink, read=place.rows))


def test_a_run_without_an_id_stores_no_position(place):
    with DATABASE.open(opening(place.url, {"table": place.table})) as sink:
        assert not isinstance(sink, CommittingSink)
        sink.write(BATCHES[0])
        assert place.rows() == rows(SIZES[:1])
    if "postgresql" not in place.url:  # if other tests have created the table
        with pytest.raises(Exception, match=r"doge_position|no such table"):
            place.ask("SELECT * FROM doge_position")


def test_a_table_with_the_records_of_another_stream_of_the_run_is_refused(place):
    with place.claimed() as sink:
        commit(sink, 0)
    given = replace(opening(place.url, {"table": place.table}), stream="other", run_id=place.run_id())
    with pytest.raises(
        SinkError, match=rf"has the records of the stream '{STREAM}' of run .*, not of 'other'. Hint: name"
    ):
        DATABASE.open_committing(given)
    assert place.rows() == rows(SIZES[:1])


def test_the_position_is_a_row_next_to_the_records(place):
    with place.claimed() as sink:
        assert rows_of_position(place) == [(STREAM, 1, None, None)]
        commit(sink, 0)
        assert rows_of_position(place) == [(STREAM, 1, 1, RUN)]
    with place.claimed() as sink:
        assert rows_of_position(place) == [(STREAM, 2, 1, RUN)]


def test_the_streams_of_a_run_have_separate_positions_in_one_database(place):
    streams = [f"stream {number}" for number in range(3)]
    tables = [f"{place.table}_{number}" for number in range(3)]
    sinks = [place.sink(stream=stream, table=table) for stream, table in zip(streams, tables, strict=True)]
    for sink in sinks:
        sink.claim()
    assert [sink.position() for sink in sinks] == [None] * 3
    for number in range(3):
        for sink in sinks:
            commit(sink, number)
    for sink in sinks:
        sink.discard()
    assert rows_of_position(place) == [(stream, 1, 3, RUN) for stream in streams]
    counts = [place.ask(f"SELECT count(*) FROM {table}")[0][0] for table in tables]
    assert counts == [sum(SIZES)] * 3


def test_a_name_before_a_dot_is_the_schema_of_the_positions_too(place, table_name):
    schema = "main" if "sqlite" in place.url else f"s{table_name[-12:]}"
    if schema != "main":
        place.ask(f"CREATE SCHEMA {schema}")
    table = f"{schema}.events"
    with place.claimed(table=table) as sink:
        commit(sink, 0)
    condition = f"SELECT ticks FROM {schema}.doge_position WHERE run_id = '{place.run_id()}'"
    assert list(map(tuple, place.ask(condition))) == [(1,)]
    assert len(place.ask(f"SELECT record FROM {table}")) == SIZES[0]


def test_the_older_of_two_sinks_detects_the_takeover(place):
    with place.claimed() as older, place.claimed() as younger:
        older.write(BATCHES[0])
        with pytest.raises(
            SinkError, match=r"another process has taken over run 'first of .*. Hint: let the other"
        ) as caught:
            older.commit(Position(1, RUN))
        assert not caught.value.transient
        commit(younger, 0)
    assert place.rows() == rows(SIZES[:1])


@pytest.mark.parametrize("isolation", [r"read\ committed", "serializable"])
def test_a_claim_waits_for_a_concurrent_commit_and_sees_its_records(server, isolation, monkeypatch):
    url = make_url(server.url).update_query_dict({"options": f"-cdefault_transaction_isolation={isolation}"})
    server = postgresql_at(url.render_as_string(hide_password=False).replace("+", "%20"), server.table)
    older, younger, claims = server.claimed(), server.sink(), []
    claim = threading.Thread(target=lambda: claims.append(younger.claim()))

    def meanwhile(dialect, connection):
        patched.undo()  # only for the commit of the older one
        claim.start()
        waiting = f"application_name = '{server.table}' AND query LIKE 'UPDATE doge_position%'"
        while not server.ask(f"SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND {waiting}"):
            assert claim.is_alive()
        connection.commit()

    with monkeypatch.context() as patched:
        patched.setattr(PGDialect_psycopg, "do_commit", meanwhile)
        commit(older, 0)
    claim.join()
    assert claims == [None]
    assert younger.position() == Position(1, RUN)
    older.discard()
    younger.discard()


def test_a_deleted_position_is_not_created_again(place):
    with place.claimed() as sink:
        commit(sink, 0)
        place.ask(f"DELETE FROM {place.positions} WHERE run_id = '{place.run_id()}'")
        sink.write(BATCHES[1])
        with pytest.raises(SinkError, match="is gone from doge_position") as caught:
            sink.commit(Position(2, RUN))
    assert not caught.value.transient
    assert place.rows() == rows(SIZES[:1])


def test_a_table_dropped_between_commits_is_a_permanent_error(place):
    with place.claimed() as sink:
        commit(sink, 0)
        place.ask(f"DROP TABLE {place.table}")
        sink.write(BATCHES[1])
        with pytest.raises(SinkError, match=f"table {place.table} at .*{place.table}.*exist|no such table") as caught:
            sink.commit(Position(2, RUN))
    assert not caught.value.transient
    assert rows_of_position(place) == [(STREAM, 1, 1, RUN)]


def test_a_run_does_not_resume_in_a_new_table(place):
    with place.claimed() as sink:
        commit(sink, 0)
    place.ask(f"DROP TABLE {place.table}")
    for _ in range(2):
        with pytest.raises(SinkError, match=r"says that 1 ticks of run .* are in it. Hint: bring it back"):
            place.sink()
    with place.claimed("second") as sink:
        commit(sink, 0)
    assert place.rows() == rows(SIZES[:1])


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("other_is_there", [True, False])
def test_a_run_does_not_resume_in_another_table(place, create, other_is_there):
    other = f"{place.table}_2"
    with place.claimed() as sink:
        commit(sink, 0)
    if other_is_there:
        place.sink("another", table=other).discard()
    for _ in range(2):
        with pytest.raises(
            SinkError, match=rf"to the table {place.table} so far. Hint: name that, or begin another run"
        ):
            place.sink(table=other, create=create)
    with place.claimed() as sink:
        assert sink.position() == Position(1, RUN)


def test_a_position_left_meanwhile_by_a_sink_of_another_table_is_not_used(place):
    with place.sink(table=f"{place.table}_2") as early:
        with place.claimed() as sink:
            commit(sink, 0)
        early.claim()
        with pytest.raises(SinkError, match=rf"to the table {place.table} so far"):
            early.position()


def test_a_column_dropped_between_commits_is_a_permanent_error(place):
    with place.claimed() as sink:
        commit(sink, 0)
        place.ask(f"ALTER TABLE {place.table} DROP COLUMN note")
        sink.write(BATCHES[1])
        with pytest.raises(SinkError, match="note") as caught:
            sink.commit(Position(2, RUN))
    assert not caught.value.transient


def test_a_value_out_of_range_is_a_permanent_error(server):
    server.ask(f"CREATE TABLE {server.table} ({COLUMNS.replace('BIGINT', 'SMALLINT')})")
    with server.claimed() as sink:
        sink.write(BATCHES[0])
        sink.write(BATCHES[1])
        with pytest.raises(SinkError, match=r"column 'amount' \(SMALLINT\): .* out of its range") as caught:
            sink.commit(Position(1, RUN))
    assert not caught.value.transient
    assert server.rows() == []


def test_a_nul_in_a_text_is_a_permanent_error_with_its_field(server):
    records = BATCHES[0].records.set_column(4, "note", pa.array(["a\0b"] * SIZES[0]))
    with server.claimed() as sink:
        sink.write(replace(BATCHES[0], records=records))
        with pytest.raises(SinkError, match="field 'note' holds a string with the character NUL") as caught:
            sink.commit(Position(1, RUN))
    assert not caught.value.transient


def test_a_locked_file_is_a_transient_error_and_the_commit_succeeds_once_it_is_unlocked(request, tmp_path):
    place = DATABASES[0](request)
    impatient = type(place)(f"{place.url}?timeout=0", place.table, place.ask, place.happened)
    sink = impatient.claimed()
    other = sqlite3.connect(tmp_path / "bank.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    sink.write(BATCHES[0])
    with pytest.raises(SinkError, match="locked") as caught:
        sink.commit(Position(1, RUN))
    assert caught.value.transient
    other.execute("ROLLBACK")
    other.close()
    sink.commit(Position(1, RUN))
    sink.discard()
    assert place.rows() == rows(SIZES[:1])


def test_the_run_waits_for_a_locked_file_as_the_driver_ignores_ctrl_c(request, tmp_path):
    place = DATABASES[0](request)
    with place.claimed() as sink, closing(sqlite3.connect(tmp_path / "bank.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        sink.write(BATCHES[0])
        begin = monotonic()
        for do in (lambda: sink.commit(Position(1, RUN)), place.claimed):
            with pytest.raises(SinkError, match="locked") as caught:
                do()
            assert caught.value.transient
        assert monotonic() - begin < 60, "the driver waited"


@pytest.mark.slow
def test_the_error_of_a_second_process_says_that_the_run_may_hold_the_duckdb_file(request):
    place = DATABASES[1](request)
    with place.claimed():
        opened = (
            "import sys\nfrom tests.sinks.committing_databases import Database\n"
            f"Database({place.url!r}, {place.table!r}, None, '').sink()"
        )
        ended = subprocess.run([sys.executable, "-c", opened], capture_output=True, text=True, check=False)
    assert (
        f"it may be run '{place.run_id()}' itself, which is then still at work. Hint: wait for its end" in ended.stderr
    )


def test_two_processes_may_create_the_table_of_positions_at_once(server):
    schema = f"s{server.table[-12:]}"
    server.ask(f"CREATE SCHEMA {schema}")
    server.ask(f"CREATE TABLE {schema}.events ({COLUMNS})")
    place, errors = postgresql_at(server.url, f"{schema}.events"), []

    def run(number):
        try:
            with place.claimed(f"run {number % 4}", create=False) as sink:
                sink.position()
        except SinkError as error:
            errors.append(error)

    in_threads(run, 8)
    assert errors == []
    assert sorted(place.ask(f"SELECT epoch FROM {place.positions}")) == [(2,)] * 4


def test_a_password_changed_between_commits_is_refused(server):
    user = f"u{server.table[-12:]}"
    server.ask(f"CREATE USER {user} PASSWORD 'before'")
    server.ask(f"CREATE SCHEMA s{user} AUTHORIZATION {user}")
    url = make_url(server.url).set(username=user, password="before").render_as_string(hide_password=False)
    with postgresql_at(url, f"s{user}.events").claimed() as sink:
        commit(sink, 0)
        server.ask(f"ALTER USER {user} PASSWORD 'after'")
        server.ask(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{user}'")
        sink.write(BATCHES[1])
        with pytest.raises(RefusedError, match="password authentication failed") as caught:
            sink.commit(Position(2, RUN))
    assert not caught.value.transient
    assert "before" not in str(caught.value)


def test_too_many_connections_are_a_transient_error(server):
    user = f"u{server.table[-12:]}"
    server.ask(f"CREATE USER {user} PASSWORD 'secret'")
    server.ask(f"CREATE SCHEMA s{user} AUTHORIZATION {user}")
    url = make_url(server.url).set(username=user, password="secret").render_as_string(hide_password=False)
    place = postgresql_at(url, f"s{user}.events")
    with place.claimed() as sink:
        server.ask(f"ALTER USER {user} CONNECTION LIMIT 0")
        server.ask(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{user}'")
        sink.write(BATCHES[0])
        for do in (lambda: sink.commit(Position(1, RUN)), place.sink):
            with pytest.raises(UnreachableError, match="too many connections for role"):
                do()
        server.ask(f"ALTER USER {user} CONNECTION LIMIT -1")
        sink.commit(Position(1, RUN))


def test_a_grant_revoked_between_commits_is_refused(server):
    user = f"u{server.table[-12:]}"
    server.ask(f"CREATE USER {user} PASSWORD 'secret'")
    server.ask(f"CREATE SCHEMA s{user} AUTHORIZATION {user}")
    url = make_url(server.url).set(username=user, password="secret").render_as_string(hide_password=False)
    with postgresql_at(url, f"s{user}.events").claimed() as sink:
        commit(sink, 0)
        server.ask(f"REVOKE UPDATE ON s{user}.doge_position FROM {user}")
        sink.write(BATCHES[1])
        with pytest.raises(RefusedError, match="permission denied for table doge_position"):
            sink.commit(Position(2, RUN))


def test_a_connection_closed_between_commits_loses_nothing(server):
    with server.claimed() as sink:
        commit(sink, 0)
        end_connections(server)
        commit(sink, 1)
    assert server.rows() == rows(SIZES[:2])


def test_a_connection_closed_during_a_commit_is_a_transient_error(server, monkeypatch):
    with server.claimed() as sink:

        def ended(dialect, connection):
            end_connections(server)
            connection.commit()

        sink.write(BATCHES[0])
        with monkeypatch.context() as patched:
            patched.setattr(PGDialect_psycopg, "do_commit", ended)
            with pytest.raises(UnreachableError) as caught:
                sink.commit(Position(1, RUN))
        assert caught.value.transient
        sink.commit(Position(1, RUN))
        assert sink.delivered == SIZES[0]
    assert server.rows() == rows(SIZES[:1])


def test_a_lock_held_for_longer_than_the_timeout_in_the_url_is_a_transient_error(server):
    url = make_url(server.url).update_query_dict({"options": "-clock_timeout=200ms"})
    impatient = postgresql_at(url.render_as_string(hide_password=False), server.table)
    with impatient.claimed() as sink, psycopg.connect(server.url) as other:
        other.execute(f"LOCK TABLE {server.table}")
        sink.write(BATCHES[0])
        begin = monotonic()
        with pytest.raises(SinkError, match="lock timeout") as caught:
            sink.commit(Position(1, RUN))
        assert monotonic() - begin < 50, "it waited for the minute of those who say nothing"
        assert caught.value.transient
        other.rollback()
        sink.commit(Position(1, RUN))
    assert server.rows() == rows(SIZES[:1])


def test_a_commit_interrupted_by_ctrl_c_is_rolled_back(place, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    sink = place.claimed()
    commit(sink, 0)
    sink.write(BATCHES[1])
    with monkeypatch.context() as patched:
        for module in ("sqlalchemy.table", "postgres.batches", "duckdb.table"):
            patched.setattr(f"doge_datagen.sinks.database.{module}.fitted", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sink.commit(Position(2, RUN))
    sink.discard()
    with place.claimed() as resumed:
        assert resumed.position() == Position(1, RUN)
        commit(resumed, 1)
    assert place.rows() == rows(SIZES[:2])


def end_connections(place):
    """Close all connections named like the table, and wait until they are closed."""
    mine = f"application_name = '{place.table}' AND pid <> pg_backend_pid()"
    assert place.ask(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {mine}")


def in_threads(run, count):
    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
