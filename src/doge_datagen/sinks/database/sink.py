"""Batches into a table: each is one transaction with a known outcome."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.base import CLOSED, FAILED, BatchSink
from doge_datagen.sinks.database.engine import told_by
from doge_datagen.sinks.opened_file import FileGoneError, is_gone

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.batch import Batch
    from doge_datagen.sinks.database.tables import Outcome
    from doge_datagen.sinks.destination_identity import DestinationIdentity


log = logging.getLogger(__name__)


class TableWriter(Protocol):
    """A table that is open and fits the stream: what each kind of database does in its own way.

    Attributes:
        destination: the table, as its server identifies it; None where its URL has to do.
    """

    destination: DestinationIdentity | None

    def write(self, records: pa.RecordBatch) -> Outcome:
        """Write the records in one transaction; never raises, the outcome tells."""

    def close(self) -> None:
        """Let go of the connection."""


def warn_if_not_empty(table: str) -> None:
    """Say of a table that is opened for a run without a name that it is not empty: a file would begin anew.

    Its database is not told: what a target has from the environment may be in the URL.
    """
    hint = "drop or empty it before a run, or name another table"
    log.warning("table %s has rows already, and those of this run are added to them; %s", table, hint)


class TableSink(BatchSink):
    """Writes each batch in one transaction: all of it arrives or nothing does; nothing is held back.

    Args:
        place: the table and its database as messages show them.
        table: where the records go.
        own_thread: whether a run may have it write beside others: its database is in this process.

    Raises:
        DeliveryError: by ``write``: the batch is not there; the cause is the driver's error, and ``transient`` is True
            where the connection was lost. Where it was lost during COMMIT and nobody can be asked, the message says
            that these records are in doubt. Where the file was moved, removed or replaced, none counts as delivered. By
            ``close``: the same, also of a batch that Ctrl-C had interrupted.
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
        """Disconnect; what Ctrl-C kept from being written is written first."""
        if self._closed:
            return
        self._closed = True
        self._refusal = self._refusal or CLOSED
        try:
            if self._pending is not None:
                self._deliver(self._pending)
        finally:
            self._let_go()

    def _deliver(self, records: pa.RecordBatch) -> None:
        outcome = self._table.write(records)
        if outcome.committed:
            self._delivered += records.num_rows
            self._pending = None
        elif isinstance(outcome.cause, Exception) or outcome.in_doubt:
            raise self._failed(outcome, records.num_rows) from outcome.cause
        if outcome.cause is not None:
            self._refusal = FAILED
            raise outcome.cause  # Ctrl-C; a batch that it kept from being committed is written by close

    def _let_go(self) -> None:
        try:
            self._table.close()
        except FileGoneError as error:
            raise self._gone(error, 0) from error

    def _gone(self, error: BaseException, records: int) -> DeliveryError:
        """The error of a table whose file is gone with all that was delivered."""
        accepted, self._delivered = self._delivered + records, 0
        return DeliveryError(self._place, accepted=accepted, delivered=0, causes={told_by(error): accepted})

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
