import sqlite3

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from doge_datagen.errors import RefusedError, SinkError, UnreachableError
from doge_datagen.sinks.database.errors import failed, not_connected, not_connected_again
from doge_datagen.sinks.database.sqlalchemy.engine import checked_url, open_engine

NOWHERE = checked_url("postgresql://doge:s3cret@127.0.0.1:1/nowhere")
CANNOT_CONNECT = 'connection to server at "127.0.0.1", port 5432 failed: FATAL:  '


def of_postgres(state):
    return DBAPIError(None, None, psycopg.errors.lookup(state)("the reason"))


def of_sqlite(code):
    error = sqlite3.OperationalError("the reason")
    error.sqlite_errorcode = code
    return DBAPIError(None, None, error)


@pytest.mark.parametrize(
    ("state", "kind", "transient"),
    [
        pytest.param("08006", UnreachableError, True, id="connection failure"),
        pytest.param("57P01", UnreachableError, True, id="admin shutdown"),
        pytest.param("57P02", UnreachableError, True, id="crash shutdown"),
        pytest.param("57P03", UnreachableError, True, id="cannot connect now"),
        pytest.param("40001", SinkError, True, id="serialization failure"),
        pytest.param("40P01", SinkError, True, id="deadlock"),
        pytest.param("53300", SinkError, True, id="too many connections"),
        pytest.param("55P03", SinkError, True, id="lock timeout"),
        pytest.param("28P01", RefusedError, False, id="invalid password"),
        pytest.param("42501", RefusedError, False, id="insufficient privilege"),
        pytest.param("42P01", SinkError, False, id="no such table"),
        pytest.param("42703", SinkError, False, id="no such column"),
        pytest.param("53100", SinkError, False, id="disk full"),
        pytest.param("22003", SinkError, False, id="value out of range"),
        pytest.param("57P04", SinkError, False, id="database dropped"),
    ],
)
def test_transient_errors_of_postgresql(state, kind, transient):
    error = failed(of_postgres(state), "table events", NOWHERE)
    assert type(error) is kind
    assert error.transient is transient
    assert str(error) == "table events: the reason"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("the database system is starting up", UnreachableError),
        ("the database system is shutting down", UnreachableError),
        ("terminating connection due to unexpected postmaster exit", UnreachableError),
        ("canceling authentication due to timeout", UnreachableError),
        ("sorry, too many clients already", UnreachableError),
        ('too many connections for role "me"', UnreachableError),
        ('too many connections for database "bank"', UnreachableError),
        ("remaining connection slots are reserved for roles with the SUPERUSER attribute", UnreachableError),
        ('password authentication failed for user "me"', RefusedError),
        ('database "bank" does not exist', RefusedError),
    ],
)
def test_a_starting_server_is_not_a_refusal(message, kind):
    error = failed(DBAPIError(None, None, psycopg.OperationalError(CANNOT_CONNECT + message)), "table events", NOWHERE)
    assert type(error) is kind


@pytest.mark.parametrize(
    ("code", "transient"),
    [
        pytest.param(sqlite3.SQLITE_BUSY, True, id="busy"),
        pytest.param(sqlite3.SQLITE_BUSY_SNAPSHOT, True, id="busy snapshot"),
        pytest.param(sqlite3.SQLITE_LOCKED, True, id="locked"),
        pytest.param(sqlite3.SQLITE_FULL, False, id="disk full"),
        pytest.param(sqlite3.SQLITE_READONLY, False, id="read only"),
    ],
)
def test_an_sqlite_error_is_transient_if_another_process_has_locked_the_file(code, transient):
    assert failed(of_sqlite(code), "table events", NOWHERE).transient is transient


def test_a_lost_connection_is_unreachable_with_any_driver():
    lost = DBAPIError(None, None, OSError("the reason"), connection_invalidated=True)
    assert type(failed(lost, "table events", NOWHERE)) is UnreachableError


def test_our_own_errors_are_reported_unchanged():
    error = failed(ValueError("column 'a': 7 is out of its range"), "table events", NOWHERE)
    assert str(error) == "table events: column 'a': 7 is out of its range"
    assert not error.transient


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (OSError("(2003, 'connection refused')"), UnreachableError),
        (psycopg.OperationalError(CANNOT_CONNECT + 'password authentication failed for user "me"'), RefusedError),
        (sqlite3.OperationalError("unable to open database file"), SinkError),
    ],
)
def test_a_server_that_accepts_no_more_connections_is_unreachable_unless_it_refuses(cause, kind):
    assert type(not_connected(DBAPIError(None, None, cause), "table events", NOWHERE)) is kind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("das Datenbanksystem startet", UnreachableError),
        ("le système de bases de données se lance", UnreachableError),
        ("tut mir leid, schon zu viele Verbindungen", UnreachableError),
        ('password authentication failed for user "me"', RefusedError),
        ('no pg_hba.conf entry for host "::1", user "me", database "bank", no encryption', RefusedError),
        ('database "bank" does not exist', RefusedError),
        ('permission denied for database "bank"', RefusedError),
        ('role "me" is not permitted to log in', RefusedError),
    ],
)
def test_a_server_that_accepted_connections_before_is_unreachable_unless_it_refuses_with_a_known_message(message, kind):
    error = DBAPIError(None, None, psycopg.OperationalError(CANNOT_CONNECT + message))
    assert type(not_connected(error, "table events", NOWHERE)) is RefusedError
    assert type(not_connected_again(error, "table events", NOWHERE)) is kind


class MySQLError(Exception):
    """An error as raised by PyMySQL and mysqlclient: number and text."""


class ConnectorError(Exception):
    """An error as raised by MySQL Connector/Python and MariaDB's connector."""

    def __init__(self, number, message):
        self.errno = number
        super().__init__(message)


@pytest.mark.parametrize("driver", [MySQLError, ConnectorError])
@pytest.mark.parametrize(
    ("number", "kind", "transient"),
    [
        pytest.param(2003, UnreachableError, True, id="cannot connect"),
        pytest.param(2013, UnreachableError, True, id="lost connection"),
        pytest.param(1040, SinkError, True, id="too many connections"),
        pytest.param(1205, SinkError, True, id="lock wait timeout"),
        pytest.param(1213, SinkError, True, id="deadlock"),
        pytest.param(3572, SinkError, True, id="nowait"),
        pytest.param(1045, RefusedError, False, id="access denied"),
        pytest.param(1146, SinkError, False, id="no such table"),
    ],
)
def test_transient_errors_of_mysql(driver, number, kind, transient):
    error = failed(DBAPIError(None, None, driver(number, "the reason")), "table events", NOWHERE)
    assert type(error) is kind
    assert error.transient is transient


def test_psycopg2_has_the_same_codes_under_another_name():
    error = Exception("the reason")
    error.pgcode = "40001"
    assert failed(DBAPIError(None, None, error), "table events", NOWHERE).transient


def test_a_value_that_psycopg_refuses_is_a_permanent_error(database):
    engine = open_engine(checked_url(database))
    with pytest.raises(DBAPIError) as raised, engine.connect() as connection:
        connection.execute(text("SELECT CAST(:name AS text)"), {"name": "a\0b"})
    engine.dispose()
    message = failed(raised.value, "table t", NOWHERE)
    assert (type(message), message.transient) == (SinkError, False)


@pytest.mark.parametrize("explain", [failed, not_connected, not_connected_again])
def test_a_secret_in_the_drivers_message_is_not_displayed(explain):
    error = explain(DBAPIError(None, None, psycopg.OperationalError("no entry for doge:s3cret")), "events", NOWHERE)
    assert "s3cret" not in str(error)
    assert "no entry for doge:" in str(error)
