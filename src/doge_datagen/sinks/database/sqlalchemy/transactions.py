"""Commit records and a position in one transaction of any database that SQLAlchemy supports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError

from doge_datagen.errors import SinkError
from doge_datagen.sinks.database.errors import failed, not_connected_again
from doge_datagen.sinks.database.sqlalchemy.engine import cause_of

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy import Connection, Engine

    from doge_datagen.batch import Batch
    from doge_datagen.sinks.database.positions import PositionRow
    from doge_datagen.sinks.destination_identity import DestinationIdentity
    from doge_datagen.sinks.transactional import Position

T = TypeVar("T")


class Records(Protocol):
    """An open table that fits the stream, for use within transactions that are managed elsewhere."""

    def insert(self, connection: Connection, batches: Sequence[pa.RecordBatch]) -> None:
        """Insert the records in the connection's current transaction."""


class AlchemyTransactions:
    """Delivers in transactions that first update the run's row and then insert the records.

    A failed attempt is never repaired: its connection is dropped, so that the database rolls it back, and the next
    attempt begins on a new connection, even if the server was restarted in between. If the answer to COMMIT was lost,
    the next attempt finds out from the row whether the position was committed.

    Args:
        engine: used by this stream only; it tests connections before use.
        row: the run's row.
        records: inserts the records into their table.
        destination: name of the table in messages.
        had_rows: whether the table had any rows when it was opened.

    Attributes:
        destination: identity of the table according to its server; None if only the URL identifies it.
    """

    identity: DestinationIdentity | None = None

    def __init__(
        self, engine: Engine, row: PositionRow, records: Records, destination: str, *, had_rows: bool = False
    ) -> None:
        self._engine = engine
        self._had_rows = had_rows
        self._row = row
        self._records = records
        self._destination = destination
        self._epoch = 0
        self._again = False

    def claim(self) -> None:
        """Make this process the only one that delivers; the latest claim wins."""
        self._epoch = self._transaction(self._row.claim)

    def position(self) -> Position | None:
        """Return the position of the last commit; None if there has been none."""
        return self._transaction(self._row.read)

    def has_records(self) -> bool:
        """Whether the table had rows when it was opened."""
        return self._had_rows

    def deliver(self, batches: Sequence[Batch], position: Position) -> None:
        """Insert the records and update the position, or neither."""
        # Still set after an error: the outcome of that attempt is unknown, and the next one has to find out.
        again, self._again = self._again, True
        self._transaction(partial(self._deliver, batches, position, again=again))
        self._again = False

    def close(self) -> None:
        """Release the connection."""
        self._engine.dispose()

    def _deliver(self, batches: Sequence[Batch], position: Position, connection: Connection, *, again: bool) -> None:
        # The row first: it is locked until the commit, so that a claim waits for these records or keeps them out.
        # SQLite takes its write lock here, before anything was read that another writer could change.
        if self._row.advance(connection, self._epoch, position, again=again) and batches:
            self._records.insert(connection, [batch.records for batch in batches])

    def _transaction(self, do: Callable[[Connection], T]) -> T:
        try:
            with self._connected() as connection, _dropped_on_error(connection):
                found = do(connection)
                # Inside of the block: an error here, whose outcome is unknown, drops the connection like any other.
                connection.commit()
        except SinkError:
            raise
        except Exception as error:  # noqa: BLE001 - raised as an error of ours
            raise failed(error, self._destination, self._engine.url) from cause_of(error)
        return found

    def _connected(self) -> Connection:
        try:
            return self._engine.connect()
        except DBAPIError as error:
            raise not_connected_again(error, self._destination, self._engine.url) from error.orig


@contextmanager
def _dropped_on_error(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # Dropped instead of rolled back: after a lost connection, a rollback would only wait for an answer that never
        # comes.
        connection.invalidate()
        raise
