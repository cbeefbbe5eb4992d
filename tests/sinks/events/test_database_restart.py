"""Rows to a server that dies, compared one by one with the generated ones."""

import threading

import pytest

from doge_datagen.errors import DeliveryError
from doge_datagen.sinks.database.postgres import copy as postgres_copy
from services import Postgres
from tests.sinks.databases import LOGIN, ask, sink_of

BATCH = 100


@pytest.fixture(scope="module")
def server():
    with Postgres() as server:
        yield server


@pytest.fixture
def table(server, table_name):
    server.start()
    ask(server.url, f"CREATE TABLE {table_name} (number BIGINT, name TEXT)")
    return table_name


def row(number):
    return {"number": number, "name": f"name {number}"}


def generated(count):
    return [(number, f"name {number}") for number in range(count)]


def arrived(server, table):
    return ask(server.url, f"SELECT number, name FROM {table} ORDER BY number")


def collect(sink, numbers):
    for number in numbers:
        sink.collect(0, row(number), LOGIN)


@pytest.mark.slow
def test_a_server_restart_between_batches_loses_nothing(server, table):
    with sink_of(server.url, table, BATCH) as sink:
        collect(sink, range(250))
        server.kill()
        server.start()
        collect(sink, range(250, 500))
        server.stop()
        server.start()
        collect(sink, range(500, 550))
    assert arrived(server, table) == generated(550)
    assert sink.delivered == 550


def test_a_server_that_stays_down_is_reported_with_exact_counts(server, table):
    sink = sink_of(server.url, table, BATCH)
    collect(sink, range(250))
    server.kill()
    with pytest.raises(DeliveryError) as caught:
        collect(sink, range(250, 500))
    sink.close()
    server.start()
    error = caught.value
    assert error.transient
    assert (error.accepted, error.delivered, error.missing) == (300, 200, 100)
    assert type(error.__cause__).__module__.startswith("psycopg")
    assert arrived(server, table) == generated(error.delivered)


def test_a_server_killed_during_copy_leaves_no_partial_batch(server, table, monkeypatch):
    copy = postgres_copy.copy

    def killed_after(*arguments):
        copy(*arguments)
        server.kill()

    sink = sink_of(server.url, table, BATCH)
    collect(sink, range(150))
    monkeypatch.setattr(postgres_copy, "copy", killed_after)
    with pytest.raises(DeliveryError) as caught:
        collect(sink, range(150, 500))
    sink.close()
    server.start()
    assert caught.value.transient
    assert (caught.value.accepted, caught.value.delivered) == (200, 100)
    assert arrived(server, table) == generated(100)


def test_a_server_killed_at_any_moment_loses_and_duplicates_nothing_silently(server, table):
    sink = sink_of(server.url, table, BATCH)
    collect(sink, range(5 * BATCH))
    killer = threading.Thread(target=server.kill)
    killer.start()
    with pytest.raises(DeliveryError) as caught:
        collect(sink, range(5 * BATCH, 10_000_000))
    killer.join()
    sink.close()
    server.start()
    error, there = caught.value, arrived(server, table)
    assert error.accepted == error.delivered + BATCH
    assert there == generated(len(there))
    assert len(there) == error.delivered or ("in doubt" in str(error) and len(there) == error.accepted)


class CutAtCommit:
    """A psycopg connection cut during COMMIT, before the request reaches the server or the response arrives."""

    def __init__(self, driver, *, reaches_server):
        self._driver = driver
        self._reaches_server = reaches_server

    def __getattr__(self, name):
        return getattr(self._driver, name)

    def commit(self):
        if self._reaches_server:
            self._driver.commit()
        self._driver.close()
        raise postgres_copy.psycopg.OperationalError("server closed the connection unexpectedly")


@pytest.fixture(params=[True, False], ids=["after the server committed", "before the server committed"])
def cut_at_commit(request, monkeypatch):
    driver_of = postgres_copy.driver_of
    monkeypatch.setattr(
        postgres_copy, "driver_of", lambda connection: CutAtCommit(driver_of(connection), reaches_server=request.param)
    )
    return request.param


def test_the_outcome_of_a_commit_without_a_response_is_looked_up_on_a_new_connection(server, table, cut_at_commit):
    sink = sink_of(server.url, table, BATCH)
    if cut_at_commit:
        collect(sink, range(2 * BATCH))
        assert sink.delivered == 2 * BATCH
    else:
        with pytest.raises(DeliveryError) as caught:
            collect(sink, range(2 * BATCH))
        assert (caught.value.accepted, caught.value.delivered, caught.value.transient) == (BATCH, 0, True)
        assert "doubt" not in str(caught.value)
    assert arrived(server, table) == generated(sink.delivered)
    sink.close()


def test_a_commit_without_a_response_is_in_doubt_if_its_outcome_is_unknown(server, table, cut_at_commit, monkeypatch):
    monkeypatch.setattr(postgres_copy.CopiedTable, "_fate", lambda self, transaction: None)
    sink = sink_of(server.url, table, BATCH)
    with pytest.raises(DeliveryError, match="lost during COMMIT: these records are in doubt") as caught:
        collect(sink, range(BATCH))
    assert (caught.value.missing, caught.value.transient) == (BATCH, True)
    sink.close()
