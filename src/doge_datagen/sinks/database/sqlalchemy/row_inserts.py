"""Find a table and insert batches of rows, each in one transaction with a known outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Inspector, MetaData, Table, inspect
from sqlalchemy.exc import SQLAlchemyError

from doge_datagen.errors import UnknownTargetError, did_you_mean
from doge_datagen.sinks.database.sqlalchemy.engine import cause_of, message_of

Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch.

    Attributes:
        committed: the rows are in the table.
        cause: the error or interrupt; None if there was none.
        lost: the connection to the server was lost.
        in_doubt: it cannot be found out whether the rows are in the table.
    """

    committed: bool
    cause: BaseException | None = None
    lost: bool = False
    in_doubt: bool = False

    @property
    def reason(self) -> str:
        """The message of the cause on one line; empty if there is none."""
        return message_of(self.cause) if self.cause is not None else ""


COMMITTED = Outcome(committed=True)
"""Made before: making it is a call, in which Ctrl-C could come when the rows are committed and nobody knows yet."""


class BatchTable(Protocol):
    """Takes the batches of :class:`~doge_datagen.sinks.events.database.DbSink`."""

    columns: tuple[str, ...]

    def write(self, columns: Sequence[str], rows: Rows) -> Outcome:
        """Insert the rows in one transaction; never raises, the outcome has the error."""

    def close(self) -> None:
        """Release the connection."""


class InsertedTable:
    """Inserts rows by SQLAlchemy's executemany, which every dialect supports."""

    def __init__(self, engine: Engine, table: Table) -> None:
        self._engine = engine
        self._table = table
        self.columns = tuple(table.columns.keys())

    def write(self, columns: Sequence[str], rows: Rows) -> Outcome:
        """Insert the rows in one transaction; never raises, the outcome has the error."""
        try:
            connection = self._engine.connect()
        except SQLAlchemyError as error:
            return Outcome(committed=False, cause=cause_of(error), lost=True)
        outcome = self._write(connection, columns, rows)
        try:
            connection.close()
        except BaseException as error:  # noqa: BLE001 - as for the rows, whose outcome it does not change
            return replace(outcome, cause=outcome.cause or error)
        return outcome

    def close(self) -> None:
        """Release the connection."""
        self._engine.dispose()

    def _write(self, connection: Connection, columns: Sequence[str], rows: Rows) -> Outcome:
        committing = False
        try:
            insert(connection, self._table, columns, rows)
            committing = True
            connection.commit()
        except BaseException as error:  # noqa: BLE001 - the outcome carries it and the sink raises it
            lost = connection.invalidated
            # An interrupt during COMMIT leaves it open whether the server has received it.
            unknown = committing and (lost or not isinstance(error, Exception))
            return Outcome(committed=False, cause=cause_of(error), lost=lost, in_doubt=unknown)
        return COMMITTED


def insert(connection: Connection, table: Table, columns: Sequence[str], rows: Rows) -> None:
    """Insert the rows by executemany, in the connection's current transaction."""
    connection.execute(table.insert(), [dict(zip(columns, row, strict=True)) for row in rows])


def find_table(connection: Connection, name: str) -> Table:
    """Load the table ``name`` or ``schema.name``, with the server's definition of its columns.

    Raises:
        UnknownTargetError: it does not exist; the message has the nearest name.
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
