"""Sinks that commit records and the run's position together, so that a killed run resumes exactly where it stopped.

To make a destination resumable, implement :class:`Transactions` for it and pass that to a :class:`CommittingSink`,
which does the buffering and the bookkeeping. A run uses them in this order::

    position   before claim too, if the kind's capabilities allow it
    claim      once, before any record
    position   after every sink of the run has been claimed
    deliver    about once per second; retried with the same arguments after a transient error
    close      once
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from doge_datagen.errors import SinkError
from doge_datagen.sinks.base import CLOSED, FAILED, Sink

if TYPE_CHECKING:
    from doge_datagen.batch import Batch

BATCH_OVERHEAD_BYTES = 4096
"""Estimated overhead of a batch beyond its values: Python objects and minimum Arrow allocations, for a few fields. It
matters in real-time runs, which hold many batches of few records each."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a run has been committed at one destination.

    Attributes:
        ticks: number of ticks whose records are committed; a resumed run continues with the tick of this number.
        of: identity of the run (model, seed and start) as one line of JSON; stored and returned unchanged.
    """

    ticks: int
    of: str


class Transactions(Protocol):
    """Commits records and a position atomically to one kind of destination, for one stream of one named run."""

    def claim(self) -> None:
        """Make this process the only one that delivers for this run and stream; called once, before any record.

        If the destination can lock others out, another live process of the same run is refused from here on, or this
        one is. Anything that a killed process left half done is cleaned up.

        Raises:
            SinkError: another process is delivering, or the destination is not available; transient if it may become
                available later.
        """

    def position(self) -> Position | None:
        """Return the position of the last commit, by whichever process; None if there has been no commit.

        Called after :meth:`claim`, once all other sinks of the run have been claimed too. If the kind's
        ``Capabilities`` have ``position_before_claim``, it is also called before :meth:`claim`.

        Raises:
            SinkError: it cannot be read.
        """

    def deliver(self, batches: Sequence[Batch], position: Position) -> None:
        """Commit all of these records together with the position, or nothing. There may be no records.

        Nothing may be stored twice. If the outcome of an attempt is unknown, either find it out before returning, or
        raise a transient error and find it out in the next call, which has the same batches and position.

        Args:
            batches: the records since the last commit, in order.
            position: the position that these records lead to.

        Raises:
            SinkError: nothing was committed, or it is unknown whether it was. If the error is transient, the same call
                may be made again.
        """

    def close(self) -> None:
        """Release all resources; what was not committed is lost. Closing again does nothing."""


@runtime_checkable
class Inspected(Protocol):
    """Transactions whose position is stored apart from the records, so that it can be lost while these remain."""

    def has_records(self) -> bool:
        """Whether the destination holds any records, as far as they are visible to us."""


class CommittingSink(Sink):
    """Holds the batches of a stream in memory until they are committed together with a position.

    Beyond what every :class:`~doge_datagen.sinks.base.Sink` promises:

    * ``claim`` and then ``position`` are called once each, before anything else.
    * ``write`` only buffers; nothing can go wrong in it.
    * ``commit`` is called about once per second, from one thread at a time, and once after the last batch. It delivers
      the buffered batches and the position in one transaction of the destination, or nothing. After a transient error
      the same ``commit`` may be retried.
    * ``discard`` is called once, whether the run has ended, has failed or never started. It delivers nothing: what was
      not committed is dropped, because a resumed run generates it again. Calling it again does nothing.
    * ``delivered`` counts what this process has committed.

    Not promised: a call of ``discard``, as a process can be killed. There is no ``close`` that delivers what is left.

    Args:
        destination: name of the destination in messages.
        transactions: how the destination commits.
    """

    def __init__(self, destination: str, transactions: Transactions) -> None:
        self.destination = destination
        self._transactions = transactions
        self._forget()
        self._delivered = 0
        self._refusal: str | None = None
        self._over = False

    def claim(self) -> None:
        """Make this process the only one that delivers for this run and stream.

        Raises:
            SinkError: another process is delivering, or the destination is not available.
        """
        self._transactions.claim()

    def position(self) -> Position | None:
        """Return the position of the last commit; None if there has been no commit.

        Raises:
            SinkError: it cannot be read.
        """
        return self._transactions.position()

    def has_records(self) -> bool:
        """Whether the destination holds records, as far as that can be seen.

        If there is no position, they belong to other runs, or to this one and its position was lost. Always False for
        destinations that cannot lose the position without the records.

        Raises:
            SinkError: the destination does not answer.
        """
        return isinstance(self._transactions, Inspected) and self._transactions.has_records()

    @property
    def held(self) -> int:
        """How many records are waiting to be committed."""
        return self._records

    @property
    def held_bytes(self) -> int:
        """Approximate memory that these take, in bytes."""
        return self._bytes

    @property
    def delivered(self) -> int:
        """How many records this process has committed."""
        return self._delivered

    def write(self, batch: Batch) -> None:
        """Buffer the batch until the next commit."""
        if self._refusal is not None:
            raise SinkError(self.destination, self._refusal)
        self._held.append(batch)
        self._records += len(batch)
        self._bytes += batch.nbytes + BATCH_OVERHEAD_BYTES

    def commit(self, position: Position) -> None:
        """Deliver the buffered batches and the position in one transaction.

        Args:
            position: the position that the buffered records lead to.

        Raises:
            SinkError: nothing was committed; if it is transient, the same call may be retried.
        """
        if self._refusal is not None:
            raise SinkError(self.destination, self._refusal)
        try:
            # The buffer stays as it is until this returns: a retry has to deliver the same batches, and the outcome of
            # the attempt before may be unknown.
            self._transactions.deliver(self._held, position)
            # Counted only now, and also if deliver found that an earlier attempt had committed: either way the records
            # are there.
            self._delivered += self._records
            self._forget()
        except BaseException as error:
            # Any other error ends the sink, Ctrl-C included: whether this position was committed is not known here, so
            # a later commit might deliver records twice or leave some out.
            if not (isinstance(error, SinkError) and error.transient):
                self._refusal = FAILED
            raise

    def discard(self) -> None:
        """Release all resources and drop what was not committed; calling it again does nothing."""
        if self._over:
            return
        self._over = True
        # Before anything is released, so that a write from another thread is refused rather than lost.
        self._refusal = self._refusal or CLOSED
        self._forget()
        self._transactions.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.discard()

    def _forget(self) -> None:
        """Empty the buffer."""
        self._held: list[Batch] = []
        self._records = self._bytes = 0
