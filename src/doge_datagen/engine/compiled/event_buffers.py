"""What is noted of events, range of subjects after range, in as many notebooks as there are threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.codegen import dtype_of
from doge_datagen.engine.compiled.counting_sort import Page
from doge_datagen.engine.compiled.numba_functions import AHEAD, BLOCK
from doge_datagen.engine.record_columns import computed
from doge_datagen.program.program import Program

Array = npt.NDArray[Any]
APART = 32
ROOM = 2**16  # records that a new note has room for
TRIES = 8  # that may be made for each record that may be noted, before a window becomes shorter
SMALLEST = 16  # such parts of a thread's share of all subjects are the smallest ranges, but for few subjects


class EventBuffer:
    """What is noted of one stream in a window, in the order in which it comes; it grows when it is full.

    Args:
        dtypes: of its columns.
    """

    def __init__(self, dtypes: Sequence[str]) -> None:
        self.columns = [np.empty(ROOM, dtype=dtype) for dtype in dtypes]

    def grow(self) -> None:
        """Twice the room."""
        self.columns = [np.concatenate([column, np.empty_like(column)]) for column in self.columns]

    def up_to(self, row: int) -> list[Array]:
        """The columns, with no more room than this."""
        return [column[:row] for column in self.columns]


class Range:
    """A range of subjects: what a thread takes at once.

    Attributes:
        number: its place among all ranges.
        first: its first subject.
        last: the subject after its last.
        fault: which is there now; then of the first in time: subject, tick, transition, which, and the stream whose
            record cannot be calculated, or -1.
    """

    def __init__(self, number: int, first: int, last: int) -> None:
        self.number, self.first, self.last = number, first, last
        self.fault = _zeros(6)


class EventBuffers:
    """What is noted in a window, by one thread at a time, of one range after the other.

    Attributes:
        notes: by stream; then, where there are some, of the events that no stream is told of.
        filled: by note, how many rows it has.
        counts: by transition, how often it happened.
        ahead: room for draws made ahead.
        patience: how many tries may still be made.
    """

    def __init__(self, program: Program) -> None:
        transitions = program.spec.transitions
        ways = np.min_scalar_type(len(transitions)).name
        self.notes = [
            EventBuffer(["int32", "uint32", ways, *(dtype_of(column) for column in computed(shape.columns))])
            for shape in program.shapes.values()
        ]
        self._streams = len(self.notes)
        if not all(it.emit for it in transitions):
            self.notes.append(EventBuffer(["int32", ways]))
        self.filled = _zeros(max(1, len(self.notes)))
        self.counts = _zeros(max(1, len(transitions)))
        self.patience = _zeros(1)
        self.ahead = np.empty(BLOCK, "uint32"), np.empty(BLOCK, "int64"), *np.empty((2, AHEAD, BLOCK))
        self.clear(0)

    def clear(self, records: int) -> None:
        """Begin a window in which about so many records may be noted, and some times as many tries may be made."""
        self.filled[:], self.counts[:] = 0, 0
        self._ranges: list[int] = []
        self._ends: list[Array] = []
        self._allowed, self.patience[0] = records, TRIES * records
        self._share = max(1, records // 2)

    @property
    def is_full(self) -> bool:
        """Whether as much was noted or tried as may be."""
        return bool(self.filled.sum() >= self._allowed or self.patience[0] == 0)

    def allow(self) -> None:
        """Half as much again."""
        self._allowed = int(self.filled.sum()) + self._share
        self.patience[0] = TRIES * self._share

    def close(self, noted: Range) -> None:
        """Nothing more comes of a range."""
        self._ranges.append(noted.number)
        self._ends.append(self.filled.copy())

    def grow(self) -> None:
        """Twice the room for each stream that has no more."""
        for note, filled in zip(self.notes, self.filled, strict=False):
            if filled >= len(note.columns[0]):
                note.grow()

    def for_kernel(self) -> tuple[Any, ...]:
        """The notes as the kernel unpacks them, with room for what may be noted."""
        allowed = max(0, self._allowed - int(self.filled.sum()))  # the range before may have had some too much
        left = -(-allowed // max(1, len(self.notes)))
        rooms = [note.up_to(int(filled) + left) for note, filled in zip(self.notes, self.filled, strict=False)]
        streams = [(tick, subject, way, tuple(others)) for tick, subject, way, *others in rooms[: self._streams]]
        return *streams, *map(tuple, rooms[self._streams :])

    def pages(self) -> list[Page]:
        """By note, what stands there; the ranges in the order in which they were taken; and where each of them ends."""
        ranges, ends = np.array(self._ranges, np.int64), np.array(self._ends, np.int64).reshape(-1, len(self.filled)).T
        rows = [int(end[-1]) if len(end) else 0 for end in ends]
        return [(note.up_to(row), ranges, end) for note, row, end in zip(self.notes, rows, ends, strict=False)]


def ranges_of(subjects: int, workers: int) -> list[Range]:
    """All subjects in ranges: for one worker one, for more such that they come to an end together.

    Cores are not equally fast, nor all the time, so who is done takes the next range. Each has a part of what is left:
    few for most of the subjects, and small ones for the last. After "Guided self-scheduling" by C. D. Polychronopoulos
    and D. J. Kuck (IEEE Transactions on Computers, 1987).
    """
    smallest = max(subjects // SMALLEST // workers, min(BLOCK, -(-subjects // workers)))
    ranges: list[Range] = []
    first = 0
    while first < subjects:
        share = subjects if workers == 1 else max(smallest, (subjects - first) // 2 // workers)
        last = min(subjects, first + share)
        ranges.append(Range(len(ranges), first, last))
        first = last
    return ranges


def _zeros(count: int) -> Array:
    """So many zeros, far from what other threads write: two cores that write to one cache line wait for each other."""
    return np.zeros(count + 2 * APART, dtype=np.int64)[APART:-APART]
