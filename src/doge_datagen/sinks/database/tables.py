"""A table that exists, and batches of rows into it: each in one transaction, each with a known outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Inspector, MetaData, Table, inspect
from sqlalchemy.exc import SQLAlchemyError

from doge_datagen.errors import UnknownTargetError, did_you_mean
from doge_datagen.sinks.database.engine import cause_of, told_by

Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch.

    Attributes:
        committed: the rows are there.
        cause: what went wrong, or interrupted; None where nothing did.
        lost: the connection to the server is gone.
        in_doubt: nobody can say whether the rows are there.
    """

    committed: bool
    cause: BaseException | None = None
    lost: bool = False
    in_doubt: bool = False

    @property
    def reason(self) -> str:
        """The cause in words, on one line."""
        return told_by(self.cause) if self.cause is not None else ""


class BatchTable(Protocol):
    """Where :class:`~doge_datagen.sinks.events.database.DbSink` puts its batches."""

    columns: tuple[str, ...]

    def write(self, columns: Sequence[str], rows: Rows) -> Outcome:
        """Insert the rows in one transaction; never raises, the outcome tells."""

    def close(self) -> None:
        """Let go of the connection."""


class InsertedTable:
    """Rows by SQLAlchemy's executemany: what every dialect can."""

    def __init__(self, engine: Engine, table: Table) -> None:
        self._engine = engine
        self._table = table
        self.columns = tuple(table.columns.keys())

    def write(self, columns: Sequence[str], rows: Rows) -> Outcome:
        """Insert the rows in one transaction; never raises, the outcome tells."""
        try:
            connection = self._engine.connect()
        except SQLAlchemyError as error:
            return Outcome(committed=False, cause=cause_of(error), lost=True)
        with connection:
            return self._write(connection, columns, rows)

    def close(self) -> None:
        """Let go of the connection."""
        self._engine.dispose()

    def _write(self, connection: Connection, columns: Sequence[str], rows: Rows) -> Outcome:
        committing = False
        try:
            insert(connection, self._table, columns, rows)
            committing = True
            connection.commit()
        except BaseException as error:  # noqa: BLE001 - the outcome carries it and the sink raises it
            lost = connection.invalidated
            unknown = committing and (lost or not isinstance(error, Exception))
            return Outcome(committed=False, cause=cause_of(error), lost=lost, in_doubt=unknown)
        return Outcome(committed=True)


def insert(connection: Connection, table: Table, columns: Sequence[str], rows: Rows) -> None:
    """Insert the rows by executemany, in the transaction the connection is in."""
    connection.execute(table.insert(), [dict(zip(columns, row, strict=True)) for row in rows])


def find_table(connection: Connection, name: str) -> Table:
    """The table called ``name`` or ``schema.name``, with its columns as the server has them.

    Raises:
        UnknownTargetError: there is none; the nearest names are in the message.
    """
    inspector = inspect(connection)
    schema, _, rest = name.rpartition(".")
    if inspector.has_table(name):
        return Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
    if schema in inspector.get_schema_names() and inspector.has_table(rest, schema=schema):
        return Table(rest, MetaData(), schema=schema, autoload_with=connection, resolve_fks=False)
    raise UnknownTargetError(f"table {name}", f"does not exist. Hint: {did_you_mean(name, _known(inspector, schema))}")


def _known(inspector: Inspector, schema: str) -> list[str]:
    if schema in inspector.get_schema_names():
        return [f"{schema}.{name}" for name in inspector.get_table_names(schema=schema)]
    return inspector.get_table_names()
