"""The contracts of sinks that take batches: what every sink promises, and what one without positions adds.

Implement :class:`BatchSink` to deliver batches to a destination of your own. A sink that can resume a run keeps another
contract, :class:`doge_datagen.sinks.transactional.CommittingSink`. A
:class:`~doge_datagen.sinks.sink_kind.SinkKind` describes either, so that a model file's targets can name it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from doge_datagen.batch import Batch
    from doge_datagen.sinks.destination_identity import DestinationIdentity

CLOSED = "a closed sink takes no events. Hint: make a new one"
FAILED = "takes no more events after an error. Hint: make a new sink"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a run may do with a type of sink, beyond what every sink allows.

    Attributes:
        own_thread: the run may call ``write`` or ``commit`` in a thread of the sink's own, in parallel with other
            sinks. For a sink that is CPU-bound and shares nothing with the sinks of other streams. All other methods
            are called by the thread that opened the sink, and never two of them at once. Ctrl-C does not reach such a
            thread, so it is not for a sink that may have to wait, such as for a server.
        position_before_claim: ``position`` may also be called before ``claim``, and returns what is visible then. A run
            with another model or seed is then refused without disturbing the process that is delivering. The visible
            position may be older than the last commit, or None: in Kafka an open transaction hides what follows it.
        commit_every: the fewest seconds between two commits that suit the destination, if each leaves something behind,
            such as a file. A run commits less often if its own ``--commit-every`` says so.
        on_screen: records go to the terminal, so that nothing else should be drawn there.
    """

    own_thread: bool = False
    position_before_claim: bool = False
    commit_every: float = 0.0
    on_screen: bool = False


class Sink(ABC):
    """What all sinks have in common: they take the batches of one stream, and count what has arrived.

    * A sink is opened once, before the first tick. Whatever can be found wrong at that point (no server, a table with
      other columns, a folder that is not writable) must be raised at that point.
    * ``write`` is called in order of arrival time, from one thread at a time, and never with an empty batch.
    * A batch is delivered or an error is raised; never neither. After an error that is not transient the sink accepts
      no more batches, but can still be ended.
    * Errors are subclasses of ``SinkError``.

    How a sink ends, and when records count as delivered, is up to the two contracts that extend this one.

    Attributes:
        capabilities: what a run may do with the sink; a sink that was opened by its kind has those of the kind.
        identity: of what the sink writes to. No two sinks of a run may write to the same destination. None
            if several may, or if the identity is unknown.
    """

    capabilities = Capabilities()
    identity: DestinationIdentity | None = None

    @abstractmethod
    def write(self, batch: Batch) -> None:
        """Accept one batch."""

    @property
    @abstractmethod
    def delivered(self) -> int:
        """How many records are confirmed by the destination so far."""

    @abstractmethod
    def discard(self) -> None:
        """Release all resources without delivering anything more."""

    def warn_ahead(self, ms: int) -> None:  # noqa: B027 - most destinations take any timestamp
        """Warn if the destination will reject records whose timestamps are up to ``ms`` ahead of the wall clock.

        Called once before the first tick, if the run knows an upper limit for how far ahead its records will be.

        Args:
            ms: that limit, in milliseconds.
        """


class BatchSink(Sink):
    """Delivers batches as they come, without a position: at least once, if a run is resumed.

    Beyond what every :class:`Sink` promises:

    * ``write`` returns when the sink has *accepted* the batch; the sink may keep all or part of it in a buffer of
      bounded size.
    * ``flush`` is called in a run with ``--run-id`` in which other sinks keep positions, each time before these commit.
      A resumed run starts from the committed position, so only what follows is delivered again. ``flush`` returns when
      everything accepted has reached the destination, or raises. A sink that buffers nothing need not implement it.
    * One of three methods ends it. ``close`` is called once at the end of a run, also if the user has stopped it. It
      returns when everything accepted is *delivered*, or raises. ``abandon`` is called instead if the run has failed.
      It does the same, unless the destination should stay as it was: an incomplete file, for example, does not get its
      final name. ``discard`` is called instead if the run never started, because another sink could not be opened.
      Closing again does nothing. A closed sink accepts no batches.
    * Failed batches are not retried. If records did not arrive, ``write``, ``flush`` or ``close`` raises a
      ``DeliveryError`` with counts.

    Not promised: when, between ``write`` and ``flush`` or ``close``, a batch reaches the destination; nor that a killed
    process has delivered what was accepted after the last ``flush``.
    """

    def flush(self) -> None:
        """Deliver everything accepted so far; a process killed after ``flush`` returns has lost none of it."""

    @abstractmethod
    def close(self) -> None:
        """Deliver everything accepted and release all resources; closing again does nothing."""

    def abandon(self) -> None:
        """Release all resources after a failed run: deliver what was accepted, or leave the destination as it was."""
        self.close()

    @property
    def left_unfinished(self) -> str | None:
        """What ``abandon`` left behind, such as the path of an incomplete file; None if nothing."""
        return None

    def discard(self) -> None:
        """Release all resources of a run that never started; the destination stays as it was."""
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
