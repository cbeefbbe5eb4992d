"""The sink that writes to a table: each batch is one transaction with a known outcome."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.database.batch_delivery import BatchDelivery

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.batch import Batch
    from doge_datagen.sinks.database.sqlalchemy.row_inserts import Outcome
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

    Raises:
        DeliveryError: by ``write``: the batch was not committed. The cause is the driver's error, and ``transient`` is
            True if the connection was lost. If it was lost during COMMIT and the outcome cannot be found out, the
            message says that these records are in doubt. If the file was moved, removed or replaced, no record counts
            as delivered. By ``close``: the same, also for a batch that Ctrl-C had interrupted.
    """

    def __init__(self, place: str, table: TableWriter) -> None:
        self.destination = table.destination
        self._delivery = BatchDelivery(place, table.write, table.close)

    @property
    def delivered(self) -> int:
        """How many records are committed."""
        return self._delivery.delivered

    def write(self, batch: Batch) -> None:
        """Write the batch and commit it."""
        self._delivery.check()
        self._delivery.deliver(batch.records)

    def close(self) -> None:
        """Disconnect, after writing a batch that Ctrl-C had interrupted."""
        self._delivery.close()
