"""Sorts the events of a window by time, with a counting sort whose parts can run on several threads at once.

The kernel counts the events of each tick while it records them, so their final rows are known from these tallies alone:
each thread moves its own events to their rows, independently of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from doge_datagen.engine.compiled.code_cache import kept

Array = Any  # a NumPy array, whose type Numba infers
Page = tuple[Sequence[Array], Array, Array]
"""The events in one buffer: its columns, the first of which has ticks, counted from the start of the window; the ranges
of subjects that were recorded in it, by number, one after the other; and the row at which the events of each end."""

SHORT = 2**31 - 1
"""The most rows for which row numbers have 32 bits, which halves the memory to write; nearly every window has fewer."""


class CountingSort:
    """Sorts the events of one stream: by tick, then by range of subjects, then as recorded, which is by subject.

    Attributes:
        columns: the columns after the tick; sorted once all pages have been :meth:`put`.

    Args:
        pages: one from each buffer.
        tallies: the number of events, by range and tick.
    """

    def __init__(self, pages: Sequence[Page], tallies: Array) -> None:
        self._pages = pages
        self._following, self._ends = free_rows(pages, tallies)
        (_, *columns), _, _ = pages[0]
        self.columns = [np.empty(len(self), column.dtype) for column in columns]

    def __len__(self) -> int:
        return int(self._ends[-1])

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    @property
    def steps(self) -> tuple[Callable[[int], None], ...]:
        """What sorts the events, one after the other: each for the number of every page, by several threads at once."""
        return (self.put,)

    def put(self, number: int) -> None:
        """Move the events of one page to their rows."""
        (ticks, *columns), ranges, ends = self._pages[number]
        positions = np.empty(len(ticks), dtype=self._following.dtype)
        positions_of(ticks, ranges, ends, self._following, positions)
        for column, ordered in zip(columns, self.columns, strict=True):
            put(column, positions, ordered)

    def parts(self, most: int) -> Iterator[tuple[int, int]]:
        """The bounds of parts of about equal length: as few as possible with at most so many rows each."""
        count = -(-len(self) // most)
        for number in range(count):
            yield len(self) * number // count, len(self) * (number + 1) // count

    def times(self, first: int, last: int, start: int, tick: int) -> Array:
        """The timestamps of some rows.

        Args:
            first: the first row.
            last: the row after the last.
            start: the timestamp of the window's first tick.
            tick: the length of a tick.
        """
        times = np.empty(last - first, dtype=np.int64)
        put_times(self._ends, start, tick, first, times)
        return times


def free_rows(pages: Sequence[Page], tallies: Array) -> tuple[Array, Array]:
    """By range and tick, or bucket of ticks, the row of the first event; by tick, the row after the last.

    Args:
        pages: the events.
        tallies: the number of events, by range and tick.
    """
    rows = np.int32 if sum(len(ticks) for (ticks, *_), _, _ in pages) <= SHORT else np.int64
    following = np.empty(tallies.shape, dtype=rows)
    ends = np.empty(tallies.shape[1], dtype=np.int64)
    begins_of(tallies, following, ends)
    return following, ends


@kept(nogil=True)
def begins_of(tallies: Array, begins: Array, ends: Array) -> None:  # pragma: no cover - compiled
    """Compute from the tallies where the events of each range and tick begin, and where those of each tick end."""
    ends[:] = 0
    for part in range(len(tallies)):  # row by row, because that is the order in memory
        for tick in range(len(ends)):
            ends[tick] += tallies[part, tick]
    # From here on, ends has where each tick begins, and advances by range: ranges are in the order of subjects.
    row = 0
    for tick in range(len(ends)):
        count, ends[tick] = ends[tick], row
        row += count
    for part in range(len(tallies)):
        for tick in range(len(ends)):
            begins[part, tick] = ends[tick]
            ends[tick] += tallies[part, tick]


@kept(nogil=True)
def positions_of(
    ticks: Array, ranges: Array, ends: Array, following: Array, positions: Array
) -> None:  # pragma: no cover - compiled
    """The row of each event: ``following`` has the next free row of each range and tick, and is advanced."""
    first = 0
    for part in range(len(ranges)):
        own, out, free = ticks[first : ends[part]], positions[first : ends[part]], following[ranges[part]]
        for number in range(len(own)):
            tick = own[number]
            out[number] = free[tick]
            # Each range has free rows of its own, so threads share nothing, and the result does not depend on which of
            # them is faster. What was recorded first gets the first row: the sort is stable, and lines of an event stay
            # in order.
            free[tick] += 1
        first = ends[part]


@kept(nogil=True)
def put(column: Array, positions: Array, out: Array) -> None:  # pragma: no cover - compiled
    """Move each value of a column to its row."""
    for number in range(len(positions)):
        out[positions[number]] = column[number]


@kept(nogil=True)
def put_times(ends: Array, start: int, tick: int, first: int, out: Array) -> None:  # pragma: no cover - compiled
    """Write the timestamps from the first row on: ``ends`` has the row after the last of each tick in the window."""
    position = 0
    for number in range(len(ends)):
        # The tick of a row is not stored: it is the first whose end lies behind the row. So 4 bytes for each event need
        # not be moved by the sort.
        for _ in range(first + position, min(ends[number], first + len(out))):
            out[position] = start + number * tick
            position += 1
