"""Resumable runs to a server that dies: each record exists exactly once."""

import threading

import psycopg
import pytest
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from doge_datagen.errors import SinkError, UnreachableError
from doge_datagen.sinks.testing.samples import batches_of, rows
from doge_datagen.sinks.testing.transactions import RUN
from doge_datagen.sinks.transactional import Position
from tests.sinks.batch_database_places import WITH_IDENTITY
from tests.sinks.committing_databases import postgresql_at

SIZES = (300,) * 40
BATCHES = batches_of(SIZES)


@pytest.fixture(params=["by COPY", "by INSERT"])
def place(request, server, table_name):
    database = postgresql_at(server.url, table_name)
    if request.param == "by INSERT":
        database.ask(f"CREATE TABLE {table_name} ({WITH_IDENTITY})")
    return database


@pytest.fixture
def sink(place):
    with place.claimed() as sink:
        yield sink


def commit(sink, number):
    sink.write(BATCHES[number])
    sink.commit(Position(number + 1, RUN))


def cut(connection):
    """Cut the connection to the server."""
    connection.driver_connection.close()
    raise psycopg.OperationalError("server closed the connection unexpectedly")


@pytest.mark.slow
def test_a_server_restart_between_commits_loses_nothing(server, place, sink):
    commit(sink, 0)
    server.kill()
    server.start()
    commit(sink, 1)
    server.stop()
    server.start()
    commit(sink, 2)
    assert arrived(place) == rows(SIZES[:3])


def test_a_server_that_stays_down_is_unreachable_until_it_returns(server, place, sink):
    commit(sink, 0)
    server.kill()
    sink.write(BATCHES[1])
    for _ in range(2):
        with pytest.raises(UnreachableError) as caught:
            sink.commit(Position(2, RUN))
        assert caught.value.transient
    server.start()
    sink.commit(Position(2, RUN))
    assert arrived(place) == rows(SIZES[:2])


def test_records_are_sent_again_to_a_server_killed_before_its_commit(server, place, sink, monkeypatch):
    def killed(dialect, connection):
        server.kill()
        connection.commit()

    commit(sink, 0)
    sink.write(BATCHES[1])
    with monkeypatch.context() as patched:
        patched.setattr(PGDialect_psycopg, "do_commit", killed)
        with pytest.raises(UnreachableError):
            sink.commit(Position(2, RUN))
    server.start()
    assert arrived(place) == rows(SIZES[:1])
    sink.commit(Position(2, RUN))
    assert arrived(place) == rows(SIZES[:2])


@pytest.mark.parametrize("dies", [True, False], ids=["and the server is killed", "and the link is cut"])
def test_records_are_not_sent_again_to_a_server_that_has_committed(server, place, sink, monkeypatch, dies):
    def unanswered(dialect, connection):
        connection.commit()
        if dies:
            server.kill()
        cut(connection)

    sink.write(BATCHES[0])
    with monkeypatch.context() as patched:
        patched.setattr(PGDialect_psycopg, "do_commit", unanswered)
        with pytest.raises(UnreachableError):
            sink.commit(Position(1, RUN))
    if dies:
        with pytest.raises(UnreachableError):
            sink.commit(Position(1, RUN))
        server.start()
    sink.commit(Position(1, RUN))
    assert sink.delivered == SIZES[0]
    commit(sink, 1)
    assert arrived(place) == rows(SIZES[:2])


def test_a_sink_waits_for_a_commit_that_the_server_is_still_executing(place, sink, monkeypatch):
    left = []

    def lost(dialect, connection):
        left.append(connection.driver_connection)
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    sink.write(BATCHES[0])
    with monkeypatch.context() as patched:
        for name, does in (("do_commit", lost), ("do_close", lambda *_: None), ("do_terminate", lambda *_: None)):
            patched.setattr(PGDialect_psycopg, name, does)
        with pytest.raises(UnreachableError):
            sink.commit(Position(1, RUN))
    again = threading.Thread(target=lambda: sink.commit(Position(1, RUN)))
    again.start()
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE doge_position%'"
    while not place.ask(waiting):
        assert again.is_alive()
    left[0].commit()
    left[0].close()
    again.join()
    assert sink.delivered == SIZES[0]
    assert arrived(place) == rows(SIZES[:1])


def test_a_takeover_during_a_commit_in_doubt_is_reported(place, sink, monkeypatch):
    def unanswered(dialect, connection):
        connection.commit()
        cut(connection)

    sink.write(BATCHES[0])
    with monkeypatch.context() as patched:
        patched.setattr(PGDialect_psycopg, "do_commit", unanswered)
        with pytest.raises(UnreachableError):
            sink.commit(Position(1, RUN))
    with place.claimed() as younger:
        assert younger.position() == Position(1, RUN)
        with pytest.raises(SinkError, match="another process has taken over") as caught:
            sink.commit(Position(1, RUN))
        assert not caught.value.transient
        commit(younger, 1)
    assert arrived(place) == rows(SIZES[:2])


@pytest.mark.slow
def test_a_server_killed_at_any_moment_loses_and_duplicates_nothing(server, place, sink):
    failures = []
    for number in range(0, len(BATCHES), 5):
        killer = threading.Thread(target=server.kill)
        killer.start()
        for each in range(number, number + 5):
            sink.write(BATCHES[each])
            failures += attempts(server, killer, sink, Position(each + 1, RUN))
        killer.join()
        server.start()
    assert failures
    assert all(error.transient for error in failures)
    assert sink.delivered == sum(SIZES)
    assert arrived(place) == rows(SIZES)


def attempts(server, killer, sink, position):
    """Commit until it succeeds, restarting the server after each failure; returns the failures."""
    try:
        sink.commit(position)
    except SinkError as error:
        killer.join()
        server.start()
        sink.commit(position)
        return [error]
    return []


def arrived(place):
    """The samples in the table, sorted, as a server that was killed may return rows in another order."""
    return sorted(place.rows())
