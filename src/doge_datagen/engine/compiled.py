"""The compiled engine: subjects as columns, a window at a time, ranges of subjects on threads."""

from __future__ import annotations

from functools import partial
from itertools import pairwise, product
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.batch import Batch
from doge_datagen.engine.build import compiled
from doge_datagen.engine.code import Function, computed, dtype_of, starts
from doge_datagen.engine.columnar import plan_arrays
from doge_datagen.engine.faults import MESSAGES
from doge_datagen.engine.held import Columns, with_held_texts
from doge_datagen.engine.kernel import kernel, stored
from doge_datagen.engine.letters import decimals, texts
from doge_datagen.engine.machine import beginning, machine_of, place_of_transition
from doge_datagen.engine.native import AHEAD, BLOCK
from doge_datagen.engine.order import Order
from doge_datagen.engine.plan import plan
from doge_datagen.engine.records import Assembly, Noted, Sources, held_by_a_window
from doge_datagen.engine.snapshot import Snapshot
from doge_datagen.engine.window import Window
from doge_datagen.engine.workers import Workers
from doge_datagen.errors import CalculationError
from doge_datagen.model.program import Program, Shape
from doge_datagen.model.translation import purpose

Array = npt.NDArray[Any]
RECORDS = 2**19  # that a window should hold, of all streams together; more where there are many subjects
LARGEST_KEPT = 31 * 2**20
"""Bytes that are asked for and freed once: after it the C library keeps freed memory up to this size for the next
window. Else it goes back to the system each time, page by page, and threads wait for each other there."""
APART = 32
ROOM = 2**16  # records that a new note has room for


class Note:
    """What is noted of one stream in a window for a range of subjects, in their order; it grows when it is full."""

    def __init__(self, shape: Shape, ways: str) -> None:
        dtypes = ["int32", "uint32", ways, *(dtype_of(column) for column in computed(shape.columns))]
        self.columns = [np.empty(ROOM, dtype=dtype) for dtype in dtypes]

    def grow(self) -> None:
        """Twice the room."""
        self.columns = [np.concatenate([column, np.empty_like(column)]) for column in self.columns]

    def for_kernel(self) -> tuple[Any, ...]:
        """As the kernel unpacks it."""
        tick, subject, way, *others = self.columns
        return tick, subject, way, tuple(others)


class Range:
    """A range of subjects, and what is noted of them."""

    def __init__(self, program: Program, first: int, last: int) -> None:
        self.first, self.last = first, last
        ways = np.min_scalar_type(len(program.spec.transitions)).name
        self.notes = [Note(shape, ways) for shape in program.shapes.values()]
        self.filled = _zeros(max(1, len(self.notes)))
        self.counts = _zeros(max(1, len(program.spec.transitions)))
        self.fault = _zeros(5)  # now; then of the first in time: subject, tick, where, which
        self.ahead = np.empty(BLOCK, "uint32"), np.empty(BLOCK, "uint32"), *np.empty((2, AHEAD, BLOCK))
        self.tallies: Array  # of the window, by stream and tick


def _zeros(count: int) -> Array:
    """So many zeros, far from what other threads write: two cores that write to one cache line wait for each other."""
    return np.zeros(count + 2 * APART, dtype=np.int64)[APART:-APART]


class CompiledEngine:
    """A run of a program, compiled by Numba.

    Attributes:
        tick: the one that comes next.
        records: how many a window should hold, of all streams together.

    Args:
        program: the model.
        seed: 64 bits.
        workers: threads that share the work; the records do not depend on it.

    Raises:
        MissingDriverError: Numba is not installed.
    """

    def __init__(self, program: Program, seed: int, workers: int = 1) -> None:
        spec = program.spec
        machine, numbers = machine_of(spec, spec.transitions)
        np.empty(LARGEST_KEPT, dtype=np.uint8)
        self.tick = 0
        self._program = program
        self._names = list(program.shapes)
        self._clock = spec.clock
        self._seed = seed & 0xFFFFFFFF, seed >> 32
        self._plan = tuple(plan_arrays(plan(machine), numbers))
        limits, states, drawn_for = beginning(spec)
        initial = np.array(limits, dtype=np.float64), np.array(states, dtype=np.int64), drawn_for
        self._time = spec.clock.ticks, spec.clock.start, spec.clock.tick_ms, initial, purpose(spec, "walk")
        count = spec.subjects.count
        self._lives = np.empty(count, "int64"), np.empty(count, "int32"), np.empty(count, "uint32")
        kept = {start.name: start for start in program.starts}
        self._attributes = tuple(np.empty(count, dtype_of(kept[name].typed)) for name in stored(program))
        edges = [count * number // workers for number in range(workers + 1)]
        self._ranges = [Range(program, first, last) for first, last in pairwise(edges)]
        self._workers = Workers(workers)
        self._code = compiled(kernel(program), program.tables.rows)
        try:
            self._begin_all()
            sources = with_held_texts(program, Sources(decimals=decimals, lookup=texts), self._fill)
        except CalculationError:
            self.close()
            raise
        self._assemblies = [Assembly(program, shape, sources) for shape in program.shapes.values()]
        self.records = held_by_a_window(max(RECORDS, min(count, 8 * RECORDS)), self._assemblies)

    def close(self) -> None:
        """End the threads."""
        self._workers.close()

    def window(self, end: int, *, told: bool = True) -> Window:
        """The records from the tick that comes next up to a later one; without them where nobody wants to be told.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        start = self.tick
        self._workers.each(partial(self._simulate, start, end), self._ranges)
        self._raise_first()
        self.tick = end
        return Window(start, end, self._batches(start) if told else (), self._events())

    def snapshot(self) -> Snapshot:
        """All that the ticks to come depend on."""
        wakes, tries, steps = (column.copy() for column in self._lives)
        attributes = {name: column.copy() for name, column in self._columns().items()}
        return Snapshot(self.tick, self._clock.ticks, wakes, tries, steps, attributes)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on where a snapshot of the same run was taken, by whichever engine."""
        self.tick = snapshot.tick
        for column, taken in zip(self._lives, (snapshot.wakes, snapshot.tries, snapshot.steps), strict=True):
            column[:] = taken
        for name, column in self._columns().items():
            column[:] = snapshot.attributes[name]

    def _columns(self) -> dict[str, Array]:
        return dict(zip(stored(self._program), self._attributes, strict=True))

    def _begin_all(self) -> None:
        self._workers.each(self._begin, self._ranges)
        for part in self._ranges:
            if part.fault[4]:
                name = list(starts(self._program))[part.fault[3]]
                raise self._calculation_error(part, f"subjects.attributes.{name}")

    def _begin(self, part: Range) -> None:
        self._code.begin(
            part.first, part.last, self._time, *self._seed, part.fault, self._plan, self._lives, self._attributes,
            part.ahead,
        )  # fmt: skip

    def _simulate(self, start: int, end: int, part: Range) -> None:
        part.filled[:] = 0
        part.counts[:] = 0
        part.tallies = np.zeros((max(1, len(part.notes)), end - start), dtype=np.int32)
        first = part.first
        while True:
            notes = tuple(note.for_kernel() for note in part.notes)
            last = int(part.fault[2]) if part.fault[4] else end
            first = self._code.simulate(
                first, part.last, start, last, self._time, *self._seed, part.fault, self._plan, self._lives,
                self._attributes, notes, part.tallies, part.filled, part.counts, part.ahead,
            )  # fmt: skip
            if first >= part.last:
                return
            for note, filled in zip(part.notes, part.filled, strict=False):
                if filled >= len(note.columns[0]):
                    note.grow()

    def _raise_first(self) -> None:
        """Tell the fault that was the first of all: that of the interpreted engine, which goes tick by tick."""
        faulty = [part for part in self._ranges if part.fault[4]]
        if faulty:
            part = min(faulty, key=lambda it: (it.fault[2], it.fault[1]))
            place = place_of_transition(self._program.spec, int(part.fault[3]))
            raise self._calculation_error(part, place)

    def _calculation_error(self, part: Range, place: str) -> CalculationError:
        _, subject, tick, _, code = part.fault.tolist()
        return CalculationError(place, MESSAGES[code], subject=subject, timestamp=self._clock.timestamp(tick))

    def _events(self) -> dict[int, int]:
        total = np.sum([part.counts for part in self._ranges], axis=0)
        return {number: int(total[number]) for number in range(len(self._program.spec.transitions))}

    def _batches(self, start: int) -> list[tuple[str, Batch]]:
        orders = [self._order_of(stream) for stream in range(len(self._names))]
        self._workers.each(self._put, product(orders, range(len(self._ranges))))
        parts = [
            (stream, *rows)
            for stream, order in enumerate(orders)
            for rows in order.parts(self._assemblies[stream].rows)
        ]
        largest_first = sorted(parts, key=lambda part: part[1] - part[2])  # so that threads come to an end together
        batches = self._workers.each(lambda part: self._batch(start, orders[part[0]], *part), largest_first)
        made = dict(zip(largest_first, batches, strict=True))
        return [(self._names[part[0]], made[part]) for part in parts]

    def _order_of(self, stream: int) -> Order:
        notes = [[column[: it.filled[stream]] for column in it.notes[stream].columns] for it in self._ranges]
        return Order(notes, np.stack([it.tallies[stream] for it in self._ranges]))

    def _put(self, part: tuple[Order, int]) -> None:
        order, number = part
        order.put(number)

    def _batch(self, start: int, order: Order, stream: int, first: int, last: int) -> Batch:
        subjects, ways, *columns = (column[first:last] for column in order.columns)
        return self._assemblies[stream].batch(Noted(order.ticks(first, last, start), subjects, ways, columns))

    def _fill(self, attribute: str, _: Function, columns: Columns) -> None:
        part, everybody = self._ranges[0], self._program.spec.subjects.count
        fill = getattr(self._code, f"texts_{attribute}")
        fill(0, everybody, self._time, *self._seed, part.fault, self._attributes, tuple(columns))
        if part.fault[4]:
            raise self._calculation_error(part, f"subjects.attributes.{attribute}")
