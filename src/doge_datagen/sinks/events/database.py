"""The sink that writes events to the rows of a database table, by COPY on PostgreSQL and executemany elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL

from doge_datagen.errors import ModelError, RecordError, did_you_mean
from doge_datagen.model import Transition
from doge_datagen.sinks.base import FAILED
from doge_datagen.sinks.database.errors import connected
from doge_datagen.sinks.database.sink import BatchDelivery
from doge_datagen.sinks.database.sqlalchemy import engine as database_engine
from doge_datagen.sinks.database.sqlalchemy.engine import open_engine
from doge_datagen.sinks.database.sqlalchemy.row_inserts import BatchTable, InsertedTable, find_table
from doge_datagen.sinks.events.event_sink import EventSink, check_functions

if TYPE_CHECKING:
    from doge_datagen.sinks.database.sqlalchemy.row_inserts import BatchTable, Outcome, Rows


def open_table(url: URL, name: str) -> BatchTable:
    """Open the table and check that it can be written to.

    Raises:
        UnknownTargetError: the table does not exist.
        UnreachableError: no server answers.
        RefusedError: the server refuses the user, the password or the insert.
    """
    by_copy = url.drivername == "postgresql+psycopg"
    # A COPY is one statement, and so a transaction by itself. Elsewhere a pooled connection is tried before use, as the
    # server may have been restarted between two batches.
    engine = open_engine(url, isolation_level="AUTOCOMMIT") if by_copy else open_engine(url, pool_pre_ping=True)
    with connected(engine, name) as connection:
        table = find_table(connection, name)
        if not by_copy:
            return InsertedTable(engine, table)
        from doge_datagen.sinks.database.postgres.copy import CopiedTable, takes_copy  # noqa: PLC0415 - needs psycopg

        return CopiedTable(engine, table, copies=takes_copy(connection, table))


RowMapper = Callable[[int, Any, Transition], Mapping[str, Any]]


class DbSinkFactory:
    """Makes sinks that write to the tables of one database.

    Args:
        db_url: a URL for SQLAlchemy, as a string or as its ``URL``; ``postgresql://user:password@host/db`` uses
            psycopg 3. Messages never show the password.

    Raises:
        ModelError: the URL is invalid, or the driver that it names is not installed.
        MissingDriverError: psycopg is not installed; the message has the pip command.

    >>> import sqlalchemy
    >>> from tempfile import mkdtemp
    >>> from doge_datagen import DbSinkFactory, Transition
    >>> url = f'sqlite:///{mkdtemp()}/events.db'
    >>> with sqlalchemy.create_engine(url).begin() as connection:
    ...     _ = connection.exec_driver_sql('CREATE TABLE events (user_id INTEGER, event TEXT)')
    >>> def row(timestamp, subject, transition):
    ...     return {'user_id': subject, 'event': transition.trigger}
    >>> with DbSinkFactory(url).create('events', row) as sink:
    ...     sink.collect(60000, 7, Transition('login', 'offline', 'online', 0.1))
    >>> with sqlalchemy.create_engine(url).connect() as connection:
    ...     print(connection.exec_driver_sql('SELECT * FROM events').all())
    [(7, 'login')]
    """

    def __init__(self, db_url: str | URL) -> None:
        self._url = database_engine.checked_url(db_url)
        database_engine.open_engine(self._url).dispose()

    def create(self, table_name: str, row_mapper_function: RowMapper, batch_size: int = 1000) -> DbSink:
        """Return a sink that inserts a row for each event, with a connection of its own.

        Args:
            table_name: ``table`` or ``schema.table``; it must exist.
            row_mapper_function: called as ``row_mapper_function(timestamp, subject, transition)``, with milliseconds
                since the epoch; returns column names and values, the same columns for each event.
            batch_size: rows per transaction, at least 1.

        Raises:
            UnknownTargetError: the table does not exist.
            UnreachableError: no server answers; raised within 15 seconds.
            RefusedError: the server refuses the user, the password or the insert.
            ModelError: ``batch_size`` is below 1, or ``row_mapper_function`` cannot be called.
        """
        check_functions("DbSinkFactory.create", row_mapper_function=row_mapper_function)
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise ModelError("batch_size", f"{batch_size!r} is not a number of rows. Hint: give 1 or more")
        return DbSink(f"table {table_name}", open_table(self._url, table_name), row_mapper_function, batch_size)


class DbSink(EventSink):
    """Inserts a row for each event, in batches; created by :meth:`DbSinkFactory.create`.

    A batch is one transaction: all of it arrives or nothing does. PostgreSQL gets the rows by COPY, every other
    database by executemany. A server that was restarted between two batches is reconnected to.

    Raises:
        RecordError: by ``collect``: a row is not a mapping, names an unknown column, or has other columns than the
            first; the rows before it still arrive.
        DeliveryError: by ``collect`` or ``close``: a batch failed and was not committed. The cause is the driver's
            error, and ``transient`` is True if the connection was lost. If it was lost during COMMIT and the outcome
            cannot be found out, the message says that these rows are in doubt. The sink accepts no more events and
            retries nothing.
    """

    def __init__(self, destination: str, table: BatchTable, row_mapper_function: RowMapper, batch_size: int) -> None:
        self._destination = destination
        self._table = table
        self._delivery = BatchDelivery(destination, self._write, table.close)
        self._row_mapper_function = row_mapper_function
        self._batch_size = batch_size
        self._columns: tuple[str, ...] = ()
        self._values: Callable[[Mapping[str, Any]], tuple[Any, ...]] = self._first_values
        self._rows: list[tuple[Any, ...]] = []

    @property
    def delivered(self) -> int:
        """How many rows are committed."""
        return self._delivery.delivered

    def collect(self, timestamp: int, subject: Any, transition: Transition) -> None:
        """Map the event to a row, and write a batch when it is full."""
        if self._delivery.refusal is not None:
            self._delivery.check()
        row = self._row_mapper_function(timestamp, subject, transition)
        try:
            values = self._values(row)
        # What the mapper raises itself passes through, as it is called before this; here only the shape of its row is
        # wrong.
        except (KeyError, TypeError, IndexError):
            raise self._refused(row) from None
        # All columns are there by now; one more would be left out in silence.
        if len(row) != len(self._columns):
            raise self._refused(row)
        self._rows.append(values)
        if len(self._rows) >= self._batch_size:
            self._delivery.take(self._rows)
            # Before the delivery: if that fails, its rows are counted as missing, and must not be written again by
            # close().
            self._rows = []
            self._delivery.deliver()

    def close(self) -> None:
        """Write the remaining rows and disconnect; closing again does nothing."""
        self._delivery.close(self._rows)

    def _write(self, rows: Rows) -> Outcome:
        return self._table.write(self._columns, rows)

    def _first_values(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """Take the columns from the first row; all later ones must have the same."""
        unknown = [name for name in row if name not in self._table.columns]
        if unknown or not row:
            raise KeyError(*unknown)
        self._columns = tuple(row)
        # From the second row on, without the check: itemgetter takes the values in the first row's order, at C speed.
        self._values = _values_of(self._columns)
        return self._values(row)

    def _refused(self, row: Any) -> RecordError:
        self._delivery.refusal = FAILED
        return RecordError(self._destination, _problem(row, self._columns, self._table.columns))


def _values_of(columns: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(columns) > 1:
        return itemgetter(*columns)
    # itemgetter of a single name returns the bare value, not a tuple.
    name = columns[0]
    return lambda row: (row[name],)


def _problem(row: Any, columns: Sequence[str], known: Sequence[str]) -> str:
    """Say why a row cannot be written; ``columns`` are those of the rows before it, if there were any."""
    if not isinstance(row, Mapping) or not row:
        return f"the row mapper returned {row!r}. Hint: return a dict of column names and values"
    for name in row:
        if name not in known:
            return f"has no column {name!r}. Hint: {did_you_mean(name, known)}"
    for name in columns:
        if name not in row:
            return f"a row without {name!r}, which the rows before it have. Hint: give every row the same columns"
    extra = next(name for name in row if name not in columns)
    return f"a row with {extra!r}, which the rows before it do not have. Hint: give every row the same columns"
