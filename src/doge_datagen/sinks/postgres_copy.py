"""Batches into PostgreSQL by COPY, which takes rows many times faster than INSERT does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, cast
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import Column, Connection, Engine, Table, text, types
from sqlalchemy.exc import SQLAlchemyError

from doge_datagen.errors import RefusedError
from doge_datagen.sinks.database_engine import cause_of
from doge_datagen.sinks.database_table import Outcome, Rows, insert

COPIED: tuple[tuple[type[types.TypeEngine[Any]], frozenset[type] | None], ...] = (
    (types.Integer, frozenset({int, str, NoneType})),
    (types.Enum, frozenset({str, NoneType})),
    (types.String, frozenset({str, int, NoneType})),
    (types.Numeric, frozenset({int, float, Decimal, str, NoneType})),
    (types.Float, frozenset({int, float, Decimal, str, NoneType})),
    (types.Boolean, frozenset({bool, NoneType})),
    (types.DateTime, frozenset({datetime, NoneType})),
    (types.Date, frozenset({date, NoneType})),
    (types.Uuid, frozenset({UUID, NoneType})),
    (types.LargeBinary, frozenset({bytes, NoneType})),
    (types.JSON, None),
)
"""Column types, and the Python types whose values COPY writes there as INSERT would; None stands for all of them.

Elsewhere COPY and INSERT part: INSERT casts True to the text 'true' and 1.5 to the integer 2, COPY writes 't' and
refuses. A batch with anything that is not listed goes by INSERT.
"""

BINARY: tuple[tuple[type[types.TypeEngine[Any]], type, str], ...] = (
    (types.BigInteger, int, "int8"),
    (types.SmallInteger, int, "int2"),
    (types.Integer, int, "int4"),
    (types.Text, str, "text"),
)
"""Column types, the one Python type and the server's name under which COPY's binary format takes them: a fifth faster.

Text is the format for all the rest: there the server reads a number from a str, as INSERT lets it.
"""

TAKES_COPY = text(
    "SELECT relkind IN ('r', 'p') AND NOT relhasrules AND NOT row_security_active(oid) AND NOT EXISTS ("
    "SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attidentity = 'a') AS copies, "
    "has_any_column_privilege(oid, 'INSERT') AS allowed FROM pg_class WHERE oid = CAST(:name AS regclass)"
)
"""COPY passes by rules, row security and identities, and knows no views."""

BEGIN = "BEGIN; SELECT txid_current()"
"""Both in one trip to the server. The number lets a new connection ask what became of a COMMIT without an answer."""


class CopiedTable:
    """Rows by COPY, or by INSERT where COPY would write something else.

    Args:
        engine: a psycopg engine in autocommit: transactions are begun here.
        table: as the server has it.
        copies: whether this table takes COPY at all.
    """

    def __init__(self, engine: Engine, table: Table, *, copies: bool) -> None:
        self._engine = engine
        self._table = table
        self._copies = copies
        self._connection: Connection | None = None
        self.columns = tuple(table.columns.keys())

    def write(self, columns: Sequence[str], rows: Rows) -> Outcome:
        """Insert the rows in one transaction; never raises, the outcome tells."""
        committing = None
        try:
            connection, transaction = self._begin()
            self._insert(connection, columns, rows)
            committing = transaction
            driver_of(connection).commit()
        except BaseException as error:  # noqa: BLE001 - the outcome carries it and the sink raises it
            return self._failed(error, committing)
        return Outcome(committed=True)

    def close(self) -> None:
        """Let go of the connection."""
        self._drop()
        self._engine.dispose()

    def _begin(self) -> tuple[Connection, int]:
        if self._connection is not None:
            driver = driver_of(self._connection)
            try:
                return self._connection, _transaction(driver)
            except psycopg.OperationalError:
                if not driver.closed:
                    raise
                self._drop()  # the server went away between two batches: nothing of this one is lost
        self._connection = self._engine.connect()
        return self._connection, _transaction(driver_of(self._connection))

    def _insert(self, connection: Connection, columns: Sequence[str], rows: Rows) -> None:
        targets = [self._table.columns[name] for name in columns]
        kinds = [set(map(type, values)) for values in zip(*rows, strict=True)]
        if self._copies and copies_alike(targets, kinds, rows):
            copy(connection, self._table, targets, _bound(connection, targets, rows), _binary_types(targets, kinds))
        else:
            insert(connection, self._table, columns, rows)

    def _failed(self, error: BaseException, committing: int | None) -> Outcome:
        lost = self._connection is None or self._connection.invalidated or driver_of(self._connection).closed
        interrupted = not isinstance(error, Exception)
        self._drop()
        if committing is None or not (lost or interrupted):
            return Outcome(committed=False, cause=cause_of(error), lost=lost)
        fate = self._fate(committing)
        if fate == "committed":
            return Outcome(committed=True, cause=error if interrupted else None)
        return Outcome(committed=False, cause=cause_of(error), lost=lost, in_doubt=fate != "aborted")

    def _fate(self, transaction: int) -> str | None:
        try:
            with self._engine.connect() as connection:
                fate: str | None = connection.scalar(text("SELECT txid_status(:id)"), {"id": transaction})
        except SQLAlchemyError:
            return None  # nobody to ask: the outcome says that the batch is in doubt
        return fate

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def takes_copy(connection: Connection, table: Table) -> bool:
    """Whether COPY does for this table what INSERT does.

    Raises:
        RefusedError: the user may not insert into it.
    """
    copies, allowed = connection.execute(TAKES_COPY, {"name": _quoted(table).as_string()}).one()
    if not allowed:
        raise RefusedError(f"table {table.fullname}", "this user may not insert into it; GRANT INSERT")
    return bool(copies)


def copies_alike(columns: Sequence[Column[Any]], kinds: Sequence[set[type]], rows: Rows) -> bool:
    """Whether COPY writes these rows as INSERT would; ``kinds`` are the Python types in each column."""
    for index, (column, found) in enumerate(zip(columns, kinds, strict=True)):
        if not any(isinstance(column.type, kind) and (allowed is None or found <= allowed) for kind, allowed in COPIED):
            return False
        if datetime in found and _loses_zone(column.type, (row[index] for row in rows)):
            return False
    return True


def copy(
    connection: Connection,
    table: Table,
    columns: Sequence[Column[Any]],
    rows: Iterable[Sequence[Any]],
    binary: Sequence[str] = (),
) -> None:
    """Copy the rows, in the transaction the connection is in; in binary where the server's types are given."""
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(_quoted(table), names)
    if binary:
        statement += sql.SQL(" (FORMAT BINARY)")
    with driver_of(connection).cursor() as cursor, cursor.copy(statement) as stream:
        if binary:
            stream.set_types(binary)
        write_row = stream.write_row
        for row in rows:
            write_row(row)


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """The psycopg connection behind SQLAlchemy's."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def _binary_types(columns: Sequence[Column[Any]], kinds: Sequence[set[type]]) -> list[str]:
    """The server's name of each column's type, or nothing where one of them needs text."""
    names = []
    for column, found in zip(columns, kinds, strict=True):
        only = found - {NoneType}
        fits = (name for kind, python, name in BINARY if isinstance(column.type, kind) and only <= {python})
        names.append(next(fits, ""))
    return names if all(names) else []


def _quoted(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name) if table.schema else sql.Identifier(table.name)


def _bound(connection: Connection, columns: Sequence[Column[Any]], rows: Rows) -> Iterable[Sequence[Any]]:
    dialect = connection.dialect
    processors = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
    if not any(processors):
        return rows
    taken = zip(processors, zip(*rows, strict=True), strict=True)
    return zip(*(map(bind, values) if bind else values for bind, values in taken), strict=True)


def _loses_zone(kind: types.TypeEngine[Any], values: Iterable[Any]) -> bool:
    """INSERT moves a time with a zone into the session's before it drops the zone, COPY just drops it."""
    if not isinstance(kind, types.DateTime) or kind.timezone:
        return False
    return any(value is not None and value.tzinfo is not None for value in values)


def _transaction(driver: psycopg.Connection[Any]) -> int:
    cursor = driver.execute(BEGIN)
    cursor.nextset()
    return int(cursor.fetchall()[0][0])
