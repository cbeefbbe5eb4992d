"""A window put in order of time by a counting sort, in parts that threads can do at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from doge_datagen.engine.compiled.code_cache import kept

Array = Any  # an array of NumPy, whose types Numba finds by itself
Page = tuple[Sequence[Array], Array, Array]
"""What stands in a notebook: ticks, from the window's first, and other columns; the numbers of the ranges of which it
was noted, one after the other; and where the notes of each of these end."""

SHORT = 2**31 - 1
"""Rows up to which their numbers have 32 bits: half the memory to write, and what nearly every window has."""


class CountingSort:
    """The notes of one stream: by tick, then by range of subjects, then as they were noted, which is by subject.

    Attributes:
        columns: what was noted, in order once all pages have been :meth:`put`.

    Args:
        pages: one of each notebook.
        tallies: how many notes a tick has, by range and tick.
    """

    def __init__(self, pages: Sequence[Page], tallies: Array) -> None:
        self._pages = pages
        rows = np.int32 if sum(len(ticks) for (ticks, *_), _, _ in pages) <= SHORT else np.int64
        self._following = np.empty(tallies.shape, dtype=rows)
        self._ends = np.empty(tallies.shape[1], dtype=np.int64)
        begins_of(tallies, self._following, self._ends)
        (_, *columns), _, _ = pages[0]
        self.columns = [np.empty(len(self), column.dtype) for column in columns]

    def __len__(self) -> int:
        return int(self._ends[-1])

    def put(self, number: int) -> None:
        """Put the notes of a notebook where they belong; those of others stay as they are."""
        (ticks, *columns), ranges, ends = self._pages[number]
        places = np.empty(len(ticks), dtype=self._following.dtype)
        places_of(ticks, ranges, ends, self._following, places)
        for column, ordered in zip(columns, self.columns, strict=True):
            put(column, places, ordered)

    def parts(self, most: int) -> Iterator[tuple[int, int]]:
        """First row and row after the last of parts about as long: as few as have no more rows than that."""
        count = -(-len(self) // most)
        for number in range(count):
            yield len(self) * number // count, len(self) * (number + 1) // count

    def times(self, first: int, last: int, start: int, tick: int) -> Array:
        """When some rows happened, for a window that starts at a moment, in ticks of a length."""
        times = np.empty(last - first, dtype=np.int64)
        put_times(self._ends, start, tick, first, times)
        return times


@kept(nogil=True)
def begins_of(tallies: Array, begins: Array, ends: Array) -> None:  # pragma: no cover - compiled
    """Where the notes of each range and tick begin, and where those of each tick end."""
    ends[:] = 0
    for part in range(len(tallies)):  # row by row: a window may have many ticks, and a column is far from the next
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
    ticks: Array, ranges: Array, ends: Array, following: Array, places: Array
) -> None:  # pragma: no cover - compiled
    """Where in the window each noted record stands: ``following`` has the next free place of each range and tick."""
    first = 0
    for part in range(len(ranges)):
        own, out, free = ticks[first : ends[part]], places[first : ends[part]], following[ranges[part]]
        for number in range(len(own)):
            tick = own[number]
            out[number] = free[tick]
            free[tick] += 1
        first = ends[part]


@kept(nogil=True)
def put(column: Array, places: Array, out: Array) -> None:  # pragma: no cover - compiled
    """Put each value of a column at its place."""
    for number in range(len(places)):
        out[places[number]] = column[number]


@kept(nogil=True)
def put_times(ends: Array, start: int, tick: int, first: int, out: Array) -> None:  # pragma: no cover - compiled
    """The times from the first row on: ``ends`` has the row after the last of each tick of the window."""
    place = 0
    for number in range(len(ends)):
        for _ in range(first + place, min(ends[number], first + len(out))):
            out[place] = start + number * tick
            place += 1
