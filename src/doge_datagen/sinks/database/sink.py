"""The sink that writes to a table: each batch is one transaction with a known outcome."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.base import CLOSED, FAILED, BatchSink
from doge_datagen.sinks.database.database_engine import message_of
from doge_datagen.sinks.opened_file import FileGoneError, is_gone

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.batch import Batch
    from doge_datagen.sinks.database.tables import Outcome
    from doge_datagen.sinks.destination_identity import DestinationIdentity


log = logging.getLogger(__name__)


class TableWriter(Protocol):
    """An open table that fits the stream; each kind of database implements it.

    Attributes:
        destination: identity of the table according to its server; None if only the URL identifies it.
    """

    destination: DestinationIdentity | None

    def write(self, records: pa.RecordBatch) -> Outcome:
        """Write the records in one transaction; never raises, the outcome has the error."""

    def close(self) -> None:
        """Release the connection."""


def warn_if_not_empty(table: str) -> None:
    """Warn that a table is not empty at the start of a run without a name; a file would be replaced, a table is not.

    The database is not named, as its URL may contain values from the environment.
    """
    hint = "drop or empty it before a run, or name another table"
    log.warning("table %s has rows already, and those of this run are added to them. Hint: %s", table, hint)


class TableSink(BatchSink):
    """Writes each batch in one transaction: all of it arrives or nothing does. Nothing is buffered.

    Args:
        place: name of the table and its database in messages.
        table: the open table.
        own_thread: whether a run may call ``write`` in parallel with other sinks: the database is in this process.

    Raises:
        DeliveryError: by ``write``: the batch was not committed. The cause is the driver's error, and ``transient`` is
            True if the connection was lost. If it was lost during COMMIT and the outcome cannot be found out, the
            message says that these records are in doubt. If the file was moved, removed or replaced, no record counts
            as delivered. By ``close``: the same, also for a batch that Ctrl-C had interrupted.
    """

    def __init__(self, place: str, table: TableWriter, *, own_thread: bool = False) -> None:
        self.own_thread = own_thread
        self.destination = table.destination
        self._place = place
        self._table = table
        self._pending: pa.RecordBatch | None = None
        self._delivered = 0
        self._refusal: str | None = None
        self._closed = False

    @property
    def delivered(self) -> int:
        """How many records are committed."""
        return self._delivered

    def write(self, batch: Batch) -> None:
        """Write the batch and commit it."""
        if self._refusal is not None:
            raise SinkError(self._place, self._refusal)
        self._pending = batch.records
        self._deliver(self._pending)

    def close(self) -> None:
        """Disconnect, after writing a batch that Ctrl-C had interrupted."""
        if self._closed:
            return
        self._closed = True
        self._refusal = self._refusal or CLOSED
        try:
            if self._pending is not None:
                self._deliver(self._pending)
        finally:
            self._close_table()

    def _deliver(self, records: pa.RecordBatch) -> None:
        outcome = self._table.write(records)
        if outcome.committed:
            self._delivered += records.num_rows
            self._pending = None
        elif isinstance(outcome.cause, Exception) or outcome.in_doubt:
            raise self._failed(outcome, records.num_rows) from outcome.cause
        if outcome.cause is not None:
            self._refusal = FAILED
            raise outcome.cause  # Ctrl-C; if it kept the batch from being committed, close writes it

    def _close_table(self) -> None:
        try:
            self._table.close()
        except FileGoneError as error:
            raise self._gone(error, 0) from error

    def _gone(self, error: BaseException, records: int) -> DeliveryError:
        """The error of a table whose file has gone, with everything that was delivered to it."""
        accepted, self._delivered = self._delivered + records, 0
        return DeliveryError(self._place, accepted=accepted, delivered=0, causes={message_of(error): accepted})

    def _failed(self, outcome: Outcome, records: int) -> DeliveryError:
        self._pending = None
        self._refusal = FAILED
        if outcome.cause is not None and is_gone(outcome.cause):
            return self._gone(outcome.cause, records)
        doubt = "; the connection was lost during COMMIT: these records are in doubt" if outcome.in_doubt else ""
        return DeliveryError(
            self._place,
            accepted=self._delivered + records,
            delivered=self._delivered,
            causes={f"{outcome.reason}{doubt}": records},
            transient=outcome.lost,
        )
