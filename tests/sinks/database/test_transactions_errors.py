"""Errors of a database between and within commits: permanent or transient, and nothing is lost."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from time import monotonic

import psycopg
import pyarrow as pa
import pytest
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from doge_datagen.errors import RefusedError, SinkError, UnreachableError
from doge_datagen.sinks.testing.samples import rows
from doge_datagen.sinks.testing.transactions import RUN
from doge_datagen.sinks.transactional import Position
from tests.sinks.committing_databases import DATABASES, postgresql_at
from tests.sinks.database.claimed_databases import BATCHES, COLUMNS, SIZES, commit, place, server

__all__ = ["place", "server"]  # fixtures


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


def test_a_password_changed_between_commits_is_refused(server):
    user, url = new_user(server, "before")
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
    user, url = new_user(server, "secret")
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
    user, url = new_user(server, "secret")
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


def new_user(server, password):
    """The name of a user who owns a schema, and the URL with which they log in."""
    user = f"u{server.table[-12:]}"
    server.ask(f"CREATE USER {user} PASSWORD '{password}'")
    server.ask(f"CREATE SCHEMA s{user} AUTHORIZATION {user}")
    return user, make_url(server.url).set(username=user, password=password).render_as_string(hide_password=False)


def end_connections(place):
    """Close all connections named like the table, and wait until they are closed."""
    mine = f"application_name = '{place.table}' AND pid <> pg_backend_pid()"
    assert place.ask(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {mine}")
