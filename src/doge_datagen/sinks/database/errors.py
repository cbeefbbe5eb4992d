"""Turn errors of a database into ours, and tell transient ones, after which a run can retry, from permanent ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from doge_datagen.errors import RefusedError, SinkError, UnreachableError
from doge_datagen.sinks.database.sqlalchemy.engine import (
    cause_of,
    explained,
    message_of,
    shown_url,
    without_secrets_of,
)

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

AWAY = ("08", "57P01", "57P02", "57P03", "57P05")
"""SQLSTATEs of a server that is unreachable, stopping or starting."""
BUSY = ("40", "53300", "55P03")
"""SQLSTATEs of contention: conflicts, deadlocks, too many clients, locks."""
REFUSED = ("28", "42501")
MYSQL_AWAY = (2002, 2003, 2006, 2013)
"""Error numbers of MySQL and MariaDB for a server that cannot be reached, or was lost."""
MYSQL_BUSY = (1040, 1203, 1205, 1213, 3572)
"""Error numbers for too many clients, lock timeouts and deadlocks."""
MYSQL_REFUSED = (1044, 1045, 1049, 1698)
"""Error numbers for a user without access to the server or the database, and for an unknown database."""
SQLITE_BUSY = (5, 6)
"""SQLite's codes for a file or a table locked by another connection."""
NOT_YOU = (
    "authentication failed",
    "pg_hba.conf",
    "does not exist",
    "permission denied",
    "not permitted",
    "no password",
)
"""Parts of PostgreSQL's English messages that refuse a connection permanently."""


@contextmanager
def connected(engine: Engine, table: str) -> Iterator[Connection]:
    """A first connection, to open a table; if something fails, dispose of the engine and raise one of our errors."""
    explain, destination = not_connected, f"table {table} at {shown_url(engine.url)}"
    try:
        with engine.connect() as connection:
            explain = failed
            yield connection
    except BaseException as error:
        # Also after Ctrl-C, so that no connection of the pool stays open until the engine is collected.
        engine.dispose()
        if not isinstance(error, SQLAlchemyError):
            raise
        # From the driver's error, as SQLAlchemy's repeats statement and parameters, which are the user's data.
        raise explain(error, destination, engine.url) from cause_of(error)


def failed(error: Exception, destination: str, url: URL) -> SinkError:
    """Turn an error during a transaction into ours, transient if the same transaction may succeed later.

    Args:
        error: raised by SQLAlchemy, by the driver, or by our own preparations.
        destination: name of the table in messages.
        url: the URL, of which the driver may repeat secret parts.
    """
    cause = cause_of(error)
    message = without_secrets_of(url, message_of(cause))
    state = str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or "")
    number = _number(cause)
    # SQLAlchemy's verdict first: drivers have no code for a connection that broke under them.
    if getattr(error, "connection_invalidated", False) or state.startswith(AWAY) or number in MYSQL_AWAY:
        return UnreachableError(destination, message)
    if state.startswith(REFUSED) or number in MYSQL_REFUSED:
        return RefusedError(destination, message)
    # SQLite's extended codes, such as SQLITE_BUSY_SNAPSHOT, have the primary code in their lowest byte.
    if state.startswith(BUSY) or number in MYSQL_BUSY or getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_BUSY:
        return SinkError(destination, message, transient=True)
    if isinstance(error, SQLAlchemyError) and not state:
        return explained(error, destination, url)
    return SinkError(destination, message)


def not_connected(error: Exception, destination: str, url: URL) -> SinkError:
    """Turn the error of a failed connection into ours: transient unless the server gives a reason."""
    explained_error = failed(error, destination, url)
    # A server that cannot be reached may be starting. A file that cannot be opened will not open by itself.
    if type(explained_error) is SinkError and not isinstance(cause_of(error), sqlite3.Error):
        return UnreachableError(destination, without_secrets_of(url, message_of(cause_of(error))))
    return explained_error


def not_connected_again(error: Exception, destination: str, url: URL) -> SinkError:
    """Turn the error of a failed reconnection into ours: PostgreSQL's refusals are permanent only if known to be.

    PostgreSQL refuses without a code and in its own language, also while it is only starting or has too many clients.
    """
    explained_error, cause = not_connected(error, destination, url), cause_of(error)
    refused = type(cause).__module__.startswith("psycopg") and getattr(cause, "sqlstate", None) is None
    if refused and not any(words in str(explained_error) for words in NOT_YOU):
        return UnreachableError(destination, without_secrets_of(url, message_of(cause)))
    return explained_error


def _number(cause: BaseException) -> int | None:
    """The error number that drivers for MySQL and MariaDB give, as the first argument or an attribute."""
    found = getattr(cause, "errno", None) or next(iter(cause.args), None)
    return found if isinstance(found, int) else None
