"""Batches to a server that dies, compared one by one with the generated ones."""

import threading

import pytest

from doge_datagen.errors import DeliveryError
from doge_datagen.sinks.database.postgres import copy as postgres_copy
from tests.sinks.batch_databases import batch_of, in_postgres, opened

ROWS = 1000


def batch(number):
    numbers = range(number * ROWS, (number + 1) * ROWS)
    return batch_of(number=list(numbers), name=[f"name {number}" for number in numbers])


def fill(sink, numbers):
    for number in numbers:
        sink.write(batch(number))


def generated(batches):
    return [(number, f"name {number}") for number in range(batches * ROWS)]


def arrived(server, table):
    return in_postgres(server.url, f"SELECT number, name FROM {table} ORDER BY number")


@pytest.mark.slow
def test_a_server_restart_between_batches_loses_nothing(server, table_name):
    with opened(server.url, table_name, batch(0)) as sink:
        sink.write(batch(0))
        server.kill()
        server.start()
        sink.write(batch(1))
    assert arrived(server, table_name) == generated(2)
    assert sink.delivered == 2 * ROWS


def test_a_server_that_stays_down_is_reported_with_exact_counts(server, table_name):
    sink = opened(server.url, table_name, batch(0))
    sink.write(batch(0))
    server.kill()
    with pytest.raises(DeliveryError) as caught:
        sink.write(batch(1))
    sink.close()
    server.start()
    assert caught.value.transient
    assert (caught.value.accepted, caught.value.delivered) == (2 * ROWS, ROWS)
    assert arrived(server, table_name) == generated(1)


def test_a_server_killed_at_any_moment_loses_and_duplicates_nothing_silently(server, table_name):
    sink = opened(server.url, table_name, batch(0))
    fill(sink, range(5))
    killer = threading.Thread(target=server.kill)
    killer.start()
    with pytest.raises(DeliveryError) as caught:
        fill(sink, range(5, 10_000))
    killer.join()
    sink.close()
    server.start()
    error, there = caught.value, arrived(server, table_name)
    assert there == generated(len(there) // ROWS)
    assert len(there) == error.delivered or ("in doubt" in str(error) and len(there) == error.accepted)


@pytest.fixture(params=[True, False], ids=["after the server committed", "before the server committed"])
def cut_at_commit(request, monkeypatch):
    """Cut the connection during COMMIT, before the request reaches the server or before the response arrives."""
    send = postgres_copy.sent

    def sent(driver, statements):
        if not statements.endswith(b"COMMIT"):
            return send(driver, statements)
        if request.param:
            send(driver, statements)
        driver.close()
        raise postgres_copy.psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(postgres_copy, "sent", sent)
    return request.param


def test_the_outcome_of_a_commit_without_a_response_is_looked_up_on_a_new_connection(server, table_name, cut_at_commit):
    sink = opened(server.url, table_name, batch(0))
    if cut_at_commit:
        sink.write(batch(0))
    else:
        with pytest.raises(DeliveryError) as caught:
            sink.write(batch(0))
        assert (caught.value.accepted, caught.value.delivered, caught.value.transient) == (ROWS, 0, True)
        assert "doubt" not in str(caught.value)
    assert arrived(server, table_name) == generated(sink.delivered // ROWS)
    sink.close()


def test_a_commit_without_a_response_is_in_doubt_if_its_outcome_is_unknown(
    server, table_name, cut_at_commit, monkeypatch
):
    monkeypatch.setattr(postgres_copy.CopiedTable, "_fate", lambda self, transaction: None)
    sink = opened(server.url, table_name, batch(0))
    with pytest.raises(DeliveryError, match="lost during COMMIT: these records are in doubt") as caught:
        sink.write(batch(0))
    assert (caught.value.missing, caught.value.transient) == (ROWS, True)
    sink.close()
