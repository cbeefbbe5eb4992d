"""The compiled engine: subjects as columns, a window at a time, ranges of subjects on threads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import zip_longest
from operator import itemgetter
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.batch import Batch
from doge_datagen.engine.arriving.arrival_times import ArrivedColumns
from doge_datagen.engine.arriving.spawn_queue import Births, arrivals_of
from doge_datagen.engine.checkpoint import Checkpoint, without_late
from doge_datagen.engine.code_arguments import model_data
from doge_datagen.engine.codegen import Function, starts
from doge_datagen.engine.compiled.build import compiled, without_garbage_collection
from doge_datagen.engine.compiled.counting_sort import CountingSort, Page
from doge_datagen.engine.compiled.event_buffers import EventBuffers, Range, ranges_of, with_fault_of
from doge_datagen.engine.compiled.moment_sort import BirthSort, MomentSort, counted, recount
from doge_datagen.engine.compiled.postponed_events import EarlyNotes, page_of, split
from doge_datagen.engine.compiled.subject_walks import lives_of
from doge_datagen.engine.compiled.text_kernels import decimals, texts
from doge_datagen.engine.compiled.workers import Workers
from doge_datagen.engine.initial_states import Columns, initial_states, with_initial_texts
from doge_datagen.engine.memory import subjects_at_start
from doge_datagen.engine.recording.emission import counted_by, place_of
from doge_datagen.engine.recording.record_batches import RecordAssembler, StreamEvents, TextSources, records_per_window
from doge_datagen.engine.recording.table_records import TableRecords
from doge_datagen.engine.subject_slice import slice_of
from doge_datagen.engine.window import Window
from doge_datagen.engine.window_length import LONGEST, LONGEST_TIMED
from doge_datagen.engine.window_shortening import Reach
from doge_datagen.errors import CalculationError
from doge_datagen.numeric.faults import MESSAGES
from doge_datagen.program.program import Program, purpose

Array = npt.NDArray[Any]
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
        spec = program.spec
        np.empty(LARGEST_KEPT, dtype=np.uint8)
        self.tick = 0
        self.subjects = slice_of(spec, subjects)
        self._program = program
        self._names = list(program.shapes)
        self._clock = program.spec.clock
        self._seed = seed & 0xFFFFFFFF, seed >> 32
        self._tables = TableRecords(program, seed, self.subjects, hidden)
        limits, states, drawn_for = initial_states(spec.population)
        initial = np.array(limits, dtype=np.float64), np.array(states, dtype=np.int64), drawn_for
        slicing = self.subjects.start, self.subjects.step
        times, walk = (spec.clock.ticks, spec.clock.start, spec.clock.tick_ms), purpose(spec.population, "walk")
        self._constant = *times, initial, walk, slicing
        self._data, self._others = model_data(program, seed), ArrivedColumns(program, seed)
        self._go_until(1)
        self._births, self._arrivals = births, arrivals_of(program, seed, self.subjects, births)
        count = subjects_at_start(program, self.subjects)
        self._lives = lives_of(program, count)
        self._ranges, self._threads = ranges_of(self._lives.columns.count, workers), workers
        buckets = max(1, min(LONGEST, TALLIES // (len(self._ranges) * max(1, len(self._names)))))
        # Where nothing ever happens, as in a population that others only draw, nothing is tallied.
        self._longest = buckets if program.timing is None and program.transitions else LONGEST_TIMED
        streams = {name: number for number, name in enumerate(self._names)}
        counted = counted_by(program)
        feeding = [[streams[name] for name in counted[it.transition]] for it in program.ways]
        self._early = EarlyNotes(feeding, len(streams))
        self._furthest, self._latest = (
            0,
            1,
        )  # the tick that some subject was walked to, and the length of the last window
        self._notebooks = [EventBuffers(program) for _ in range(workers)]
        self._free = list(self._notebooks)  # one per thread, so there is always a free one
        self._workers = Workers(workers)
        began = perf_counter()
        with without_garbage_collection():
            self._code = compiled(self._lives.kernel, program.data.rows)
            self._compile()
        self.compiled_in = perf_counter() - began
        try:
            sources = TextSources(subjects=self.subjects, decimals=decimals, lookup=texts)
            if self._arrivals is None:
                self._begin_all()
                sources = with_initial_texts(program, sources, self._fill)
        except CalculationError:
            self.close()
            raise
        self._assemblies = [RecordAssembler(program, shape, sources, hidden) for shape in program.shown_shapes.values()]
        least, many = RECORDS if program.timing is None else RECORDS_TIMED, min(count, 8 * RECORDS)
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
        self._workers.close()

    @property
    def is_settled(self) -> bool:
        """Whether a checkpoint can be taken: no subject was walked beyond the next tick."""
        return self._furthest <= self.tick

    def window(self, end: int, *, with_records: bool = True) -> Window:
        """Simulate up to ``end``, and give the records if ``with_records``; the window may end earlier.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        start, waited = self.tick, self._early.counts()
        end = self._admit(self._end(end))
        self._go_until(end)
        reach = Reach(start, end, [part.last - part.first for part in self._ranges])
        for notebook in self._notebooks:
            notebook.clear(-(-self._rooms * self.records // len(self._notebooks)))
        shift = self._lives.shift(reach.end - start)
        buckets = -(-(reach.end - start) >> shift)
        tallies = np.zeros((len(self._ranges), max(1, len(self._names)), buckets), dtype=np.uint32)
        self._furthest = max(self._furthest, reach.end)
        self._workers.each(partial(self._simulate, reach, shift, tallies), self._ranges)
        self._raise_first(reach.end)
        self.tick, self._latest = reach.end, reach.end - start
        found = self._found(start, shift, tallies)
        events = np.sum([it.counts for it in self._notebooks], axis=0) + waited - self._early.counts()
        batches = self._batches(start, shift, found[: len(self._assemblies)]) if with_records else []
        if self._births is not None:
            self._births.spawn(self._program, self._spawning(start, shift, found[len(self._assemblies) :]))
        rows = self._tables.before(start) if with_records else ()
        return Window(start, self.tick, [*rows, *batches], _by_number(events))

    def checkpoint(self) -> Checkpoint:
        """Everything that the remaining ticks depend on; only possible if the engine is settled."""
        if not self.is_settled:
            raise RuntimeError(f"some subjects were walked to tick {self._furthest}, others to {self.tick}")
        walk, attributes = self._lives.columns.copies(with_gone=self.tick <= self._program.kept_until)
        arrived = 0 if self._arrivals is None else self._arrivals.arrived(self.tick)
        walk = without_late(walk, self._clock, self.tick)
        return Checkpoint(self.tick, self._clock.ticks, walk, attributes, self.subjects, arrived)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same run and slice, whichever engine took it."""
        checkpoint.check_slice(self.subjects)
        self.tick = self._furthest = checkpoint.tick
        self._early.clear()
        for part in self._ranges:
            part.fault[:] = 0
        self._lives.columns.restore(checkpoint.walk, checkpoint.attributes)
        if self._arrivals is not None:
            self._arrivals.go_to(checkpoint.tick, checkpoint.arrived)
            self._ranges = ranges_of(self._lives.columns.count, self._threads)

    def _go_until(self, end: int) -> None:
        """Let the kernel know who of other populations has arrived up to a tick."""
        data = *self._data, *self._others.until(end * self._clock.tick_ms)
        self._time = *self._constant, data

    def _admit(self, end: int) -> int:
        """Make the rows those of the subjects of a window; its end, which is earlier if too many arrive."""
        if self._arrivals is None:
            return end
        columns = self._lives.columns
        arrived = self._arrivals.take(self.tick, end, self.records)
        released = self.tick >= self._program.kept_until and columns.release()
        grown = columns.append(arrived)
        if released or grown:
            self._ranges = with_fault_of(self._ranges, ranges_of(columns.count, self._threads))
        return arrived.end

    def _compile(self) -> None:
        """Compile everything now, by calls with no subjects; otherwise it would happen during the first window."""
        nobody = Range(0, 0, 0)
        if self._arrivals is None:
            self._begin(nobody)
        tallies = np.zeros((len(self._ranges), max(1, len(self._names)), 2), dtype=np.uint32)
        self._simulate(Reach(0, 2, [0]), 0, tallies, nobody)
        pages = zip(*(notebook.pages() for notebook in self._notebooks), strict=True)
        streams = zip(pages, range(len(self._names)), strict=False)
        self._sort([self._order(list(it), tallies[:, stream, :2]) for it, stream in streams])

    def _begin_all(self) -> None:
        self._workers.each(self._begin, self._ranges)
        for part in self._ranges:
            if part.fault[4]:
                number = int(part.fault[3])
                if number < -1:
                    raise self._calculation_error(part, self._lives.place(number))
                name = list(starts(self._program))[number]
                raise self._calculation_error(part, f"subjects.attributes.{name}")

    def _begin(self, part: Range) -> None:
        with self._notebook() as notebook:
            self._code.begin(
                part.first, part.last, self._time, *self._seed, part.fault, self._lives.plan(0),
                self._lives.columns.arrays, self._lives.columns.attributes, notebook.ahead,
            )  # fmt: skip

    def _end(self, end: int) -> int:
        """The latest end of a window that was requested up to a tick."""
        longest = self._longest
        if not self.is_settled:
            # Deliver early events before recording more of them, so that they never become too many.
            crowded = len(self._early) // (2 * self._rooms * self.records + 1)
            furthest = min(self._furthest, self._early.end_of(self.records))
            # A share of the way to them, not of the last window: shares of shares would soon be single ticks.
            longest = min((furthest - self.tick) >> min(2 * crowded, 63), longest, 2 * self._latest)
        return min(end, self.tick + max(1, longest))

    def _simulate(self, reach: Reach, shift: int, tallies: Array, part: Range) -> None:
        first, own = part.first, tallies[part.number]
        arrays, attributes = self._lives.columns.arrays, self._lives.columns.attributes
        with self._notebook() as notebook:
            while True:
                end = min(reach.end, int(part.fault[2])) if part.fault[4] else reach.end
                first = self._code.simulate(
                    first, part.last, reach.start, end, self._time, *self._seed, part.fault, self._lives.plan(shift),
                    arrays, attributes, notebook.for_kernel(), own, notebook.filled, notebook.counts, notebook.ahead,
                    notebook.patience,
                )  # fmt: skip
                if first >= part.last:
                    break
                reach.walked(part.number, first - part.first + self._way_of(first, notebook.patience[1], reach))
                if notebook.is_full:
                    if not reach.is_one_tick:
                        reach.shorten()
                    notebook.allow()
                notebook.grow()
            reach.walked(part.number, part.last - part.first)
            notebook.close(part)

    def _way_of(self, first: int, last: int, reach: Reach) -> float:
        """How far those at which the kernel stopped have got in the window: one, or several side by side; the sum."""
        ticks = self._lives.columns.arrays[0][first : max(first + 1, last)] - reach.start
        return float(np.clip(ticks / (reach.end - reach.start), 0.0, 1.0).sum())

    @contextmanager
    def _notebook(self) -> Iterator[EventBuffers]:
        notebook = self._free.pop()
        try:
            yield notebook
        finally:
            self._free.append(notebook)

    def _raise_first(self, end: int) -> None:
        """Raise the earliest fault before a tick, if there is one: the same that the interpreted engine raises."""
        faulty = [part for part in self._ranges if part.fault[4] and part.fault[2] < end]
        if faulty:
            part = min(faulty, key=lambda it: (it.fault[2], it.fault[1]))
            stream = int(part.fault[5])
            place = self._lives.place(int(part.fault[3]))
            if stream < 0:
                raise self._calculation_error(part, place)
            raise self._calculation_error(part, *place_of(self._program, int(part.fault[3]), place, stream))

    def _calculation_error(self, part: Range, place: str, transition: str | None = None) -> CalculationError:
        _, order, tick, _, code, _ = part.fault.tolist()
        timestamp = self._clock.timestamp(tick)
        subject = self._lives.columns.identity(order)
        return CalculationError(place, MESSAGES[code], subject=subject, timestamp=timestamp, transition=transition)

    def _found(self, start: int, shift: int, tallies: Array) -> list[tuple[list[Page], Array, list[Array]]]:
        """By stream, the pages of the window, its tallies, and the early events that are due; sets new ones aside."""
        pages = [list(of_note) for of_note in zip(*(notebook.pages() for notebook in self._notebooks), strict=True)]
        ticks = self.tick - start
        buckets = -(-ticks >> shift)
        waited = [self._early.due(number, self.tick) for number in range(len(pages))]
        if self.tick < self._furthest:
            for number, of_note in enumerate(pages):
                for place, page in enumerate(of_note):
                    of_note[place], early = split(page, ticks)
                    self._early.add(number, start, early)
                if number < tallies.shape[1] and shift:
                    recount(of_note, shift, tallies[:, number])
        found = list(zip(pages, waited, strict=True))[: len(self._names)]
        return [(it, tallies[:, stream, :buckets], early) for stream, (it, early) in enumerate(found)]

    def _batches(
        self, start: int, shift: int, found: Sequence[tuple[list[Page], Array, list[Array]]]
    ) -> list[tuple[str, Batch]]:
        orders = [self._order(*it, shift=shift, start=start) for it in found]
        self._sort(sorted(orders, key=len, reverse=True))
        parts = [
            (stream, *rows)
            for stream, order in enumerate(orders)
            for rows in order.parts(self._assemblies[stream].rows)
        ]
        largest_first = sorted(
            parts, key=lambda part: part[1] - part[2]
        )  # so that all threads finish at about the same time
        batches = self._workers.each(lambda part: self._batch(start, orders[part[0]], *part), largest_first)
        made = dict(zip(largest_first, batches, strict=True))
        return [(self._names[part[0]], made[part]) for part in parts]

    def _spawning(
        self, start: int, shift: int, found: Sequence[tuple[list[Page], Array, list[Array]]]
    ) -> dict[str, StreamEvents]:
        """The events that spawn, by the name of what they are recorded for, in order."""
        orders = [self._order(*it, shift=shift, start=start) for it in found]
        self._sort(orders)
        names = self._names[len(self._assemblies) :]
        return {name: self._events(start, it, 0, len(it)) for name, it in zip(names, orders, strict=True) if len(it)}

    def _order(
        self, pages: list[Page], tallies: Array, early: Sequence[Array] = (), shift: int = 0, start: int = 0
    ) -> CountingSort:
        """The events of a stream, still to be sorted, with early ones that are due."""
        if early:
            pages = [*pages, page_of(early, start, len(tallies))]
            tallies = np.vstack([tallies, counted(pages[-1][0][0], shift, tallies.shape[1])])
        elif self._program.timing is None:
            return CountingSort(pages, tallies)
        return (BirthSort if self._program.depth else MomentSort)(pages, tallies, shift)

    def _sort(self, orders: Sequence[CountingSort]) -> None:
        for steps in zip_longest(*(order.steps for order in orders)):
            jobs = [
                (number, step) for it, step in zip(orders, steps, strict=True) if step for number in range(it.pages)
            ]
            # One buffer after the other, so that threads rarely write to the same stream and the same cache lines.
            self._workers.each(self._put, sorted(jobs, key=itemgetter(0)))

    def _put(self, part: tuple[int, Callable[[int], None]]) -> None:
        number, step = part
        step(number)

    def _batch(self, start: int, order: CountingSort, stream: int, first: int, last: int) -> Batch:
        return self._assemblies[stream].batch(self._events(start, order, first, last))

    def _events(self, start: int, order: CountingSort, first: int, last: int) -> StreamEvents:
        subjects, ways, *columns = (column[first:last] for column in order.columns)
        times = order.times(first, last, self._clock.timestamp(start), self._clock.tick_ms)
        return StreamEvents(times, subjects, ways, columns)

    def _fill(self, attribute: str, _: Function, columns: Columns) -> None:
        part, everybody = self._ranges[0], len(self.subjects)
        fill = getattr(self._code, f"texts_{attribute}")
        fill(0, everybody, self._time, *self._seed, part.fault, self._lives.columns.attributes, tuple(columns))
        if part.fault[4]:
            raise self._calculation_error(part, f"subjects.attributes.{attribute}")


def _by_number(events: Array) -> dict[int, int]:
    return dict(enumerate(events.tolist()))
