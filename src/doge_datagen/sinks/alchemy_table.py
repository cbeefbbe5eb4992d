"""Batches into any database that SQLAlchemy knows, by its executemany."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlalchemy import URL, MetaData, Table, types
from sqlalchemy import Column as SqlColumn
from sqlalchemy.exc import SQLAlchemyError

from doge_datagen.errors import SinkError
from doge_datagen.sinks.alchemy_columns import columns_of, make_table
from doge_datagen.sinks.batch_table import TableWriter
from doge_datagen.sinks.database_engine import cause_of, explained, open_engine, place_of
from doge_datagen.sinks.database_table import BatchTable, InsertedTable, Outcome, find_table
from doge_datagen.sinks.folders import make_folder
from doge_datagen.sinks.table_columns import TIMESTAMP, ZONED, Column, check_columns, fitted, of_schema

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

SECONDS_TO_WAIT = 60  # for other writers to a SQLite file, one of which may be a stream of the same run
IN_MEMORY = ("", ":memory:")


class InsertedBatches:
    """Writes by executemany: the values as Python has them, row by row.

    Args:
        table: takes rows in one transaction.
        columns: of the fields, in their order.
    """

    def __init__(self, table: BatchTable, columns: Sequence[Column]) -> None:
        self._table = table
        self._columns = columns
        self._names = [column.name for column in columns]

    def write(self, records: pa.RecordBatch) -> Outcome:
        """Insert the records in one transaction; never raises, the outcome tells."""
        try:
            values = [array.to_pylist() for array in fitted(records, self._columns)]
        except Exception as error:  # noqa: BLE001 - the outcome carries it and the sink raises it
            return Outcome(committed=False, cause=error)
        return self._table.write(self._names, list(zip(*values, strict=True)))

    def close(self) -> None:
        """Let go of the connection."""
        self._table.close()


def open_alchemy(url: URL, name: str, schema: pa.Schema, *, create: bool) -> TableWriter:
    """The table, made where it is missing and ``create`` is set, on a connection that has been tried.

    Raises:
        UnknownTargetError: there is no such table, or it does not take the fields.
        UnreachableError: no server answers.
        RefusedError: the server says no to the user, the password, the new table or the insert.
        SinkError: the file cannot be opened.
    """
    by_copy = url.drivername == "postgresql+psycopg"
    engine = _postgres_engine(url) if by_copy else open_engine(_patient(url), pool_pre_ping=True)
    try:
        with engine.connect() as connection:
            if create:
                make_table(connection, name, schema)
            return _writer(engine, connection, find_table(connection, name), schema)
    except (SQLAlchemyError, SinkError) as error:
        engine.dispose()
        if isinstance(error, SinkError):
            raise
        raise explained(error, f"table {name} at {place_of(url)}") from cause_of(error)


def _writer(engine: Engine, connection: Connection, table: Table, schema: pa.Schema) -> TableWriter:
    columns = columns_of(table, engine.dialect)
    check_columns(f"table {table.fullname} at {place_of(engine.url)}", schema, columns)
    columns = of_schema(schema, columns)
    if engine.dialect.driver != "psycopg":
        return InsertedBatches(InsertedTable(engine, _untyped(table, columns, schema)), columns)
    from doge_datagen.sinks.postgres_batches import CopiedBatches  # noqa: PLC0415 - needs psycopg
    from doge_datagen.sinks.postgres_copy import CopiedTable, takes_copy  # noqa: PLC0415 - needs psycopg

    if takes_copy(connection, table):
        return CopiedBatches(CopiedTable(engine, table, copies=True), table, columns, engine.dialect)
    return InsertedBatches(CopiedTable(engine, _untyped(table, columns, schema), copies=False), columns)


def _postgres_engine(url: URL) -> Engine:
    # Transactions are begun with the COPY. Strings are sent as they lie in memory, whatever the environment says.
    return open_engine(url.update_query_dict({"client_encoding": "utf8"}), isolation_level="AUTOCOMMIT")


def _patient(url: URL) -> URL:
    """The URL with a longer wait for a locked SQLite file, whose folder is made."""
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        return url
    if (url.database or "") not in IN_MEMORY and "uri" not in url.query:
        make_folder(url.database or "", place_of(url))
    return url if "timeout" in url.query else url.update_query_dict({"timeout": str(SECONDS_TO_WAIT)})


def _untyped(table: Table, columns: Sequence[Column], schema: pa.Schema) -> Table:
    """The same table for SQLAlchemy, which then leaves our values as they are: a JSON text stays one."""
    made = []
    for column, field in zip(columns, schema, strict=True):
        moment = pa.types.is_timestamp(field.type) and column.family in (TIMESTAMP, ZONED)
        made.append(SqlColumn(column.name, table.columns[column.name].type if moment else types.NullType()))
    return Table(table.name, MetaData(), *made, schema=table.schema)
