"""Deliver batches to a table, each in one transaction with a known outcome, and count what arrived."""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import TYPE_CHECKING, Generic, TypeVar

from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.base import CLOSED, FAILED
from doge_datagen.sinks.database.sqlalchemy.engine import message_of
from doge_datagen.sinks.replaced_file import FileGoneError, is_gone

if TYPE_CHECKING:
    from doge_datagen.sinks.database.sqlalchemy.row_inserts import Outcome

Rows = TypeVar("Rows", bound=Sized)
"""A batch: an Arrow record batch, or a list of rows."""
IN_DOUBT = "; the connection was lost during COMMIT: these records are in doubt"


class BatchDelivery(Generic[Rows]):
    """What all sinks have in common that write each batch to a table in a transaction of its own.

    Attributes:
        delivered: how many records are committed.
        refusal: why no more batches are accepted, after an error or at the end; None as long as they are.

    Args:
        place: name of the table in messages.
        write: writes a batch in one transaction; never raises, the outcome has the error.
        close: releases the connection.
    """

    def __init__(self, place: str, write: Callable[[Rows], Outcome], close: Callable[[], object]) -> None:
        self.delivered = 0
        self.refusal: str | None = None
        self._place = place
        self._write = write
        self._close = close
        self._pending: Rows | None = None
        self._closed = False

    def check(self) -> None:
        """Raise if no more batches are accepted."""
        if self.refusal is not None:
            raise SinkError(self._place, self.refusal)

    def deliver(self, batch: Rows) -> None:
        """Write the batch and commit it.

        Raises:
            DeliveryError: the batch was not committed; it is not retried.
            BaseException: such as Ctrl-C; if the batch was not committed, :meth:`close` writes it.
        """
        self._pending = batch
        outcome = self._write(batch)
        if outcome.committed:
            self.delivered += len(batch)
            self._pending = None
        elif isinstance(outcome.cause, Exception) or outcome.in_doubt:
            raise self._failed(outcome, len(batch)) from outcome.cause
        if outcome.cause is not None:
            self.refusal = FAILED
            raise outcome.cause

    def close(self, rest: Rows | None = None) -> None:
        """Write what is left and disconnect; closing again does nothing.

        Args:
            rest: the last batch; a batch that was interrupted comes before it.
        """
        if self._closed:
            return
        self._closed = True
        self.refusal = self.refusal or CLOSED
        try:
            for batch in (self._pending, rest):
                if batch is not None and len(batch):
                    self.deliver(batch)
        finally:
            self._disconnect()

    def _disconnect(self) -> None:
        try:
            self._close()
        except FileGoneError as error:
            raise self._gone(error, 0) from error

    def _failed(self, outcome: Outcome, records: int) -> DeliveryError:
        self._pending = None
        self.refusal = FAILED
        if outcome.cause is not None and is_gone(outcome.cause):
            return self._gone(outcome.cause, records)
        return DeliveryError(
            self._place,
            accepted=self.delivered + records,
            delivered=self.delivered,
            causes={f"{outcome.reason}{IN_DOUBT if outcome.in_doubt else ''}": records},
            transient=outcome.lost,
        )

    def _gone(self, error: BaseException, records: int) -> DeliveryError:
        """The error of a table whose file has gone, with everything that was delivered to it."""
        accepted, self.delivered = self.delivered + records, 0
        return DeliveryError(self._place, accepted=accepted, delivered=0, causes={message_of(error): accepted})
