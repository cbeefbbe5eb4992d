"""The compiled engine: subjects as columns, a window at a time, ranges of subjects on threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
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
from doge_datagen.engine.order import places_of, put, put_ticks
from doge_datagen.engine.plan import plan
from doge_datagen.engine.records import Assembly, Noted, Sources
from doge_datagen.engine.snapshot import Snapshot
from doge_datagen.engine.window import Window
from doge_datagen.errors import CalculationError
from doge_datagen.model.program import Program, Shape
from doge_datagen.model.translation import purpose

Array = npt.NDArray[Any]
RECORDS = 2**19  # that a window should hold, of all streams together; more where there are many subjects
ROWS = 2**18  # of a batch, at most
LARGEST_KEPT = 31 * 2**20
"""Bytes that are asked for and freed once: after it the C library keeps freed memory up to this size for the next
window. Else it goes back to the system each time, page by page, and threads wait for each other there."""
APART = 32
ROOM = 2**16  # records that a new note has room for


class Note:
    """What one worker notes of one stream in a window, in order of subject; it grows when it is full."""

    def __init__(self, shape: Shape) -> None:
        dtypes = ["int32", "uint32", "int32", *(dtype_of(column) for column in computed(shape.columns))]
        self.columns = [np.empty(ROOM, dtype=dtype) for dtype in dtypes]

    def grow(self) -> None:
        """Twice the room."""
        self.columns = [np.concatenate([column, np.empty_like(column)]) for column in self.columns]

    def for_kernel(self) -> tuple[Any, ...]:
        """As the kernel unpacks it."""
        tick, subject, way, *others = self.columns
        return tick, subject, way, tuple(others)


class Worker:
    """A range of subjects, and what is noted of them."""

    def __init__(self, program: Program, first: int, last: int) -> None:
        self.first, self.last = first, last
        self.notes = [Note(shape) for shape in program.shapes.values()]
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
        self.records = max(RECORDS, min(spec.subjects.count, 8 * RECORDS))
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
        self._workers = [Worker(program, first, last) for first, last in pairwise(edges)]
        self._pool = ThreadPoolExecutor(workers, "doge") if workers > 1 else None
        self._code = compiled(kernel(program), program.tables.rows)
        try:
            self._each(self._begin, self._workers)
            sources = with_held_texts(program, Sources(decimals=decimals, lookup=texts), self._fill)
        except CalculationError:
            self.close()
            raise
        self._assemblies = [Assembly(program, shape, sources) for shape in program.shapes.values()]

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def window(self, end: int, *, told: bool = True) -> Window:
        """The records from the tick that comes next up to a later one; without them where nobody wants to be told.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        start = self.tick
        self._each(partial(self._simulate, start, end), self._workers)
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

    def _each(self, do: Callable[[Any], Any], parts: Iterable[Any]) -> list[Any]:
        return list(map(do, parts) if self._pool is None else self._pool.map(do, parts))

    def _largest_first(self, do: Callable[[Any], Any], parts: Sequence[Any], sizes: Sequence[int]) -> list[Any]:
        """What is made of each part; the largest are begun first, so that threads come to an end together."""
        order = sorted(range(len(parts)), key=lambda number: -sizes[number])
        made = dict(zip(order, self._each(lambda number: do(parts[number]), order), strict=True))
        return [made[number] for number in range(len(parts))]

    def _begin(self, worker: Worker) -> None:
        self._code.begin(
            worker.first, worker.last, self._time, *self._seed, worker.fault, self._plan, self._lives, self._attributes,
            worker.ahead,
        )  # fmt: skip
        if worker.fault[4]:
            name = list(starts(self._program))[worker.fault[3]]
            raise self._calculation_error(worker, f"subjects.attributes.{name}")

    def _simulate(self, start: int, end: int, worker: Worker) -> None:
        worker.filled[:] = 0
        worker.counts[:] = 0
        worker.tallies = np.zeros((max(1, len(worker.notes)), end - start), dtype=np.int32)
        first = worker.first
        while True:
            notes = tuple(note.for_kernel() for note in worker.notes)
            last = int(worker.fault[2]) if worker.fault[4] else end
            first = self._code.simulate(
                first, worker.last, start, last, self._time, *self._seed, worker.fault, self._plan, self._lives,
                self._attributes, notes, worker.tallies, worker.filled, worker.counts, worker.ahead,
            )  # fmt: skip
            if first >= worker.last:
                return
            for note, filled in zip(worker.notes, worker.filled, strict=False):
                if filled >= len(note.columns[0]):
                    note.grow()

    def _raise_first(self) -> None:
        """Tell the fault that was the first of all: that of the interpreted engine, which goes tick by tick."""
        faulty = [worker for worker in self._workers if worker.fault[4]]
        if faulty:
            worker = min(faulty, key=lambda it: (it.fault[2], it.fault[1]))
            place = place_of_transition(self._program.spec, int(worker.fault[3]))
            raise self._calculation_error(worker, place)

    def _calculation_error(self, worker: Worker, place: str) -> CalculationError:
        _, subject, tick, _, code = worker.fault.tolist()
        return CalculationError(place, MESSAGES[code], subject=subject, timestamp=self._clock.timestamp(tick))

    def _events(self) -> dict[int, int]:
        total = np.sum([worker.counts for worker in self._workers], axis=0)
        return {number: int(total[number]) for number in range(len(self._program.spec.transitions))}

    def _batches(self, start: int) -> list[tuple[str, Batch]]:
        streams = range(len(self._names))
        filled = [sum(int(worker.filled[stream]) for worker in self._workers) for stream in streams]
        noted = self._largest_first(partial(self._ordered, start), streams, filled)
        parts = [
            (stream, records.part(slice(first, first + ROWS)))
            for stream, records in enumerate(noted)
            for first in range(0, len(records), ROWS)
        ]
        return self._largest_first(lambda part: self._batch(*part), parts, [len(records) for _, records in parts])

    def _batch(self, stream: int, noted: Noted) -> tuple[str, Batch]:
        return self._names[stream], self._assemblies[stream].batch(noted)

    def _ordered(self, start: int, stream: int) -> Noted:
        """What all workers have noted of a stream, in order: by tick, then by worker, who have ascending subjects."""
        tallies = np.stack([worker.tallies[stream] for worker in self._workers])
        following = np.cumsum(tallies.T.ravel()) - tallies.T.ravel()
        total = int(tallies.sum())
        following = np.ascontiguousarray(following.reshape(tallies.T.shape).T)
        note = self._workers[0].notes[stream]
        out = [np.empty(total, column.dtype) for column in note.columns[1:]]
        for number, worker in enumerate(self._workers):
            filled = int(worker.filled[stream])
            ticks, *columns = (column[:filled] for column in worker.notes[stream].columns)
            places = np.empty(filled, dtype=np.int32)
            places_of(ticks, following[number], places)
            for column, ordered in zip(columns, out, strict=True):
                put(column, places, ordered)
        ticks = np.empty(total, dtype=np.int64)
        put_ticks(tallies.sum(axis=0), start, ticks)
        return Noted(ticks, out[0], out[1], out[2:])

    def _fill(self, attribute: str, _: Function, columns: Columns) -> None:
        worker, everybody = self._workers[0], self._program.spec.subjects.count
        fill = getattr(self._code, f"texts_{attribute}")
        fill(0, everybody, self._time, *self._seed, worker.fault, self._attributes, tuple(columns))
        if worker.fault[4]:
            raise self._calculation_error(worker, f"subjects.attributes.{attribute}")
