"""What a database's error means for a run that can try again: it passes, or somebody has to do something."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import SQLAlchemyError

from doge_datagen.errors import RefusedError, SinkError, UnreachableError
from doge_datagen.sinks.database.engine import cause_of, explained, told_by

AWAY = ("08", "57P01", "57P02", "57P03", "57P05")
"""SQLSTATEs of a server that is lost, stopping or starting."""
BUSY = ("40", "53300", "55P03")
"""SQLSTATEs of what others do at the moment: conflicts, deadlocks, too many clients, locks."""
REFUSED = ("28", "42501")
MYSQL_AWAY = (2002, 2003, 2006, 2013)
"""MySQL's and MariaDB's numbers of a server that cannot be connected to, or is lost."""
MYSQL_BUSY = (1040, 1203, 1205, 1213, 3572)
"""Of too many clients, locks that are waited for too long or at all, and deadlocks."""
MYSQL_REFUSED = (1044, 1045, 1049, 1698)
"""Of a user that is not let in, or not into that database, and of a database that does not exist."""
SQLITE_BUSY = (5, 6)
"""SQLite's codes for a file or a table that another connection has locked."""
NOT_YOU = (
    "authentication failed",
    "pg_hba.conf",
    "does not exist",
    "permission denied",
    "not permitted",
    "no password",
)
"""What PostgreSQL says, in English, where it will not take a connection however often it is asked."""


def failed(error: Exception, place: str) -> SinkError:
    """The error of ours for one in a transaction, transient where the same transaction may succeed later.

    Args:
        error: of SQLAlchemy, of the driver, or of our own preparations.
        place: as messages show it.
    """
    cause = cause_of(error)
    state = str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or "")
    number = _number(cause)
    if getattr(error, "connection_invalidated", False) or state.startswith(AWAY) or number in MYSQL_AWAY:
        return UnreachableError(place, told_by(cause))
    if state.startswith(REFUSED) or number in MYSQL_REFUSED:
        return RefusedError(place, told_by(cause))
    if state.startswith(BUSY) or number in MYSQL_BUSY or getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_BUSY:
        return SinkError(place, told_by(cause), transient=True)
    if isinstance(error, SQLAlchemyError) and not state:
        return explained(error, place)
    return SinkError(place, told_by(cause))


def not_connected(error: Exception, place: str) -> SinkError:
    """The error of ours where a server takes no connection: transient unless it says why not."""
    told = failed(error, place)
    if type(told) is SinkError and not isinstance(cause_of(error), sqlite3.Error):
        return UnreachableError(place, told_by(cause_of(error)))
    return told


def not_connected_again(error: Exception, place: str) -> SinkError:
    """The same where it took connections before: a no of PostgreSQL is for good only in words that are known.

    It says no without a code, in the language of the server, and also where it is only starting or full.
    """
    told, cause = not_connected(error, place), cause_of(error)
    says_no = type(cause).__module__.startswith("psycopg") and getattr(cause, "sqlstate", None) is None
    if says_no and not any(words in str(told) for words in NOT_YOU):
        return UnreachableError(place, told_by(cause))
    return told


def _number(cause: BaseException) -> int | None:
    """The number that drivers of MySQL and MariaDB give an error, as its first argument or by name."""
    found = getattr(cause, "errno", None) or next(iter(cause.args), None)
    return found if isinstance(found, int) else None
