"""Write batches to a table of any database that SQLAlchemy supports, by executemany or PostgreSQL's COPY."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlalchemy import URL, MetaData, Table, literal_column, select, types
from sqlalchemy import Column as SqlColumn
from sqlalchemy.exc import DBAPIError

from doge_datagen.sinks.database.columns import DECIMAL, TIMESTAMP, ZONED, Column, check_columns, fitted, of_schema
from doge_datagen.sinks.database.errors import connected
from doge_datagen.sinks.database.positions import PositionKey, PositionRow
from doge_datagen.sinks.database.sink import TableWriter, warn_if_not_empty
from doge_datagen.sinks.database.sqlalchemy.columns import columns_of, make_table
from doge_datagen.sinks.database.sqlalchemy.engine import SERVERS, open_engine, shown_url
from doge_datagen.sinks.database.sqlalchemy.row_inserts import BatchTable, InsertedTable, Outcome, find_table, insert
from doge_datagen.sinks.database.sqlalchemy.transactions import AlchemyTransactions, Records
from doge_datagen.sinks.database.table_identity import identity_in_postgres
from doge_datagen.sinks.files.paths import make_folder_of
from doge_datagen.sinks.server_wait import Patience

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from doge_datagen.sinks.database.postgres.copy import ColumnTypes
    from doge_datagen.sinks.destination_identity import DestinationIdentity

SECONDS_TO_WAIT = 60  # for other writers to a SQLite file, such as another stream of the same run
SECONDS_TO_WAIT_AT_ONCE = 1  # for runs that retry, as Ctrl-C has no effect while the driver waits
ROWS_AT_ONCE = 10_000  # Python objects take ten times the memory of Arrow's values
IN_MEMORY = ("", ":memory:")


class InsertedBatches:
    """Writes by executemany: values are converted to Python objects, row by row.

    Args:
        table: inserts rows in one transaction.
        columns: the columns of the fields, in their order.
    """

    identity: DestinationIdentity | None = None

    def __init__(self, table: BatchTable, columns: Sequence[Column]) -> None:
        self._table = table
        self._columns = columns
        self._names = [column.name for column in columns]

    def write(self, records: pa.RecordBatch) -> Outcome:
        """Insert the records in one transaction; never raises, the outcome has the error."""
        try:
            rows = _rows(records, self._columns)
        except Exception as error:  # noqa: BLE001 - the outcome carries it and the sink raises it
            return Outcome(committed=False, cause=error)
        return self._table.write(self._names, rows)

    def close(self) -> None:
        """Release the connection."""
        self._table.close()


class InsertedRecords:
    """Inserts by executemany into a transaction that is begun and ended elsewhere.

    Args:
        table: the table without types, so that SQLAlchemy passes values through.
        columns: the columns of the fields, in their order.
        types: types that the columns must still have in PostgreSQL at the end; None for other databases.
    """

    def __init__(self, table: Table, columns: Sequence[Column], types: ColumnTypes | None = None) -> None:
        self._table = table
        self._types = types
        self._columns = columns
        self._names = [column.name for column in columns]

    def insert(self, connection: Connection, batches: Sequence[pa.RecordBatch]) -> None:
        """Insert the records in chunks, in the connection's current transaction."""
        for records in batches:
            for first in range(0, records.num_rows, ROWS_AT_ONCE):
                rows = _rows(records.slice(first, ROWS_AT_ONCE), self._columns)
                insert(connection, self._table, self._names, rows)
        if self._types is not None:
            self._types.check(connection)


def open_alchemy(url: URL, name: str, schema: pa.Schema, *, create: bool, patience: Patience = SERVERS) -> TableWriter:
    """Open the table, creating it if it is missing and ``create`` is set, and check that it can be written to.

    Raises:
        UnknownTargetError: the table does not exist, or does not fit the fields.
        UnreachableError: no server answers.
        RefusedError: the server refuses the user, the password, the new table or the insert.
        SinkError: the file cannot be opened.
    """
    # The sink begins transactions itself, in one round trip with the COPY.
    settings = {"isolation_level": "AUTOCOMMIT"}
    engine = _postgres_engine(url, patience, **settings) if _is_psycopg(url) else _other_engine(url)
    with connected(engine, name) as connection:
        if create:
            make_table(connection, name, schema)
        table = find_table(connection, name)
        _check_writable(connection)
        writer = _writer(engine, connection, table, schema)
        writer.identity = _identity(connection, table)
        if _has_rows(connection, table):
            warn_if_not_empty(name)
        return writer


def open_transactions(
    url: URL, name: str, schema: pa.Schema, key: PositionKey, *, create: bool, patience: Patience = SERVERS
) -> AlchemyTransactions:
    """Open the table and the table of positions for a resumable run, creating both if they are missing.

    Raises:
        SinkError: as :func:`open_alchemy`, or the run's records are in another table or their table was dropped.
    """
    # pool_pre_ping tests a connection before use: after a restart of the server, the next transaction gets a new one.
    # Each statement must see what the transaction it waited for has committed; updating the run's row relies on it.
    settings = {"isolation_level": "READ COMMITTED", "pool_pre_ping": True}
    engine = (
        _postgres_engine(url, patience, **settings) if _is_psycopg(url) else _other_engine(url, SECONDS_TO_WAIT_AT_ONCE)
    )
    with connected(engine, name) as connection:
        destination = f"table {name} at {shown_url(url)}"
        PositionRow(name.rpartition(".")[0] or None, key, destination).check(connection)
        if create:
            make_table(connection, name, schema)
        table = find_table(connection, name)
        row = PositionRow(table.schema, key, destination)
        row.make(connection)
        _check_writable(connection)
        records = _records(engine, connection, table, schema)
        made = AlchemyTransactions(engine, row, records, destination, had_rows=_has_rows(connection, table))
        made.identity = _identity(connection, table)
        return made


def _check_writable(connection: Connection) -> None:
    """Check that an existing SQLite file is writable by writing its header and rolling back.

    Raises:
        DBAPIError: it is not.
    """
    if connection.dialect.name != "sqlite":
        return
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    connection.rollback()
    # A deferred BEGIN takes no lock; the write makes SQLite open its journal, which a read-only folder prevents.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    connection.exec_driver_sql(f"PRAGMA user_version = {int(version)}")
    connection.rollback()


def _identity(connection: Connection, table: Table) -> DestinationIdentity | None:
    """Identity of the table according to its server; None if only the URL identifies it."""
    return identity_in_postgres(connection, table) if connection.dialect.driver == "psycopg" else None


def _has_rows(connection: Connection, table: Table) -> bool:
    """Whether the table has any row, as far as we are allowed to read it."""
    try:
        return connection.execute(select(literal_column("1")).select_from(table).limit(1)).first() is not None
    except DBAPIError:
        connection.rollback()
        return False


def _writer(engine: Engine, connection: Connection, table: Table, schema: pa.Schema) -> TableWriter:
    columns = _checked_columns(engine, table, schema)
    if engine.dialect.driver != "psycopg":
        return InsertedBatches(InsertedTable(engine, _untyped(table, columns, schema)), columns)
    from doge_datagen.sinks.database.postgres.batches import CopiedBatches, RecordCopy  # noqa: PLC0415 - needs psycopg
    from doge_datagen.sinks.database.postgres.copy import ColumnTypes, CopiedTable, takes_copy  # noqa: PLC0415 - as above

    types = ColumnTypes(connection, table, schema.names)
    if takes_copy(connection, table):
        copy = RecordCopy(table, columns, engine.dialect, types)
        return CopiedBatches(CopiedTable(engine, table, copies=True, types=types), copy)
    untyped = _untyped(table, columns, schema)
    return InsertedBatches(CopiedTable(engine, untyped, copies=False, types=types), columns)


def _records(engine: Engine, connection: Connection, table: Table, schema: pa.Schema) -> Records:
    columns = _checked_columns(engine, table, schema)
    if engine.dialect.driver == "psycopg":
        from doge_datagen.sinks.database.postgres.batches import RecordCopy  # noqa: PLC0415 - needs psycopg
        from doge_datagen.sinks.database.postgres.copy import ColumnTypes, takes_copy  # noqa: PLC0415 - as above

        types = ColumnTypes(connection, table, schema.names)
        if takes_copy(connection, table):
            return RecordCopy(table, columns, engine.dialect, types)
        return InsertedRecords(_untyped(table, columns, schema), columns, types)
    return InsertedRecords(_untyped(table, columns, schema), columns)


def _checked_columns(engine: Engine, table: Table, schema: pa.Schema) -> list[Column]:
    columns = columns_of(table, engine.dialect)
    check_columns(f"table {table.fullname} at {shown_url(engine.url)}", schema, columns)
    return of_schema(schema, columns)


def _is_psycopg(url: URL) -> bool:
    return url.drivername == "postgresql+psycopg"


def _postgres_engine(url: URL, patience: Patience, **options: Any) -> Engine:  # Any: what SQLAlchemy takes
    # Strings are sent as Arrow holds them, in UTF-8, whatever encoding the environment asks for.
    return open_engine(url.update_query_dict({"client_encoding": "utf8"}), patience, **options)


def _other_engine(url: URL, seconds: int = SECONDS_TO_WAIT) -> Engine:
    return open_engine(_patient(url, seconds), pool_pre_ping=True)


def _patient(url: URL, seconds: int) -> URL:
    """The URL with a timeout for a locked SQLite file, whose folder is created."""
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        return url
    if (url.database or "") not in IN_MEMORY and "uri" not in url.query:
        make_folder_of(url.database or "", shown_url(url))
    return url if "timeout" in url.query else url.update_query_dict({"timeout": str(seconds)})


def _rows(records: pa.RecordBatch, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
    arrays = zip(records.columns, fitted(records, columns), columns, strict=True)
    return list(zip(*(_values(given, array, column) for given, array, column in arrays), strict=True))


def _values(given: pa.Array, array: pa.Array, column: Column) -> list[Any]:
    """The values as Python objects; floats become Decimal for a decimal column."""
    # From the shortest text of the float: Decimal(0.1) would be 0.1000000000000000055...
    is_decimal = column.family == DECIMAL and pa.types.is_floating(given.type)
    return list(map(Decimal, array.to_pylist())) if is_decimal else array.to_pylist()


def _untyped(table: Table, columns: Sequence[Column], schema: pa.Schema) -> Table:
    """The same table without types, so that SQLAlchemy passes our values through: a JSON string stays a string."""
    made = []
    for column, field in zip(columns, schema, strict=True):
        moment = pa.types.is_timestamp(field.type) and column.family in (TIMESTAMP, ZONED)
        made.append(SqlColumn(column.name, table.columns[column.name].type if moment else types.NullType()))
    return Table(table.name, MetaData(), *made, schema=table.schema)
