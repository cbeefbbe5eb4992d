"""The sink that writes to a table: each batch is one transaction with a known outcome, and counted when it arrived."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sized
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.base import CLOSED, FAILED, BatchSink
from doge_datagen.sinks.database.sqlalchemy.engine import message_of
from doge_datagen.sinks.files.paths import FileGoneError, is_gone

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.batch import Batch
    from doge_datagen.sinks.database.sqlalchemy.row_inserts import Outcome
    from doge_datagen.sinks.destination_identity import DestinationIdentity


Rows = TypeVar("Rows", bound=Sized)
"""A batch: an Arrow record batch, or a list of rows."""
IN_DOUBT = "; the connection was lost during COMMIT: these records are in doubt"


class BatchDelivery(Generic[Rows]):
    """What all sinks have in common that write each batch to a table in a transaction of its own.

    Attributes:
        delivered: how many records are committed.
        refusal: why no more batches are accepted, after an error or at the end; None as long as they are.

    Args:
        destination: name of the table in messages.
        write: writes a batch in one transaction; never raises, the outcome has the error.
        close: releases the connection.
    """

    def __init__(self, destination: str, write: Callable[[Rows], Outcome], close: Callable[[], object]) -> None:
        self.delivered = 0
        self.refusal: str | None = None
        self._destination = destination
        self._write = write
        self._close = close
        self._pending: Rows | None = None
        self._closed = False

    def check(self) -> None:
        """Raise if no more batches are accepted."""
        if self.refusal is not None:
            raise SinkError(self._destination, self.refusal)

    def take(self, batch: Rows) -> None:
        """Take a batch for :meth:`deliver`; no other is accepted until it is committed."""
        # In one statement, and nothing is called before: wherever Ctrl-C comes, the batch is the caller's or ours, and
        # no other one follows that would take its place.
        self._pending, self.refusal = batch, FAILED

    def deliver(self) -> None:
        """Write the batch that was taken and commit it.

        Raises:
            DeliveryError: the batch was not committed; it is not retried.
            BaseException: such as Ctrl-C; if the batch was not committed, :meth:`close` writes it.
        """
        if (batch := self._pending) is None:
            return
        records, outcome = len(batch), self._write(batch)
        if outcome.committed:
            # Without a call in between, in which Ctrl-C could come: close would write the batch again.
            self._pending = None
            self.delivered += records
        # A batch in doubt is not written again by close: better reported as unknown than stored twice.
        elif isinstance(outcome.cause, Exception) or outcome.in_doubt:
            raise self._failed(outcome, records) from outcome.cause
        if outcome.cause is not None:
            # After an interrupt nothing more is accepted, but close still writes what is pending.
            raise outcome.cause
        self.refusal = None

    def close(self, rest: Rows | None = None) -> None:
        """Write what is left and disconnect; closing again does nothing.

        Args:
            rest: the last batch, unless another one was interrupted.
        """
        if self._closed:
            return
        # First of all, since an interrupted close is called again, and must not write the batch twice.
        self._closed = True
        refusal = self.refusal or CLOSED
        try:
            # Never both: nothing is collected after a batch that was taken and not committed.
            if self._pending is None and rest:
                self.take(rest)
            self.deliver()
        finally:
            self.refusal = refusal
            self._disconnect()

    def _disconnect(self) -> None:
        try:
            self._close()
        except FileGoneError as error:
            raise self._gone(error, 0) from error

    def _failed(self, outcome: Outcome, records: int) -> DeliveryError:
        self._pending = None
        if outcome.cause is not None and is_gone(outcome.cause):
            return self._gone(outcome.cause, records)
        return DeliveryError(
            self._destination,
            accepted=self.delivered + records,
            delivered=self.delivered,
            causes={f"{outcome.reason}{IN_DOUBT if outcome.in_doubt else ''}": records},
            transient=outcome.lost,
        )

    def _gone(self, error: BaseException, records: int) -> DeliveryError:
        """The error of a table whose file has gone, with everything that was delivered to it."""
        # What was committed before went to a file that is not where anybody looks for it.
        accepted, self.delivered = self.delivered + records, 0
        return DeliveryError(self._destination, accepted=accepted, delivered=0, causes={message_of(error): accepted})


log = logging.getLogger(__name__)


class TableWriter(Protocol):
    """An open table that fits the stream; each kind of database implements it.

    Attributes:
        destination: identity of the table according to its server; None if only the URL identifies it.
    """

    identity: DestinationIdentity | None

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
        destination: name of the table and its database in messages.
        table: the open table.

    Raises:
        DeliveryError: by ``write``: the batch was not committed. The cause is the driver's error, and ``transient`` is
            True if the connection was lost. If it was lost during COMMIT and the outcome cannot be found out, the
            message says that these records are in doubt. If the file was moved, removed or replaced, no record counts
            as delivered. By ``close``: the same, also for a batch that Ctrl-C had interrupted.
    """

    def __init__(self, destination: str, table: TableWriter) -> None:
        self.identity = table.identity
        self._delivery = BatchDelivery(destination, table.write, table.close)

    @property
    def delivered(self) -> int:
        """How many records are committed."""
        return self._delivery.delivered

    def write(self, batch: Batch) -> None:
        """Write the batch and commit it."""
        self._delivery.check()
        self._delivery.take(batch.records)
        self._delivery.deliver()

    def close(self) -> None:
        """Disconnect, after writing a batch that Ctrl-C had interrupted."""
        self._delivery.close()
