"""The sinks of a run: batches handed on to them, positions committed, what is transient tried again."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import monotonic

from doge_datagen.batch import Batch
from doge_datagen.engine.records import schema_of
from doge_datagen.errors import ReaderGoneError, SinkError
from doge_datagen.model.destination import Destination
from doge_datagen.program.program import Program
from doge_datagen.run.retry import Retry
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.signals import uninterrupted
from doge_datagen.run.sink_lifecycle import discarding
from doge_datagen.run.threaded_sink import ThreadedSink
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.conflicts import check_apart, check_open_apart
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.transactional import CommittingSink, Position, ReadablePositionSink

log = logging.getLogger(__name__)

SinkOrDestination = Destination | BatchSink
HELD, HELD_BYTES = 2**20, 2**27
"""Records, and the memory they take, that wait to be committed at most, about, of one stream."""


def opened(
    program: Program, destinations: Mapping[str, SinkOrDestination], how: RunConfig, retry: Retry
) -> dict[str, BatchSink]:
    """The sinks by stream, all open; where one cannot be, those that were opened leave their places as they were.

    Raises:
        ModelError: a place makes no sense, or two streams go to one.
        MissingDriverError: a package is missing.
        SinkError: a place cannot be had.
    """
    check_apart(destinations)
    made: dict[str, BatchSink] = {}
    with discarding(made):
        for stream, place in destinations.items():
            if isinstance(place, Destination):
                schema, keyed = schema_of(program.shapes[stream]), program.shapes[stream].key is not None
                opening = partial(open_sink, place, stream, schema, keyed=keyed, run_id=how.run_id, patience=retry)
                sink = retry.until_done(opening)
                made[stream] = ThreadedSink(sink) if _is_for_a_thread(sink, how) else sink
        check_open_apart(made, destinations)
    return {stream: made[stream] if isinstance(it, Destination) else it for stream, it in destinations.items()}


def _is_for_a_thread(sink: BatchSink, how: RunConfig) -> bool:
    """Whether its batches may wait; not in a run with a pace, which asks how late records are with the sinks."""
    return sink.own_thread and how.paced is None and not isinstance(sink, CommittingSink)


def open_sinks(destinations: Mapping[str, SinkOrDestination]) -> dict[str, BatchSink]:
    """Those of the sinks by stream that are not opened by the run."""
    return {stream: it for stream, it in destinations.items() if not isinstance(it, Destination)}


class Delivery:
    """What the sinks of a run have, and how far they are.

    Args:
        sinks: by stream, open.
        commit_every: seconds between commits.
        retry: for what is transient.
        now: a clock, in seconds.

    Attributes:
        sinks: by stream.
        generated: by stream, the records that were handed on.
        positions: by stream, the ticks whose records are there already.
        reader_gone: what the first sink raised whose reader has gone; None where none has.
    """

    def __init__(
        self,
        sinks: Mapping[str, BatchSink],
        commit_every: float,
        retry: Retry,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.sinks = sinks
        self.generated: Counter[str] = Counter()
        self.reader_gone: ReaderGoneError | None = None
        self.positions = dict.fromkeys(sinks, 0)
        self._committing = {stream: it for stream, it in sinks.items() if isinstance(it, CommittingSink)}
        self._begun: set[str] = set()  # the streams whose places have a position
        self._every = commit_every
        self._retry = retry
        self._now = now
        self._committed_at = now()

    def seen(self) -> dict[str, Position]:
        """How far the run is at each place that says so without being claimed; those where it is at all.

        Raises:
            SinkError: it cannot be seen.
        """
        return self._found(
            [stream for stream, sink in self._committing.items() if isinstance(sink, ReadablePositionSink)]
        )

    def claimed(self) -> dict[str, Position]:
        """Claim all places for this process alone, then see how far the run is at each; those where it is at all.

        Raises:
            SinkError: another process is at work, or it cannot be seen.
        """
        for sink in self._committing.values():
            self._retry.until_done(sink.claim)
        return self._found(self._committing)

    def strange(self, positions: Container[str]) -> list[str]:
        """The places that have records but, unlike those of the streams in ``positions``, no position of this run.

        Raises:
            SinkError: a place cannot be asked.
        """
        missing = [sink for stream, sink in self._committing.items() if stream not in positions]
        return [sink.place for sink in missing if self._retry.until_done(sink.has_records)]

    def begin(self, positions: Mapping[str, int], ticks: int) -> None:
        """Go on at these positions; what keeps none goes on where the one that is furthest behind does.

        Args:
            positions: by stream, of the sinks that keep one.
            ticks: the last tick's number and one: nothing is after it.
        """
        kept = {stream: min(positions.get(stream, 0), ticks) for stream in self._committing}
        self.positions = dict.fromkeys(self.sinks, min(kept.values(), default=0)) | kept
        self._begun = set(positions)

    def warn_ahead(self, ms: int) -> None:
        """Have each sink warn whose place will refuse records that are so far ahead of the wall clock."""
        for sink in self.sinks.values():
            sink.warn_ahead(ms)

    @property
    def commits(self) -> bool:
        """Whether records are at their places only once they are committed."""
        return bool(self._committing)

    @property
    def first_tick(self) -> int:
        """From which on there is something to hand on."""
        return min(self.positions.values(), default=0)

    @property
    def arrived(self) -> int:
        """The ticks that all sinks have which keep a position."""
        return min((self.positions[stream] for stream in self._committing), default=0)

    def takes(self, stream: str, tick: int) -> bool:
        """Whether records of this tick go to the stream's sink: it has one, and they are not there already."""
        return stream in self.sinks and tick >= self.positions[stream]

    def write(self, stream: str, batch: Batch) -> None:
        """Hand a batch on; that a reader has gone is noted, so that the other sinks still get the whole window.

        Raises:
            SinkError: it cannot be delivered.
        """
        self.generated[stream] += len(batch)
        try:
            self.sinks[stream].write(batch)
        except ReaderGoneError as error:
            self.reader_gone = self.reader_gone or error

    def commit_in_time(self, ticks: int, of: str) -> bool:
        """Commit where it is time, or much is held; whether it was. What could not be written meanwhile is told.

        Args:
            ticks: that were handed on, each of them whole.
            of: the identity of the run.

        Raises:
            SinkError: as :meth:`commit` and :meth:`write`.
        """
        for sink in self.sinks.values():
            if isinstance(sink, ThreadedSink):
                sink.see()
        full = any(sink.held >= HELD or sink.held_bytes >= HELD_BYTES for sink in self._committing.values())
        now = full or self._now() >= self._committed_at + self._every
        if now:
            self.commit(ticks, of)
        return now

    def commit(self, ticks: int, of: str) -> None:
        """Commit what was handed on, and the position; before that what keeps no position is flushed.

        Those that may have a thread of their own begin at once; the others commit here, one after the other. None is at
        work when this ends. Where several fail, the others are notes on the error of the first.

        Raises:
            SinkError: one of them cannot, for good, or patience is over.
        """
        if self.commits:
            for stream in self.at_least_once():
                self.sinks[stream].flush()
        due = [it for it in self._committing if ticks > self.positions[it] or it not in self._begun]
        self._commit_all(due, Position(ticks, of))
        self._committed_at = self._now()

    def committed(self) -> dict[str, int]:
        """By stream, the position of each sink that keeps one."""
        return {stream: self.positions[stream] for stream in self._committing}

    def delivered(self) -> dict[str, int]:
        """By stream, the records confirmed at their places."""
        return {stream: sink.delivered for stream, sink in self.sinks.items()}

    def at_least_once(self) -> list[str]:
        """The streams whose places keep no position."""
        return [stream for stream in self.sinks if stream not in self._committing]

    def _commit_all(self, streams: Sequence[str], position: Position) -> None:
        begun: dict[str, Future[None]] = {}
        threads = ThreadPoolExecutor(max(1, len(streams)), "doge-commit")
        try:
            for stream in streams:
                if self._committing[stream].own_thread:
                    begun[stream] = threads.submit(self._commit, stream, position)
            for stream in streams:
                self._retry.until_done(partial(self._committed_by_now, stream, position, begun))
        except SinkError as error:
            for another in filter(None, (it.exception() for it in begun.values())):
                error.add_note(f"and {another}")
            raise
        finally:
            uninterrupted(threads.shutdown)

    def _committed_by_now(self, stream: str, position: Position, begun: dict[str, Future[None]]) -> None:
        """See how the commit went that was begun, or make one."""
        if stream in begun:
            begun.pop(stream).result()
        else:
            self._commit(stream, position)

    def _commit(self, stream: str, position: Position) -> None:
        self._committing[stream].commit(position)
        self.positions[stream] = position.ticks
        self._begun.add(stream)

    def _found(self, streams: Iterable[str]) -> dict[str, Position]:
        found = {stream: self._retry.until_done(self._committing[stream].position) for stream in streams}
        return {stream: position for stream, position in found.items() if position is not None}
