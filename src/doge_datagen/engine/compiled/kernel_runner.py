"""Runs a model's kernel over the subjects of a slice: threads take ranges of them, each with buffers of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.arriving.arrived_so_far import ArrivedColumns
from doge_datagen.engine.code_arguments import model_data
from doge_datagen.engine.codegen import Function, assigned, starts
from doge_datagen.engine.compiled.event_buffers import (
    NUMBER,
    STREAM,
    TICK,
    EventBuffers,
    Range,
    ranges_of,
    with_fault_of,
)
from doge_datagen.engine.compiled.event_order import Recorded
from doge_datagen.engine.compiled.generated_module import compiled
from doge_datagen.engine.compiled.kernel_source import kernel
from doge_datagen.engine.compiled.subject_columns import SubjectColumns
from doge_datagen.engine.compiled.timed_kernel_source import timed_kernel
from doge_datagen.engine.compiled.workers import Workers
from doge_datagen.engine.initial_states import Columns, initial_states, machine_of, transition_label
from doge_datagen.engine.memory_check import subjects_at_start
from doge_datagen.engine.recording.emission import path_of
from doge_datagen.engine.waiting.timing_source import TimingSource
from doge_datagen.engine.waiting.transition_plan import plan, plan_arrays
from doge_datagen.engine.window import WindowEnd
from doge_datagen.errors import CalculationError
from doge_datagen.program.fault_messages import path_of_fault, problem_of_fault
from doge_datagen.program.program import Program, purpose

BUCKETS = 2**16
"""How many buckets the events of a window are counted in, if its ticks are many more than its events."""


class Kernel(Protocol):
    """The state of all subjects, and how they are walked.

    Attributes:
        source: the source code of the kernel.
        columns: what is kept of each subject.
    """

    source: str
    columns: SubjectColumns

    def plan(self, shift: int) -> tuple[Any, ...]:
        """What the kernel looks up; ``shift`` says that a bucket of its tallies has 2**shift ticks."""

    def shift(self, ticks: int) -> int:
        """The shift for a window of so many ticks."""

    def end_at(self, tick: int) -> int:
        """Up to which tick the other subjects of a range are walked if one has failed at a tick."""

    def path(self, location: int) -> str:
        """The location in the model of a fault: a transition, or an expression."""


class TickKernel:
    """Subjects whose transitions have constant probabilities per tick: how they wait is known before the run."""

    def __init__(self, program: Program, count: int) -> None:
        spec = program.spec
        machine, numbers = machine_of(spec.population, spec.population.transitions)
        self.source = kernel(program)
        self._spec = spec
        self._plan = tuple(plan_arrays(plan(machine), numbers))
        self.columns = SubjectColumns(program, count)

    def plan(self, _shift: int) -> tuple[Any, ...]:
        """The plan as arrays."""
        return self._plan

    def shift(self, ticks: int) -> int:
        """0, as windows have few ticks; if nothing ever happens they have many, and one bucket."""
        return 0 if self._spec.population.events else ticks.bit_length()

    def end_at(self, tick: int) -> int:
        """That tick: subjects are walked in their order, so no other fault in it would be reported."""
        return tick

    def path(self, location: int) -> str:
        """The transition with this number."""
        return transition_label(self._spec.population, location)


class TimedKernel:
    """Subjects that do something at any moment: how they wait is calculated while they are walked."""

    def __init__(self, program: Program, count: int) -> None:
        timing = program.timing
        assert timing is not None  # noqa: S101 - the caller has checked it; for the type checker
        self._source = TimingSource(timing, assigned(program))
        self._spec = program.spec
        self.source = timed_kernel(program, timing, self._source)
        self.columns = SubjectColumns(program, count)

    def plan(self, shift: int) -> tuple[Any, ...]:
        """Only the shift: the rest is code."""
        return (shift,)

    def shift(self, ticks: int) -> int:
        """The smallest shift with at most ``BUCKETS`` buckets."""
        # A power of two, because a shift is what the kernel does for each event.
        return max(0, (ticks - 1).bit_length() - (BUCKETS - 1).bit_length())

    def end_at(self, tick: int) -> int:
        """The next: a subject that comes first may fail at the same moment, and is walked later."""
        return tick + 1

    def path(self, location: int) -> str:
        """The transition with this number, or the expression of the timing that a negative number names."""
        return self._source.path_of(location) if location < 0 else transition_label(self._spec.population, location)


def kernel_of(program: Program, count: int) -> Kernel:
    """So many subjects of a program."""
    return TickKernel(program, count) if program.timing is None else TimedKernel(program, count)


Array = npt.NDArray[Any]  # Any: of different sizes


class KernelRunner:
    """The kernel of a model with all that it reads and writes.

    Attributes:
        ranges: the ranges of subjects that threads take.
        buffers: those of each thread.
        workers: the threads.

    Args:
        program: the model.
        seed: 64 bits.
        subjects: the slice of subjects.
        threads: how many threads share the work.

    Raises:
        CalculationError: when others arrive whom the model draws cannot be calculated.
    """

    def __init__(self, program: Program, seed: int, subjects: range, threads: int) -> None:
        spec = program.spec
        self._program, self._subjects, self._clock = program, subjects, spec.clock
        self._key = seed & 0xFFFFFFFF, seed >> 32
        limits, states, drawn_for = initial_states(spec.population)
        initial = np.array(limits, dtype=np.float64), np.array(states, dtype=np.int64), drawn_for
        times, walk = (spec.clock.ticks, spec.clock.start, spec.clock.tick_ms), purpose(spec.population, "walk")
        self._constant = *times, initial, walk, (subjects.start, subjects.step)
        self._data, self._others = model_data(program, seed), ArrivedColumns(program, seed)
        # First values may draw from who has arrived, and they are calculated at tick 0.
        self._go_until(1)
        self._kernel = kernel_of(program, subjects_at_start(program, subjects))
        self.ranges, self._threads = ranges_of(self.columns.count, threads), threads
        self.buffers = [EventBuffers(program) for _ in range(threads)]
        self._free = list(self.buffers)  # one per thread, so there is always a free one
        self.workers = Workers(threads)

    @property
    def columns(self) -> SubjectColumns:
        """What is kept of each subject."""
        return self._kernel.columns

    @property
    def counts(self) -> Array:
        """How often each way has happened in the last window, in ticks after its end, too."""
        counts: Array = np.sum([it.counts for it in self.buffers], axis=0)
        return counts

    def compile(self) -> Recorded:
        """Compile everything now, by calls with no subjects; otherwise it would happen during the first window.

        Returns:
            what has been recorded: nothing, but of all types.
        """
        self._code = compiled(self._kernel.source, self._program.data.rows)
        nobody = Range(0, 0, 0)
        if self._program.spec.population.arrive is None:
            self._begin(nobody)
        # The types and dimensions of a real window, so that Numba compiles what the windows will call.
        tallies = self._tallies(2)
        self._simulate(WindowEnd(0, 2, [0]), 0, tallies, nobody)
        return Recorded(0, 2, 0, self._pages(), tallies)

    def begin(self) -> None:
        """Give all subjects their first values and their first state.

        Raises:
            CalculationError: these cannot be calculated.
        """
        self.workers.each(self._begin, self.ranges)
        for part in self.ranges:
            if part.has_failed:
                number = int(part.fault[NUMBER])
                if number < -1:
                    raise self._calculation_error(part, self._kernel.path(number))
                name = list(starts(self._program))[number]
                raise self._calculation_error(part, f"subjects.attributes.{name}")

    def fill(self, attribute: str, _: Function, columns: Columns) -> None:
        """Fill the columns with the values shown in a string that all subjects get at the start.

        Raises:
            CalculationError: one of them cannot be calculated.
        """
        part, everybody = self.ranges[0], len(self._subjects)
        fill = getattr(self._code, f"texts_{attribute}")
        fill(0, everybody, self._time, *self._key, part.fault, self.columns.attributes, tuple(columns))
        if part.has_failed:
            raise self._calculation_error(part, f"subjects.attributes.{attribute}")

    def divide(self) -> None:
        """Divide the subjects into ranges again, after some have come or gone."""
        self.ranges = with_fault_of(self.ranges, ranges_of(self.columns.count, self._threads))

    def restore(self, walk: Mapping[str, Array], attributes: Mapping[str, Array]) -> None:
        """Continue with the subjects of a checkpoint."""
        for part in self.ranges:
            part.fault[:] = 0
        self.columns.restore(walk, attributes)
        self.divide()

    def walk(self, start: int, end: int, records: int) -> Recorded:
        """Walk all subjects from one tick to another, or to an earlier one if they record more than so many events.

        What comes after a fault may be missing: see :meth:`raise_fault`.
        """
        self._go_until(end)
        window = WindowEnd(start, end, [part.last - part.first for part in self.ranges])
        for buffers in self.buffers:
            buffers.clear(-(-records // len(self.buffers)))
        shift = self._kernel.shift(end - start)
        tallies = self._tallies(-(-(end - start) >> shift))
        self.workers.each(partial(self._simulate, window, shift, tallies), self.ranges)
        return Recorded(start, window.end, shift, self._pages(), tallies)

    def _go_until(self, end: int) -> None:
        """Let the kernel know who of other populations has arrived up to a tick."""
        data = *self._data, *self._others.until(end * self._clock.tick_ms)
        self._time = *self._constant, data

    def _tallies(self, buckets: int) -> Array:
        return np.zeros((len(self.ranges), max(1, len(self._program.shapes)), buckets), dtype=np.uint32)

    def _pages(self) -> list[list[Any]]:
        return [list(of_stream) for of_stream in zip(*(it.pages() for it in self.buffers), strict=True)]

    def _begin(self, part: Range) -> None:
        with self._own_buffers() as buffers:
            self._code.begin(
                part.first, part.last, self._time, *self._key, part.fault, self._kernel.plan(0),
                self.columns.arrays, self.columns.attributes, buffers.scratch,
            )  # fmt: skip

    def _simulate(self, window: WindowEnd, shift: int, tallies: Array, part: Range) -> None:
        first, own = part.first, tallies[part.number]
        arrays, attributes = self.columns.arrays, self.columns.attributes
        with self._own_buffers() as buffers:
            while True:
                # Read anew in each round: another thread may have shortened the window meanwhile. What comes after a
                # fault is of no interest any more.
                end = min(window.end, self._kernel.end_at(int(part.fault[TICK]))) if part.has_failed else window.end
                first = self._code.simulate(
                    first, part.last, window.start, end, self._time, *self._key, part.fault, self._kernel.plan(shift),
                    arrays, attributes, buffers.for_kernel(), own, buffers.filled, buffers.counts, buffers.scratch,
                    buffers.budget,
                )  # fmt: skip
                if first >= part.last:
                    break
                # What the window is shortened by is estimated from how far all threads have come, this one included.
                window.walked(part.number, first - part.first + self._way_of(first, buffers.budget[1], window))
                if buffers.is_full:
                    if not window.is_one_tick:
                        window.shorten()
                    buffers.allow()
                buffers.grow()
            window.walked(part.number, part.last - part.first)
            buffers.close(part)

    def _way_of(self, first: int, last: int, window: WindowEnd) -> float:
        """How far those at which the kernel stopped have got in the window: one, or several side by side; the sum."""
        ticks = self.columns.arrays[0][first : max(first + 1, last)] - window.start
        return float(np.clip(ticks / (window.end - window.start), 0.0, 1.0).sum())

    @contextmanager
    def _own_buffers(self) -> Iterator[EventBuffers]:
        buffers = self._free.pop()
        try:
            yield buffers
        finally:
            self._free.append(buffers)

    def raise_fault(self, end: int) -> None:
        """Raise the earliest fault before a tick, if there is one: the same that the interpreted engine raises.

        Where the window has been shortened to before a fault, that waits in its range for the one that contains it.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        faulty = [part for part in self.ranges if part.has_failed and part.fault[TICK] < end]
        if faulty:
            part = min(faulty, key=lambda it: it.failed_at)
            number, stream = int(part.fault[NUMBER]), int(part.fault[STREAM])
            path = self._kernel.path(number)
            if stream < 0:
                raise self._calculation_error(part, path)
            raise self._calculation_error(part, *path_of(self._program, number, path, stream))

    def _calculation_error(self, part: Range, path: str, transition: str | None = None) -> CalculationError:
        _, order, tick, _, code, _, value = part.fault.tolist()
        problem = problem_of_fault(self._program.data, self._program.tables, code, value)
        path = path_of_fault(path, code)
        timestamp = self._clock.timestamp(tick)
        subject = self.columns.identity(order)
        return CalculationError(path, problem, subject=subject, timestamp=timestamp, transition=transition)
