"""Write batches to a table of DuckDB, which reads Arrow from memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import URL

from doge_datagen.arrow_arrays import no_records
from doge_datagen.errors import SinkError, UnknownTargetError, did_you_mean
from doge_datagen.sinks.database.columns import Column, check_columns, fitted, of_schema
from doge_datagen.sinks.database.duckdb.columns import columns_of, identifier, make_table, quoted, table_names
from doge_datagen.sinks.database.duckdb.transactions import DuckdbPosition, DuckdbTransactions, interrupts_raised
from doge_datagen.sinks.database.positions import PositionKey
from doge_datagen.sinks.database.sink import warn_if_not_empty
from doge_datagen.sinks.database.sqlalchemy.engine import message_of, shown_url, without_secrets_of
from doge_datagen.sinks.database.sqlalchemy.row_inserts import COMMITTED, Outcome
from doge_datagen.sinks.destination_identity import DestinationIdentity
from doge_datagen.sinks.files.paths import OpenedFile, make_folder_of

BATCH = "doge_batch"
LOCKED = ("Could not set lock on file", "File is already open in")
"""Parts of DuckDB's messages about a locked file; the second one appears on Windows."""


class DuckdbTable:
    """Writes with INSERT ... SELECT from the Arrow batch.

    Args:
        connection: used by this stream only; other streams of the process may have the same file open.
        name: name of the table, quoted for SQL.
        columns: the columns of the fields, in their order.
        file: the file of the connection.
    """

    identity: DestinationIdentity | None = None

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Column], file: OpenedFile
    ) -> None:
        self._connection = connection
        self._name = name
        self.file = file
        self._columns = columns
        self._names = [column.name for column in columns]
        listed = ", ".join(map(identifier, self._names))
        self._statement = f"INSERT INTO {name} ({listed}) SELECT {listed} FROM {BATCH}"  # noqa: S608 - quoted names

    def write(self, records: pa.RecordBatch) -> Outcome:
        """Insert the records in one transaction; never raises, the outcome has the error."""
        committing = False
        try:
            self.file.check()
            with interrupts_raised():
                self._connection.begin()
                self.insert(records)
                committing = True
                self._connection.commit()
            # The commit has gone to the opened file; if the path leads to another one by now, it is lost.
            self.file.check()
        except BaseException as error:  # noqa: BLE001 - the outcome carries it and the sink raises it
            rolled_back = self.roll_back()
            # Ctrl-C does not end a COMMIT that has begun: if there is no transaction left, the rows are in the table.
            interrupted = not isinstance(error, Exception)
            return Outcome(committed=committing and interrupted and not rolled_back, cause=error)
        return COMMITTED

    def close(self) -> None:
        """Release the connection; the last one of a process moves DuckDB's log into the file.

        Raises:
            FileGoneError: the file was moved, removed or replaced.
        """
        # Before the check: closing is what writes the last records from the log to the file.
        self._connection.close()
        self.file.check()

    def insert(self, records: pa.RecordBatch) -> None:
        """Insert the records in the current transaction."""
        arrays = fitted(records, self._columns)
        self._connection.register(BATCH, pa.Table.from_arrays(arrays, names=self._names))  # replaces the previous one
        self._connection.execute(self._statement)

    def has_rows(self) -> bool:
        """Whether the table has any row."""
        found = self._connection.execute(f"SELECT 1 FROM {self._name} LIMIT 1").fetchone()  # noqa: S608 - quoted
        return found is not None

    def roll_back(self) -> bool:
        """Roll back the current transaction; False if there is none."""
        try:
            self._connection.rollback()
        except duckdb.Error:
            return False  # none was begun, or COMMIT has ended it
        return True


def open_duckdb(url: URL, name: str, schema: pa.Schema, *, create: bool) -> DuckdbTable:
    """Open the table, creating it, its file and its folder if they are missing and ``create`` is set.

    Raises:
        UnknownTargetError: the table does not exist, or does not fit the fields.
        SinkError: the file cannot be opened; transient if another process has it open.
    """
    destination = f"table {name} at {shown_url(url)}"
    with _closed_on_error(_connected(url), destination) as connection:
        if create:
            make_table(connection, name, schema)
        table = _checked(connection, url, name, schema)
        if table.has_rows():
            warn_if_not_empty(name)
        return table


def open_transactions(url: URL, name: str, schema: pa.Schema, key: PositionKey, *, create: bool) -> DuckdbTransactions:
    """Open the table and the table of positions for a resumable run, creating both if they are missing.

    Raises:
        SinkError: as :func:`open_duckdb`, or the run's records are in another table or their table was dropped.
    """
    destination, owner = f"table {name} at {shown_url(url)}", name.rpartition(".")[0]
    with _closed_on_error(_connected(url, run_id=key.run_id), destination) as connection:
        row = DuckdbPosition(connection, owner, key, destination)
        # Before make_table: a table that was dropped would be created empty, and the loss not be noticed.
        row.check()
        if create:
            make_table(connection, name, schema)
        table = _checked(connection, url, name, schema)
        row.make()
        return DuckdbTransactions(connection, row, table, destination)


@contextmanager
def _closed_on_error(connection: duckdb.DuckDBPyConnection, destination: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection; if something fails, close it and raise one of our errors."""
    try:
        yield connection
    except BaseException as error:
        # Also after Ctrl-C: DuckDB keeps other processes out of the file until the connection is closed.
        connection.close()
        if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
            raise UnknownTargetError(destination, message_of(error)) from error
        if isinstance(error, duckdb.Error):
            raise SinkError(destination, message_of(error)) from error
        raise


def _connected(url: URL, *, run_id: str | None = None) -> duckdb.DuckDBPyConnection:
    make_folder_of(str(url.database), shown_url(url))
    settings: dict[str, Any] = dict(url.query)
    try:
        return duckdb.connect(str(url.database), config=settings)
    except duckdb.Error as error:
        locked = any(words in str(error) for words in LOCKED)
        problem = _locked_by(run_id) if locked else without_secrets_of(url, message_of(error))
        raise SinkError(shown_url(url), problem, transient=locked) from error


def _locked_by(run_id: str | None) -> str:
    if run_id is None:
        return "another process has the file open. Hint: close it there, or name another file"
    problem = f"another process has the file open; it may be run {run_id!r} itself, which is then still at work"
    return f"{problem}. Hint: wait for its end, stop it, or name another file"


def _checked(connection: duckdb.DuckDBPyConnection, url: URL, name: str, schema: pa.Schema) -> DuckdbTable:
    destination = f"table {name} at {shown_url(url)}"
    columns = columns_of(connection, name)
    if not columns:
        raise UnknownTargetError(destination, f"does not exist. Hint: {did_you_mean(name, table_names(connection))}")
    check_columns(destination, schema, columns)
    table = DuckdbTable(connection, quoted(name), of_schema(schema, columns), OpenedFile(str(url.database)))
    # An INSERT of no rows passes all checks of the planner, so what cannot be written to shows before the run.
    attempt = table.write(no_records(schema))
    if attempt.cause is not None:  # such as a view or a computed column
        raise attempt.cause
    return table
