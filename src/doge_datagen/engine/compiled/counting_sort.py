"""Sorts the events of a window by time, with a counting sort whose parts can run on several threads at once.

The kernel counts the events of each tick while it records them, so their final rows are known from these tallies alone:
each thread moves its own events to their rows, independently of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from doge_datagen.engine.compiled.code_cache import kept

Array = Any  # a NumPy array, whose type Numba infers
Page = tuple[Sequence[Array], Array, Array]
"""The events in one buffer: its columns, the first of which has ticks, counted from the start of the window; the ranges
of subjects that were recorded in it, by number, one after the other; and the row at which the events of each end."""

INSERTED_AT_MOST = 64
"""How many rows are sorted by insertion; from about there on a merge is faster."""
SHORT = 2**31 - 1
"""The most rows for which row numbers have 32 bits, which halves the memory to write; nearly every window has fewer."""


class CountingSort:
    """Sorts the events of one stream: by tick, then by range of subjects, then as recorded, which is by subject.

    Attributes:
        columns: the columns after the tick; sorted once all pages have been :meth:`put`.

    Where a window has many more ticks than events, the kernel counts them in buckets of 2**shift ticks. The events are
    then sorted by bucket first, and :meth:`settle` sorts those of each bucket.

    Args:
        pages: one from each buffer.
        tallies: the number of events, by range and bucket.
        shift: a bucket has 2**shift ticks.
    """

    def __init__(self, pages: Sequence[Page], tallies: Array, shift: int = 0) -> None:
        self._pages = pages
        self._shift = shift
        rows = np.int32 if sum(len(ticks) for (ticks, *_), _, _ in pages) <= SHORT else np.int64
        self._following = np.empty(tallies.shape, dtype=rows)
        self._ends = np.empty(tallies.shape[1], dtype=np.int64)
        begins_of(tallies, self._following, self._ends)
        (_, *columns), _, _ = pages[0]
        self.columns = [np.empty(len(self), column.dtype) for column in columns]
        self._ticks = np.empty(len(self) if shift else 0, np.int32)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def put(self, number: int) -> None:
        """Move the events of one page to their rows; pages can be put by several threads at once."""
        (ticks, *columns), ranges, ends = self._pages[number]
        places = np.empty(len(ticks), dtype=self._following.dtype)
        places_of(ticks, self._shift, ranges, ends, self._following, places)
        if self._shift:
            put(ticks, places, self._ticks)
        for column, ordered in zip(columns, self.columns, strict=True):
            put(column, places, ordered)

    def settle(self) -> None:
        """Sort the events of each bucket by tick, once all pages have been :meth:`put`."""
        order = np.arange(len(self))
        order_within(self._ticks, self._ends, order)
        self._ticks = self._ticks[order]
        self.columns = [column[order] for column in self.columns]

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
        if self._shift:
            return start + self._ticks[first:last].astype(np.int64) * tick
        times = np.empty(last - first, dtype=np.int64)
        put_times(self._ends, start, tick, first, times)
        return times


@kept(nogil=True)
def begins_of(tallies: Array, begins: Array, ends: Array) -> None:  # pragma: no cover - compiled
    """Compute from the tallies where the events of each range and tick begin, and where those of each tick end."""
    ends[:] = 0
    for part in range(len(tallies)):  # row by row, because that is the order in memory
        for tick in range(len(ends)):
            ends[tick] += tallies[part, tick]
    row = 0
    for tick in range(len(ends)):
        count, ends[tick] = ends[tick], row
        row += count
    for part in range(len(tallies)):
        for tick in range(len(ends)):
            begins[part, tick] = ends[tick]
            ends[tick] += tallies[part, tick]


@kept(nogil=True)
def places_of(
    ticks: Array, shift: int, ranges: Array, ends: Array, following: Array, places: Array
) -> None:  # pragma: no cover - compiled
    """The row of each event: ``following`` has the next free row of each range and tick, and is advanced."""
    first = 0
    for part in range(len(ranges)):
        own, out, free = ticks[first : ends[part]], places[first : ends[part]], following[ranges[part]]
        for number in range(len(own)):
            tick = own[number] >> shift
            out[number] = free[tick]
            free[tick] += 1
        first = ends[part]


@kept(nogil=True)
def order_within(ticks: Array, ends: Array, order: Array) -> None:  # pragma: no cover - compiled
    """Sort the rows of each bucket by tick; rows of the same tick keep their order.

    Buckets are small where events are spread evenly, for which insertion is fastest; a crowded one is merge-sorted.
    """
    first = 0
    for bucket in range(len(ends)):
        last = ends[bucket]
        if last - first > INSERTED_AT_MOST:
            order[first:last] = first + np.argsort(ticks[first:last], kind="mergesort")
        else:
            for number in range(first + 1, last):
                row, place = order[number], number
                while place > first and ticks[order[place - 1]] > ticks[row]:
                    order[place] = order[place - 1]
                    place -= 1
                order[place] = row
        first = last


def recount(pages: Sequence[Page], shift: int, tallies: Array) -> None:
    """Count the events of pages again, after some have been taken away."""
    tallies[:] = 0
    for (ticks, *_), ranges, ends in pages:
        first = 0
        for number, last in zip(ranges, ends, strict=True):
            tallies[number] += np.bincount(ticks[first:last] >> shift, minlength=tallies.shape[1]).astype(tallies.dtype)
            first = last


@kept(nogil=True)
def put(column: Array, places: Array, out: Array) -> None:  # pragma: no cover - compiled
    """Move each value of a column to its row."""
    for number in range(len(places)):
        out[places[number]] = column[number]


@kept(nogil=True)
def put_times(ends: Array, start: int, tick: int, first: int, out: Array) -> None:  # pragma: no cover - compiled
    """Write the timestamps from the first row on: ``ends`` has the row after the last of each tick in the window."""
    place = 0
    for number in range(len(ends)):
        for _ in range(first + place, min(ends[number], first + len(out))):
            out[place] = start + number * tick
            place += 1
