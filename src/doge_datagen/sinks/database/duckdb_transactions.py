"""Records and a position in one transaction of DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import duckdb

from doge_datagen.errors import SinkError
from doge_datagen.sinks.database.duckdb_columns import columns_of, quoted
from doge_datagen.sinks.database.engine import told_by
from doge_datagen.sinks.database.position_key import POSITIONS, PositionKey
from doge_datagen.sinks.transactional import Position

if TYPE_CHECKING:
    from doge_datagen.batch import Batch
    from doge_datagen.sinks.database.duckdb_table import DuckdbTable
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


class DuckdbPosition:
    """The row of one stream of one run; see ``position_key`` for its columns.

    A file belongs to one process at a time; the epoch keeps two connections of one process apart.

    Args:
        connection: of this stream alone.
        schema: of the table; empty for the current one.
        key: of the row.
        place: as messages show it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str, key: PositionKey, place: str) -> None:
        self._connection = connection
        self._name = f"{schema}.{POSITIONS}" if schema else POSITIONS
        self._table = quoted(self._name)
        self._key = key
        self._place = place
        self._named = [key.run_id, key.stream]

    def make(self) -> None:
        """Make the table where it is missing."""
        self._connection.execute(MAKE.format(table=self._table))

    def check(self) -> None:
        """See that the records of the run, if there are any, are in the stream's table, and no other stream's are.

        Raises:
            SinkError: they are in another, or were in this one, which is gone; or another stream's are in this one.
        """
        if not columns_of(self._connection, self._name):
            return
        found = self.read()
        tables = self._connection.execute(TABLES.format(table=self._table), [self._key.run_id]).fetchall()
        self._key.check_only(self._place, "duckdb", tables)
        if found and found[1] and not columns_of(self._connection, self._key.table):
            raise self._key.lost(self._place, found[1].ticks)

    def claim(self) -> int:
        """Add 1 to the epoch, in a new row where there is none."""
        epoch, *_ = self._connection.execute(CLAIM.format(table=self._table), self._named).fetchall()[0]
        return int(epoch)

    def read(self) -> tuple[int, Position | None] | None:
        """The epoch, and what the last commit left; None where there is no row.

        Raises:
            SinkError: it left it of another table.
        """
        found = self._connection.execute(READ.format(table=self._table), self._named).fetchone()
        if found is None:
            return None
        epoch, ticks, run, table = found
        if ticks is None:
            return epoch, None
        self._key.check_table(self._place, table)
        return epoch, Position(ticks, run)

    def advance(self, epoch: int, position: Position) -> None:
        """Put the position there, in the transaction that was begun.

        Raises:
            SinkError: another connection has claimed the row, or it was deleted.
        """
        values = [position.ticks, position.of, self._key.table, *self._named, epoch]
        changed = self._connection.execute(ADVANCE.format(table=self._table), values).fetchone()
        if changed != (1,):
            raise (self._key.removed if self.read() is None else self._key.taken_over)(self._place)


class DuckdbTransactions:
    """Delivers in transactions that each change the run's row and insert the records.

    Args:
        connection: of this stream alone.
        row: the run's.
        table: takes the records.
        place: as messages show it.
    """

    destination: DestinationIdentity | None = None

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, row: DuckdbPosition, table: DuckdbTable, place: str
    ) -> None:
        self._connection = connection
        self._row = row
        self._table = table
        self._place = place
        self._epoch = 0
        self._again = False

    def has_records(self) -> bool:
        """Whether the table has rows."""
        return self._told(self._table.has_rows)

    def claim(self) -> None:
        """Make this connection the only one that delivers: of two, the later one."""
        self._epoch = self._told(self._row.claim)

    def position(self) -> Position | None:
        """What the last commit left."""
        found = self._told(self._row.read)
        return found[1] if found else None

    def deliver(self, batches: Sequence[Batch], position: Position) -> None:
        """Insert the records and put the position there, or neither."""
        again, self._again = self._again, True
        if not (again and self._told(partial(self._is_there, position))):
            self._told(partial(self._deliver, batches, position))
        self._again = False

    def close(self) -> None:
        """Let go of the connection.

        Raises:
            SinkError: the file is not where it was.
        """
        self._told(self._table.close)

    def _is_there(self, position: Position) -> bool:
        """Whether the attempt before this one has put the position there after all."""
        found = self._row.read()
        if found is None:
            return False
        epoch, last = found
        return epoch == self._epoch and last is not None and last.ticks >= position.ticks

    def _deliver(self, batches: Sequence[Batch], position: Position) -> None:
        self._table.file.check()
        self._connection.begin()
        try:
            self._row.advance(self._epoch, position)
            for batch in batches:
                self._table.insert(batch.records)
            self._connection.commit()
            self._table.file.check()
        except BaseException:
            self._table.roll_back()
            raise

    def _told(self, do: Callable[[], T]) -> T:
        try:
            return do()
        except SinkError:
            raise
        except duckdb.TransactionException as error:  # another connection of this process changed the same rows
            raise SinkError(self._place, told_by(error), transient=True) from error
        except Exception as error:
            raise SinkError(self._place, told_by(error)) from error
