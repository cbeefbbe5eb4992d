"""Commit records and a position in one transaction of DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import duckdb

from doge_datagen.errors import SinkError
from doge_datagen.sinks.database.duckdb.columns import columns_of, quoted
from doge_datagen.sinks.database.positions import POSITIONS, PositionKey
from doge_datagen.sinks.database.sqlalchemy.engine import message_of
from doge_datagen.sinks.transactional import Position

if TYPE_CHECKING:
    from doge_datagen.batch import Batch
    from doge_datagen.sinks.database.duckdb.table import DuckdbTable
    from doge_datagen.sinks.destination_identity import DestinationIdentity

MAKE = """
CREATE TABLE IF NOT EXISTS {table} (run_id VARCHAR NOT NULL, stream VARCHAR NOT NULL, epoch BIGINT NOT NULL,
ticks BIGINT, run VARCHAR, table_name VARCHAR, PRIMARY KEY (run_id, stream))
"""
CLAIM = """
INSERT INTO {table} (run_id, stream, epoch) VALUES (?, ?, 1)
ON CONFLICT (run_id, stream) DO UPDATE SET epoch = epoch + 1 RETURNING epoch
"""
TABLES = "SELECT stream, table_name FROM {table} WHERE run_id = ? AND ticks IS NOT NULL"
READ = "SELECT epoch, ticks, run, table_name FROM {table} WHERE run_id = ? AND stream = ?"
ADVANCE = "UPDATE {table} SET ticks = ?, run = ?, table_name = ? WHERE run_id = ? AND stream = ? AND epoch = ?"

T = TypeVar("T")

INTERRUPTED = "Query interrupted"
"""DuckDB's message when a signal handler has raised an exception while it was at work."""
INTERRUPTED_ARROW = "failed: KeyboardInterrupt: "
"""Within its message when the signal came while Arrow gave it the records."""


@contextmanager
def interrupts_raised() -> Iterator[None]:
    """Raise Ctrl-C as ``KeyboardInterrupt``: DuckDB replaces what a signal handler raises while it is at work."""
    try:
        yield
    except (RuntimeError, duckdb.InvalidInputException) as error:
        if str(error) == INTERRUPTED or INTERRUPTED_ARROW in str(error):
            raise KeyboardInterrupt from error
        raise


class DuckdbPosition:
    """The row of one stream of one run; see ``positions`` for its columns.

    A file can only be open in one process at a time; the epoch keeps two connections of one process apart.

    Args:
        connection: used by this stream only.
        schema: schema of the table; empty for the current one.
        key: identifies the row.
        destination: name of the stream's table in messages.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str, key: PositionKey, destination: str) -> None:
        self._connection = connection
        self._name = f"{schema}.{POSITIONS}" if schema else POSITIONS
        self._table = quoted(self._name)
        self._key = key
        self._destination = destination
        self._named = [key.run_id, key.stream]

    def make(self) -> None:
        """Create the table if it is missing."""
        self._connection.execute(MAKE.format(table=self._table))

    def check(self) -> None:
        """Check that the run's earlier records, if any, are in this stream's table, and no other stream's are.

        Raises:
            SinkError: they are in another table, their table was dropped, or this one has records of another stream.
        """
        if not columns_of(self._connection, self._name):
            return
        found = self.read()
        tables = self._connection.execute(TABLES.format(table=self._table), [self._key.run_id]).fetchall()
        self._key.check_only(self._destination, "duckdb", tables)
        if found and found[1] and not columns_of(self._connection, self._key.table):
            raise self._key.lost(self._destination, found[1].ticks)

    def claim(self) -> int:
        """Increment the epoch, in a new row if there is none, and return it."""
        epoch, *_ = self._connection.execute(CLAIM.format(table=self._table), self._named).fetchall()[0]
        return int(epoch)

    def read(self) -> tuple[int, Position | None] | None:
        """Return the epoch and the position of the last commit; None if there is no row.

        Raises:
            SinkError: the position belongs to another table.
        """
        found = self._connection.execute(READ.format(table=self._table), self._named).fetchone()
        if found is None:
            return None
        epoch, ticks, run, table = found
        if ticks is None:
            return epoch, None
        self._key.check_table(self._destination, table)
        return epoch, Position(ticks, run)

    def advance(self, epoch: int, position: Position) -> None:
        """Update the position in the current transaction.

        Raises:
            SinkError: another connection has claimed the row, or it was deleted.
        """
        values = [position.ticks, position.of, self._key.table, *self._named, epoch]
        changed = self._connection.execute(ADVANCE.format(table=self._table), values).fetchone()
        if changed != (1,):
            raise (self._key.removed if self.read() is None else self._key.taken_over)(self._destination)


class DuckdbTransactions:
    """Delivers in transactions that update the run's row and insert the records.

    Args:
        connection: used by this stream only.
        row: the run's row.
        table: the table of the records.
        destination: name of the table in messages.
    """

    identity: DestinationIdentity | None = None

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, row: DuckdbPosition, table: DuckdbTable, destination: str
    ) -> None:
        self._connection = connection
        self._row = row
        self._table = table
        self._destination = destination
        self._epoch = 0
        self._again = False

    def has_records(self) -> bool:
        """Whether the table has rows."""
        return self._translated(self._table.has_rows)

    def claim(self) -> None:
        """Make this connection the only one that delivers; the latest claim wins."""
        self._epoch = self._translated(self._row.claim)

    def position(self) -> Position | None:
        """Return the position of the last commit; None if there has been none."""
        found = self._translated(self._row.read)
        return found[1] if found else None

    def deliver(self, batches: Sequence[Batch], position: Position) -> None:
        """Insert the records and update the position, or neither."""
        # Still set after an error: the outcome of that attempt is unknown, and the next call has to find out.
        # One flag is enough, as the next call has the same batches and position.
        again, self._again = self._again, True
        if not (again and self._translated(partial(self._is_there, position))):
            self._translated(partial(self._deliver, batches, position))
        self._again = False

    def close(self) -> None:
        """Release the connection.

        Raises:
            SinkError: the file was moved, removed or replaced.
        """
        self._translated(self._table.close)

    def _is_there(self, position: Position) -> bool:
        """Whether the previous attempt committed the position after all."""
        found = self._row.read()
        if found is None:
            return False
        epoch, last = found
        # With another epoch it is somebody else's commit; the UPDATE of the next attempt finds that out.
        return epoch == self._epoch and last is not None and last.ticks >= position.ticks

    def _deliver(self, batches: Sequence[Batch], position: Position) -> None:
        self._table.file.check()
        self._connection.begin()
        try:
            # The row first: if another connection has taken over, nothing is inserted in vain.
            self._row.advance(self._epoch, position)
            for batch in batches:
                self._table.insert(batch.records)
            self._connection.commit()
            # After the commit as well: DuckDB keeps writing to a file that was removed, and reports success.
            self._table.file.check()
        # A KeyboardInterrupt, too, must not leave a transaction open on a connection that is used again.
        except BaseException:
            self._table.roll_back()
            raise

    def _translated(self, do: Callable[[], T]) -> T:
        """Call a function, turning its errors into ours."""
        try:
            with interrupts_raised():
                return do()
        except SinkError:
            raise
        except duckdb.TransactionException as error:  # another connection of this process changed the same rows
            raise SinkError(self._destination, message_of(error), transient=True) from error
        except Exception as error:
            raise SinkError(self._destination, message_of(error)) from error
