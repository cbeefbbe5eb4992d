"""The buffers in which kernels record events, one set per thread, and the ranges of subjects that threads take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.codegen import dtype_of
from doge_datagen.engine.compiled.counting_sort import Page
from doge_datagen.engine.compiled.numba_functions import AHEAD, BLOCK
from doge_datagen.engine.recording.emission import counted_by
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.language.event_lines import MOST_LINES
from doge_datagen.numeric.faults import VALUE
from doge_datagen.program.program import Program

Array = npt.NDArray[Any]
APART = 32  # integers of padding around an array: more than a cache line
ROOM = 2**16  # rows of a new buffer
TRIES = 8  # attempts per record that a window may hold, after which the window is shortened
ORDER, TICK, NUMBER, CODE, STREAM = range(1, VALUE)
"""The earliest fault of a range: the number of its subject, which decides between two of one moment; its tick; that of
the transition, or a negative location; its code, 0 if there is none; the stream whose record cannot be calculated, or
-1. Kernels write these as ``fault[1]`` to ``fault[5]``."""
SMALLEST = 16  # the smallest ranges are this fraction of a thread's share of all subjects, unless there are few


class EventBuffer:
    """The events of one stream in a window, in the order in which they are recorded; it can grow.

    Args:
        dtypes: the types of its columns.
    """

    def __init__(self, dtypes: Sequence[str]) -> None:
        self.columns = [np.empty(ROOM, dtype=dtype) for dtype in dtypes]

    def grow(self) -> None:
        """Double the room."""
        # Doubled, so that each row is copied once on average, however many there will be.
        self.columns = [np.concatenate([column, np.empty_like(column)]) for column in self.columns]

    def up_to(self, row: int) -> list[Array]:
        """Views of the columns up to a row, exclusive."""
        return [column[:row] for column in self.columns]


class Range:
    """A range of subjects, by their rows, that a thread takes as one job.

    Attributes:
        number: its number among all ranges.
        first: its first subject.
        last: the subject after its last.
        fault: the code of the current fault; the earliest one, at ``ORDER`` to ``STREAM``; the value at fault.
    """

    def __init__(self, number: int, first: int, last: int) -> None:
        self.number, self.first, self.last = number, first, last
        self.fault = _zeros(VALUE + 1)

    @property
    def has_failed(self) -> bool:
        """Whether anything has failed."""
        return bool(self.fault[CODE])

    @property
    def failed_at(self) -> tuple[int, int]:
        """When the earliest fault happened, and to which subject: the run reports the lowest."""
        return int(self.fault[TICK]), int(self.fault[ORDER])


class EventBuffers:
    """The buffers of one thread in a window, for one range of subjects after the other.

    Attributes:
        buffers: a buffer for each stream; then, if there are any, one for the events that no stream counts.
        filled: by buffer, how many rows are in use.
        counts: by way, how often it happened.
        scratch: room for draws made ahead.
        budget: how many attempts may still be made before the window is shortened; then, if subjects are walked side
            by side, the row after the last of those who were walked when the kernel stopped.
    """

    def __init__(self, program: Program) -> None:
        # As narrow as possible: writing and sorting events is bound by memory. A model rarely has more than 255 ways.
        ways = np.min_scalar_type(len(program.ways)).name
        self.buffers = [
            EventBuffer(["int32", "uint32", ways, *(dtype_of(column) for column in computed(shape.columns))])
            for shape in program.shapes.values()
        ]
        self._streams = len(self.buffers)
        if not all(counted_by(program)):
            self.buffers.append(EventBuffer(["int32", ways]))
        self._most = [1 if shape.line is None else MOST_LINES for shape in program.shapes.values()]
        self._most += [1] * (len(self.buffers) - self._streams)
        self._lines = tuple(np.zeros(MOST_LINES, dtype_of(it)) for it in program.line_fields.values())
        # At least one, since Numba needs an array even where a model has no streams.
        self.filled = _zeros(max(1, len(self.buffers)))
        self.counts = _zeros(max(1, len(program.ways)))
        self.budget = _zeros(2)
        self.scratch = *np.empty((2, BLOCK), "uint32"), np.empty(BLOCK, "int64"), *np.empty((2, AHEAD, BLOCK))
        self.clear(0)

    def clear(self, records: int) -> None:
        """Begin a window that may hold about so many records, and ``TRIES`` times as many attempts."""
        self.filled[:], self.counts[:] = 0, 0
        self._ranges: list[int] = []
        self._ends: list[Array] = []
        # Rejected attempts record nothing, so a window may be slow without being large: attempts are limited, too.
        self._allowed, self.budget[0] = records, TRIES * records
        self._share = max(1, records // 2)

    @property
    def is_full(self) -> bool:
        """Whether all records or attempts that were allowed are used up."""
        return bool(self.filled.sum() >= self._allowed or self.budget[0] == 0)

    def allow(self) -> None:
        """Allow half as much again."""
        self._allowed = int(self.filled.sum()) + self._share
        self.budget[0] = TRIES * self._share

    def close(self, part: Range) -> None:
        """Mark a range as complete."""
        self._ranges.append(part.number)
        self._ends.append(self.filled.copy())

    def grow(self) -> None:
        """Double the room of each buffer that has none for one more event."""
        for buffer, most, filled in zip(self.buffers, self._most, self.filled, strict=False):
            if filled + most > len(buffer.columns[0]):
                buffer.grow()

    def for_kernel(self) -> tuple[Any, ...]:
        """The buffers as the kernel unpacks them, limited to what may still be recorded."""
        allowed = max(0, self._allowed - int(self.filled.sum()))  # the range before may have exceeded it
        # What is still allowed is divided among the streams: the kernel stops when one of them is full, and asks again.
        left = -(-allowed // max(1, len(self.buffers)))
        # The last event that is allowed may have many lines.
        each = zip(self.buffers, self._most, self.filled, strict=False)
        rooms = [buffer.up_to(int(filled) + left + (most - 1)) for buffer, most, filled in each]
        streams = [(tick, subject, way, tuple(others)) for tick, subject, way, *others in rooms[: self._streams]]
        return *streams, *map(tuple, rooms[self._streams :]), *([self._lines] if self._lines else [])

    def pages(self) -> list[Page]:
        """By buffer, its events, the ranges in the order in which they were recorded, and the row where each ends."""
        ranges, ends = np.array(self._ranges, np.int64), np.array(self._ends, np.int64).reshape(-1, len(self.filled)).T
        # Without any range, as when the kernel is only compiled, there are no ends.
        rows = [int(end[-1]) if len(end) else 0 for end in ends]
        return [(buffer.up_to(row), ranges, end) for buffer, row, end in zip(self.buffers, rows, ends, strict=False)]


def ranges_of(subjects: int, workers: int) -> list[Range]:
    """Split all subjects into ranges: one for a single worker, several for more, such that all finish together.

    Cores are not equally fast, and not all the time, so a thread that is done takes the next range. Each range is a
    fraction of the subjects that are left, so that most subjects are in a few large ranges and the last are in small
    ones: "Guided self-scheduling" by C. D. Polychronopoulos and D. J. Kuck (IEEE Transactions on Computers, 1987).
    """
    if not subjects:
        return [Range(0, 0, 0)]
    # Smaller ranges would cost more in calls than they save in waiting for the slowest thread.
    smallest = max(subjects // SMALLEST // workers, min(BLOCK, -(-subjects // workers)))
    ranges: list[Range] = []
    first = 0
    while first < subjects:
        share = subjects if workers == 1 else max(smallest, (subjects - first) // 2 // workers)
        last = min(subjects, first + share)
        ranges.append(Range(len(ranges), first, last))
        first = last
    return ranges


def with_fault_of(before: Sequence[Range], after: list[Range]) -> list[Range]:
    """New ranges of subjects, none of which is walked beyond the earliest fault in the ranges before."""
    faulty = [part for part in before if part.has_failed]
    if faulty:
        earliest = min(faulty, key=lambda it: it.failed_at)
        for part in after:
            part.fault[:] = earliest.fault
    return after


def _zeros(count: int) -> Array:
    """Zeros, padded so that no other thread writes to the same cache line: cores would wait for each other there."""
    return np.zeros(count + 2 * APART, dtype=np.int64)[APART:-APART]
