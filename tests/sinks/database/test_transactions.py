"""Resumable runs to databases: each record once, despite crashes and second processes."""

import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from doge_datagen.errors import SinkError
from doge_datagen.sinks.database.sink_kind import DATABASE
from doge_datagen.sinks.testing.samples import STREAM, opening, rows
from doge_datagen.sinks.testing.transactions import COMMITTING_RULES, RUN, CommittingSinkUnderTest
from doge_datagen.sinks.transactional import CommittingSink, Position
from tests.sinks.committing_databases import DATABASES, postgresql_at
from tests.sinks.database.claimed_databases import BATCHES, COLUMNS, SIZES, commit, place, server

__all__ = ["place", "server"]  # fixtures


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


def in_threads(run, count):
    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
