"""What a database's error means for a run that can try again: it passes, or somebody has to do something."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import SQLAlchemyError

from doge_datagen.errors import RefusedError, SinkError, UnreachableError
from doge_datagen.sinks.database_engine import cause_of, explained, told_by

AWAY = ("08", "57P01", "57P02", "57P03", "57P05")
"""SQLSTATEs of a server that is lost, stopping or starting."""
BUSY = ("40", "53300", "55P03")
"""SQLSTATEs of what others do at the moment: conflicts, deadlocks, too many clients, locks."""
REFUSED = ("28", "42501")
SQLITE_BUSY = (5, 6)
"""SQLite's codes for a file or a table that another connection has locked."""


def failed(error: Exception, place: str) -> SinkError:
    """The error of ours for one in a transaction, transient where the same transaction may succeed later.

    Args:
        error: of SQLAlchemy, of the driver, or of our own preparations.
        place: as messages show it.
    """
    cause = cause_of(error)
    state = str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or "")
    if getattr(error, "connection_invalidated", False) or state.startswith(AWAY):
        return UnreachableError(place, told_by(cause))
    if state.startswith(REFUSED):
        return RefusedError(place, told_by(cause))
    if state.startswith(BUSY) or getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_BUSY:
        return SinkError(place, told_by(cause), transient=True)
    if isinstance(error, SQLAlchemyError) and not state:
        return explained(error, place)
    return SinkError(place, told_by(cause))


def not_connected(error: Exception, place: str) -> SinkError:
    """The error of ours where a server took connections before, but none now: transient unless it says why not."""
    told = failed(error, place)
    if type(told) is SinkError and not isinstance(cause_of(error), sqlite3.Error):
        return UnreachableError(place, told_by(cause_of(error)))
    return told
