"""A sink whose records arrive together with the position they lead to, so that a killed run goes on exactly there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from doge_datagen.errors import SinkError
from doge_datagen.sinks.base import CLOSED, FAILED, BatchSink

if TYPE_CHECKING:
    from doge_datagen.batch import Batch

BYTES_BESIDE = 4096
"""What a batch takes beside its values: with a few fields, its objects and the least that is set aside for each. A run
in real time has many batches of few records."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a run is at one place.

    Attributes:
        ticks: the records of so many ticks are there; a resumed run goes on with the tick of this number.
        of: what it is a run of, model, seed and start, as JSON on one line; it is kept as it is.
    """

    ticks: int
    of: str


class Transactions(Protocol):
    """How one kind of place takes records and a position at once; each belongs to one stream of one named run."""

    def claim(self) -> None:
        """Make this process the only one that delivers for this run and stream; called once, before records come.

        A twin that lives still is refused from here on, or this process is, where the place can lock others out. What
        a process that was killed left half done is taken away.

        Raises:
            SinkError: another process is at work, or the place cannot be had; transient where it may be had later.
        """

    def position(self) -> Position | None:
        """What the last commit left, whoever made it; None where there was none.

        Called after :meth:`claim`, and after all other sinks of the run are claimed; of what a ``ReadablePositionSink``
        stands for also before.

        Raises:
            SinkError: it cannot be read.
        """

    def deliver(self, batches: Sequence[Batch], position: Position) -> None:
        """Put all of these records and the position there, or nothing; there may be no records.

        Where the outcome of an attempt is not known, it finds out before it returns, or raises a transient error and
        finds out in the next call, which has the same batches and position: nothing is ever there twice.

        Raises:
            SinkError: nothing of it counts. Where it is transient, the same call may be made again.
        """

    def close(self) -> None:
        """Let go of what is held; what was not delivered is not there. Closing again does nothing."""


@runtime_checkable
class Inspected(Protocol):
    """Transactions of a place whose records are kept apart from the position, which can be lost without them."""

    def has_records(self) -> bool:
        """Whether there are any, as far as we may see."""


class CommittingSink(BatchSink):
    """Holds the batches of a stream until they are committed together with a position.

    ``write`` only holds; ``commit`` delivers what is held and the position in one transaction of the place. After a
    transient error the same ``commit`` may be tried again. ``close`` drops what was not committed: a resumed run makes
    it again. ``claim`` and ``position`` come first, in this order.

    Args:
        place: as messages show it.
        transactions: how the place does it.
        own_thread: whether a run may have it commit beside others.
    """

    def __init__(self, place: str, transactions: Transactions, *, own_thread: bool = False) -> None:
        self.place = place
        self.own_thread = own_thread
        self._transactions = transactions
        self._forget()
        self._delivered = 0
        self._refusal: str | None = None
        self._closed = False

    def claim(self) -> None:
        """Make this process the only one that delivers for this run and stream.

        Raises:
            SinkError: another process is at work, or the place cannot be had.
        """
        self._transactions.claim()

    def position(self) -> Position | None:
        """What the last commit left; None where there was none.

        Raises:
            SinkError: it cannot be read.
        """
        return self._transactions.position()

    def has_records(self) -> bool:
        """Whether records are at the place that nobody has committed by this sink, as far as it can be seen.

        They may be of other runs; or of this one, whose position was lost.

        Raises:
            SinkError: the place cannot be asked.
        """
        return isinstance(self._transactions, Inspected) and self._transactions.has_records()

    @property
    def held(self) -> int:
        """How many records wait to be committed."""
        return self._records

    @property
    def held_bytes(self) -> int:
        """How many bytes of memory these take, about."""
        return self._bytes

    @property
    def delivered(self) -> int:
        """How many records this process has committed."""
        return self._delivered

    def write(self, batch: Batch) -> None:
        """Hold the batch until it is committed."""
        if self._refusal is not None:
            raise SinkError(self.place, self._refusal)
        self._held.append(batch)
        self._records += len(batch)
        self._bytes += batch.nbytes + BYTES_BESIDE

    def commit(self, position: Position) -> None:
        """Deliver what is held, and the position, together.

        Raises:
            SinkError: nothing was delivered; where it is transient, the same may be tried again.
        """
        if self._refusal is not None:
            raise SinkError(self.place, self._refusal)
        try:
            self._transactions.deliver(self._held, position)
        except BaseException as error:
            if not (isinstance(error, SinkError) and error.transient):
                self._refusal = FAILED
            raise
        self._delivered += self.held
        self._forget()

    def close(self) -> None:
        """Let go; what was not committed is dropped. Closing again does nothing."""
        if self._closed:
            return
        self._closed = True
        self._refusal = self._refusal or CLOSED
        self._forget()
        self._transactions.close()

    def _forget(self) -> None:
        """Hold nothing any more."""
        self._held: list[Batch] = []
        self._records = self._bytes = 0


class ReadablePositionSink(CommittingSink):
    """A committing sink whose ``position`` may be asked for before ``claim`` too, and says then what can be seen.

    So a run of something else can be refused without disturbing the one that is at work. What can be seen may be older
    than what was committed last, or nothing: in Kafka a transaction that is open hides all that came after it.
    """
