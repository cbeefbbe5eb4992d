"""The compiled engine: subjects as columns, a window at a time, ranges of subjects on threads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from time import perf_counter

import numpy as np

from doge_datagen.batch import Batch
from doge_datagen.engine.arriving.spawn_queue import Births, arrivals_of
from doge_datagen.engine.checkpoint import Checkpoint, without_late
from doge_datagen.engine.compiled.counting_sort import CountingSort
from doge_datagen.engine.compiled.event_order import EventOrder, OfStream, Recorded
from doge_datagen.engine.compiled.generated_module import without_garbage_collection
from doge_datagen.engine.compiled.kernel_runner import KernelRunner
from doge_datagen.engine.compiled.text_kernels import decimals, texts
from doge_datagen.engine.initial_states import with_initial_texts
from doge_datagen.engine.memory_check import subjects_at_start
from doge_datagen.engine.recording.record_batches import RecordAssembler, StreamEvents, TextSources, records_per_window
from doge_datagen.engine.recording.table_records import TableRecords
from doge_datagen.engine.subject_slice import slice_of
from doge_datagen.engine.window import LONGEST, LONGEST_TIMED, Window
from doge_datagen.errors import CalculationError
from doge_datagen.program.program import Program

RECORDS = 2**19  # how many a window should hold, of all streams together; more if there are many subjects
RECORDS_TIMED = 2**17
"""The same where things happen at moments: what decides their order then fits the cache of a core. Buffers have as much
room as for other models: how much happens depends on the hour, and a window with more records than usual costs less
than one that is shortened."""
LARGEST_KEPT = 31 * 2**20
"""Bytes that are allocated and freed once at the start. After that, the C library keeps freed blocks of up to this size
for the next window. Otherwise it returns them to the system each time, page by page, and threads have to wait."""
TALLIES = 2**24  # the most tallies of a window, which has one for each range of subjects, stream and tick


class CompiledEngine:
    """Runs a program compiled by Numba.

    In each window, threads take ranges of subjects, walk every subject through the whole window, and record events in
    buffers. Then the events of all buffers are sorted by time and assembled into batches.

    Attributes:
        tick: the next tick to simulate.
        records: how many records a window should hold, of all streams together; it never holds more than a few times
            as many, unless it is a single tick.
        compiled_in: seconds that it took to compile the model, or to load it if it was compiled before.
        subjects: the indexes of the subjects that are simulated.

    Args:
        program: the model.
        seed: 64 bits.
        workers: how many threads share the work; the records do not depend on it.
        hidden: the hidden columns that the batches need.
        subjects: the slice of subjects to simulate; all of them by default.
        births: takes those who are spawned to the engine of their population; None if nobody is.

    Raises:
        MissingDriverError: Numba is not installed.
        ValueError: the slice is not one of the model's subjects.
    """

    def __init__(
        self,
        program: Program,
        seed: int,
        workers: int = 1,
        *,
        hidden: Collection[str] = (),
        subjects: range | None = None,
        births: Births | None = None,
    ) -> None:
        # Only to set the threshold of the C library's allocator; see LARGEST_KEPT.
        np.empty(LARGEST_KEPT, dtype=np.uint8)
        self.tick = 0
        self.subjects = slice_of(program.spec, subjects)
        self._program, self._clock = program, program.spec.clock
        self._names = list(program.shapes)
        self._tables = TableRecords(program, seed, self.subjects, hidden)
        self._runner = KernelRunner(program, seed, self.subjects, workers)
        self._order = EventOrder(program, self._runner.workers)
        self._births, self._arrivals = births, arrivals_of(program, seed, self.subjects, births)
        buckets = max(1, min(LONGEST, TALLIES // (len(self._runner.ranges) * max(1, len(self._names)))))
        # Where nothing ever happens, as in a population that others only draw, nothing is tallied.
        self._longest = buckets if program.timing is None and program.transitions else LONGEST_TIMED
        self._furthest = 0  # the tick up to which some subject was walked
        self._latest = 1  # the length of the last window
        began = perf_counter()
        # Compiled before the first window, so that its time is reported as such and no window is slow.
        with without_garbage_collection():
            nothing = self._runner.compile()
            self._order.sorted(self._order.streams(nothing, self._furthest), nothing)
        self.compiled_in = perf_counter() - began
        try:
            sources = TextSources(subjects=self.subjects, decimals=decimals, lookup=texts)
            if self._arrivals is None:
                self._runner.begin()
                sources = with_initial_texts(program, sources, self._runner.fill)
        except CalculationError:
            self.close()
            raise
        self._assemblies = [RecordAssembler(program, shape, sources, hidden) for shape in program.shown_shapes.values()]
        # At least as many records as some subjects: a window costs a look at each row, whether it wakes or not.
        many = min(subjects_at_start(program, self.subjects), 8 * RECORDS)
        least = RECORDS if program.timing is None else RECORDS_TIMED
        self.records = records_per_window(max(least, many), self._assemblies)
        self._rooms = 2 * records_per_window(max(RECORDS, many), self._assemblies) // self.records

    @property
    def compiling(self) -> bool:
        """Always False: it was compiled before the run."""
        return False

    @property
    def used(self) -> str:
        """A description of what has run so far."""
        return "compiled"

    def close(self) -> None:
        """End the threads."""
        self._runner.workers.close()

    @property
    def is_settled(self) -> bool:
        """Whether a checkpoint can be taken: no subject was walked beyond the next tick."""
        return self._furthest <= self.tick

    def window(self, end: int, *, with_records: bool = True) -> Window:
        """Simulate up to ``end``, and give the records if ``with_records``; the window may end earlier.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        start, waited = self.tick, self._order.early.counts()
        # The rows of all who arrive come first, since too many of them shorten the window.
        end = self._admit(self._end(end))
        # Before anybody is walked: if the window is shortened, some have been walked up to here.
        self._furthest = max(self._furthest, end)
        recorded = self._runner.walk(start, end, self._rooms * self.records)
        streams, shown = self._order.streams(recorded, self._furthest), len(self._assemblies)
        # Kernels have counted early events, too; they count in the window that they belong to.
        events = self._runner.counts + waited - self._order.early.counts()
        # Even without records: children live on in the engine of their population. And even if there is a fault: one of
        # a child may be earlier.
        if self._births is not None:
            self._births.spawn(self._program, self._spawning(recorded, streams[shown:]))
        self._runner.raise_fault(recorded.end)
        self.tick, self._latest = recorded.end, recorded.end - start
        batches = self._batches(recorded, streams[:shown]) if with_records else []
        # Rows of tables come before any event that may refer to them.
        rows = self._tables.before(start) if with_records else ()
        return Window(start, self.tick, [*rows, *batches], dict(enumerate(events.tolist())))

    def checkpoint(self) -> Checkpoint:
        """Everything that the remaining ticks depend on; only possible if the engine is settled."""
        if not self.is_settled:
            raise RuntimeError(f"some subjects were walked to tick {self._furthest}, others to {self.tick}")
        walk, attributes = self._runner.columns.copies(with_gone=self.tick <= self._program.kept_until)
        arrived = 0 if self._arrivals is None else self._arrivals.arrived(self.tick)
        walk = without_late(walk, self._clock, self.tick)
        return Checkpoint(self.tick, self._clock.ticks, walk, attributes, self.subjects, arrived)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same run and slice, whichever engine took it."""
        checkpoint.check_slice(self.subjects)
        self.tick = self._furthest = checkpoint.tick
        self._order.early.clear()
        self._runner.restore(checkpoint.walk, checkpoint.attributes)
        if self._arrivals is not None:
            self._arrivals.go_to(checkpoint.tick, checkpoint.arrived)

    def _admit(self, end: int) -> int:
        """Make the rows those of the subjects of a window; its end, which is earlier if too many arrive."""
        if self._arrivals is None:
            return end
        columns = self._runner.columns
        arrived = self._arrivals.take(self.tick, end, self.records)
        # Others can still name those who leave during a warm-up, so their rows stay until it is over.
        released = self.tick >= self._program.kept_until and columns.release()
        grown = columns.append(arrived)
        if released or grown:
            self._runner.divide()
        return arrived.end

    def _end(self, end: int) -> int:
        """The latest end of a window that was requested up to a tick."""
        longest, early = self._longest, self._order.early
        if not self.is_settled:
            # Deliver early events before recording more of them, so that they never become too many.
            crowded = len(early) // (2 * self._rooms * self.records + 1)
            furthest = min(self._furthest, early.end_of(self.records))
            # A share of the way to them, not of the last window: shares of shares would soon be single ticks.
            longest = min((furthest - self.tick) >> min(2 * crowded, 63), longest, 2 * self._latest)
        return min(end, self.tick + max(1, longest))

    def _batches(self, recorded: Recorded, streams: Sequence[OfStream]) -> list[tuple[str, Batch]]:
        """The records of a window, stream by stream."""
        orders = self._order.sorted(streams, recorded)
        parts = [
            (stream, *rows)
            for stream, order in enumerate(orders)
            for rows in order.parts(self._assemblies[stream].rows)
        ]
        # The largest first, so that all threads finish at about the same time.
        largest_first = sorted(parts, key=lambda part: part[1] - part[2])
        workers = self._runner.workers
        batches = workers.each(lambda part: self._batch(recorded.start, orders[part[0]], *part), largest_first)
        made = dict(zip(largest_first, batches, strict=True))
        return [(self._names[part[0]], made[part]) for part in parts]

    def _batch(self, start: int, order: CountingSort, stream: int, first: int, last: int) -> Batch:
        return self._assemblies[stream].batch(self._events(start, order, first, last))

    def _spawning(self, recorded: Recorded, streams: Sequence[OfStream]) -> dict[str, StreamEvents]:
        """The events that spawn, by the name of what they are recorded for, in order."""
        names = self._names[len(self._assemblies) :]
        found = zip(names, self._order.sorted(streams, recorded), strict=True)
        return {name: self._events(recorded.start, it, 0, len(it)) for name, it in found if len(it)}

    def _events(self, start: int, order: CountingSort, first: int, last: int) -> StreamEvents:
        subjects, ways, *columns = (column[first:last] for column in order.columns)
        times = order.times(first, last, self._clock.timestamp(start), self._clock.tick_ms)
        return StreamEvents(times, subjects, ways, columns)
