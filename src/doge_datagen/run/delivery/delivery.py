"""Delivers batches to the sinks of a run and commits their positions, retrying transient errors."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import monotonic

from doge_datagen.batch import Batch
from doge_datagen.errors import ReaderGoneError
from doge_datagen.run.delivery.retry import Retry
from doge_datagen.run.delivery.sink_lifecycle import OpenSink
from doge_datagen.run.delivery.threaded_sink import ThreadedSink
from doge_datagen.run.signals import uninterrupted
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.transactional import CommittingSink, Position

log = logging.getLogger(__name__)

# A limit, as a run without a pace makes millions of records per second, and a commit may have to be retried for a
# minute.
HELD, HELD_BYTES = 2**20, 2**27


class Delivery:
    """The open sinks of a run, and the position of each.

    A position is a number of ticks: the records of all ticks before it are committed at the destination.

    Args:
        sinks: by stream, open.
        commit_every: seconds between commits; longer if that suits a destination better.
        retry: the retry loop for transient errors.
        now: a clock, in seconds.
        held: how many uncommitted records one stream may have before a commit is due.
        held_bytes: how many bytes of them, approximately.

    Attributes:
        sinks: by stream.
        emitted: by stream, how many records were passed to its sink.
        positions: by stream, its position.
        reader_gone: the error of the first sink whose reader has gone away; None if there is none.
    """

    def __init__(
        self,
        sinks: Mapping[str, OpenSink],
        commit_every: float,
        retry: Retry,
        now: Callable[[], float] = monotonic,
        *,
        held: int = HELD,
        held_bytes: int = HELD_BYTES,
    ) -> None:
        self.sinks = sinks
        self.emitted: Counter[str] = Counter()
        self.reader_gone: ReaderGoneError | None = None
        self.positions = dict.fromkeys(sinks, 0)
        self._committing = {stream: it for stream, it in sinks.items() if isinstance(it, CommittingSink)}
        # A position of 0 ticks and no position are different: the latter is still to be written, even if nothing is
        # left to do.
        self._begun: set[str] = set()  # the streams whose destinations have a position of this run
        self._every = max([commit_every, *(it.capabilities.commit_every for it in self._committing.values())])
        self._retry = retry
        self._now = now
        self._held, self._held_bytes = held, held_bytes
        self._committed_at = now()

    def positions_before_claim(self) -> dict[str, Position]:
        """The positions that can be read without claiming their destinations, by stream; new destinations have none.

        Raises:
            SinkError: a position cannot be read.
        """
        return self._found(
            [stream for stream, sink in self._committing.items() if sink.capabilities.position_before_claim]
        )

    def claim(self) -> dict[str, Position]:
        """Claim all destinations for this process, then read their positions, by stream; new destinations have none.

        Raises:
            SinkError: another process is running this run, or a position cannot be read.
        """
        for sink in self._committing.values():
            # All claims before any position is read: only then nobody else can change one, and the lowest of them stays
            # the lowest.
            self._retry.until_done(sink.claim)
        return self._found(self._committing)

    def with_records_only(self, positions: Container[str]) -> list[str]:
        """The destinations that have records but no position of this run: those of streams not in ``positions``.

        Raises:
            SinkError: a destination cannot be queried.
        """
        missing = [sink for stream, sink in self._committing.items() if stream not in positions]
        return [sink.destination for sink in missing if self._retry.until_done(sink.has_records)]

    def begin(self, positions: Mapping[str, int], ticks: int) -> None:
        """Start from these positions; a sink that keeps none starts from the lowest of the others.

        Args:
            positions: by stream, of the sinks that keep one.
            ticks: the number of ticks in the run, which no position exceeds.
        """
        # A run may have been longer before; what is beyond its end now is there already, and no tick of it is
        # simulated.
        kept = {stream: min(positions.get(stream, 0), ticks) for stream in self._committing}
        # From the lowest, so that a sink without a position gets every record at least once, some of them twice.
        self.positions = dict.fromkeys(self.sinks, min(kept.values(), default=0)) | kept
        self._begun = set(positions)

    def warn_ahead(self, ms: int) -> None:
        """Let each sink warn if its destination rejects records dated so far ahead of the wall clock."""
        for sink in self.sinks.values():
            sink.warn_ahead(ms)

    @property
    def commits(self) -> bool:
        """Whether some sink delivers its records only when it commits."""
        return bool(self._committing)

    @property
    def first_tick(self) -> int:
        """The first tick that some sink does not have yet."""
        return min(self.positions.values(), default=0)

    @property
    def lowest_committed(self) -> int:
        """The lowest position of the sinks that keep one."""
        return min((self.positions[stream] for stream in self._committing), default=0)

    def needs(self, stream: str, tick: int) -> bool:
        """Whether the stream has a sink that does not have the records of this tick yet."""
        return stream in self.sinks and tick >= self.positions[stream]

    def write(self, stream: str, batch: Batch) -> None:
        """Pass a batch to its sink.

        A reader that has gone away is recorded in ``reader_gone`` and not raised, so that the other sinks still get the
        whole window.

        Raises:
            SinkError: it cannot be delivered.
        """
        # Before writing: a batch that fails was emitted, and is among the missing in the summary.
        self.emitted[stream] += len(batch)
        try:
            self.sinks[stream].write(batch)
        except ReaderGoneError as error:
            self.reader_gone = self.reader_gone or error

    def commit_in_time(self, ticks: int, of: str) -> bool:
        """Commit if a commit is due: enough time has passed, or many records wait; True if it did.

        Errors of sinks that write on a thread of their own are raised here too.

        Args:
            ticks: the number of ticks that were delivered completely.
            of: the identity of the run.

        Raises:
            SinkError: as :meth:`commit` and :meth:`write`.
        """
        for sink in self.sinks.values():
            if isinstance(sink, ThreadedSink):
                # Before the commit: what another sink could not write must not be behind a committed position.
                sink.check()
        # One full sink commits all of them, so that the lowest position, from which a run resumes, never lags far
        # behind.
        full = any(sink.held >= self._held or sink.held_bytes >= self._held_bytes for sink in self._committing.values())
        now = full or self._now() >= self._committed_at + self._every
        if now:
            self.commit(ticks, of)
        return now

    def commit(self, ticks: int, of: str) -> None:
        """Commit the delivered records together with the new position; sinks that keep no position are flushed first.

        The flush comes first because a run resumes at the committed position: records of the other sinks that were lost
        before it would never be delivered.

        Sinks that allow it commit on threads of their own, the others one after the other on this thread. All of them
        have finished when this returns. If several fail, the other errors are added as notes to the first.

        Args:
            ticks: the number of ticks that were delivered completely.
            of: the identity of the run.

        Raises:
            SinkError: a commit failed with a permanent error, or its retries are used up.
        """
        if self.commits:
            for sink in self.sinks.values():
                if isinstance(sink, BatchSink):
                    sink.flush()
        # Sinks at this position already, such as those ahead of the others after a crash, have nothing to commit.
        due = [it for it in self._committing if ticks > self.positions[it] or it not in self._begun]
        self._commit_all(due, Position(ticks, of))
        # From its end: if commits take longer than the interval, there is still something else between two of them.
        self._committed_at = self._now()

    def committed(self) -> dict[str, int]:
        """By stream, the position of each sink that keeps one."""
        return {stream: self.positions[stream] for stream in self._committing}

    def delivered(self) -> dict[str, int]:
        """By stream, how many records its destination has confirmed."""
        return {stream: sink.delivered for stream, sink in self.sinks.items()}

    def at_least_once(self) -> list[str]:
        """The streams whose sinks keep no position."""
        return [stream for stream in self.sinks if stream not in self._committing]

    def _commit_all(self, streams: Sequence[str], position: Position) -> None:
        begun: dict[str, Future[None]] = {}
        # Made for each commit: idle threads would outlive an error, and one that is made takes far less time than a
        # commit.
        threads = ThreadPoolExecutor(max(1, len(streams)), "doge-commit")
        try:
            for stream in streams:
                if self._committing[stream].capabilities.own_thread:
                    begun[stream] = threads.submit(self._commit, stream, position)
            # In the order of the streams and not of completion: which error is raised does not depend on the machine.
            for stream in streams:
                self._retry.until_done(partial(self._committed_by_now, stream, position, begun))
        except Exception as error:
            for another in filter(None, (it.exception() for it in begun.values())):
                error.add_note(f"and {another}")
            raise
        finally:
            # Even after an error or Ctrl-C: a sink must not be closed while a thread is committing to it.
            uninterrupted(threads.shutdown)

    def _committed_by_now(self, stream: str, position: Position, begun: dict[str, Future[None]]) -> None:
        """Wait for the commit that a thread has begun; if there is none, or it has failed before, commit here."""
        if stream in begun:
            # Popped, so that a retry commits here: the thread is done, and its error was taken.
            begun.pop(stream).result()
        else:
            self._commit(stream, position)

    def _commit(self, stream: str, position: Position) -> None:
        self._committing[stream].commit(position)
        # After the commit only: positions decide which checkpoint may be saved, and that must never be newer than the
        # data.
        self.positions[stream] = position.ticks
        self._begun.add(stream)

    def _found(self, streams: Iterable[str]) -> dict[str, Position]:
        found = {stream: self._retry.until_done(self._committing[stream].position) for stream in streams}
        return {stream: position for stream, position in found.items() if position is not None}
