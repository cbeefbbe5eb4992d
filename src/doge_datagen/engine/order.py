"""A window put in order of time by a counting sort, in parts that threads can do at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numba import njit

Array = Any  # an array of NumPy, whose types Numba finds by itself


class Order:
    """The notes of one stream: by tick, then by range of subjects, then as they were noted, which is by subject.

    Attributes:
        columns: what was noted, in order once the notes of each range have been :meth:`put`.

    Args:
        notes: of each range, in ascending order of subjects: ticks from the window's first, and other columns.
        tallies: how many notes a tick has, by range and tick.
    """

    def __init__(self, notes: Sequence[Sequence[Array]], tallies: Array) -> None:
        self._notes = notes
        by_tick = np.cumsum(tallies.T).reshape(tallies.T.shape)
        self._following = np.ascontiguousarray(by_tick.T) - tallies
        self._ends = by_tick[:, -1]
        self.columns = [np.empty(self._ends[-1], column.dtype) for column in notes[0][1:]]

    def put(self, number: int) -> None:
        """Put the notes of a range where they belong; those of others stay as they are."""
        ticks, *columns = self._notes[number]
        places = np.empty(len(ticks), dtype=np.int32)
        places_of(ticks, self._following[number], places)
        for column, ordered in zip(columns, self.columns, strict=True):
            put(column, places, ordered)

    def parts(self, most: int) -> Iterator[tuple[int, int]]:
        """First row and row after the last of parts about as long: as few as have no more rows than that."""
        rows = int(self._ends[-1])
        count = -(-rows // most)
        for number in range(count):
            yield rows * number // count, rows * (number + 1) // count

    def ticks(self, first: int, last: int, start: int) -> Array:
        """The ticks of some rows, for a window that starts at a tick."""
        ticks = np.empty(last - first, dtype=np.int64)
        put_ticks(self._ends, start, first, ticks)
        return ticks


@njit(nogil=True, cache=True)
def places_of(ticks: Array, following: Array, places: Array) -> None:  # pragma: no cover - compiled
    """Where in the window each noted record stands: ``following`` has the next free place of each tick."""
    for number in range(len(ticks)):
        tick = ticks[number]
        places[number] = following[tick]
        following[tick] += 1


@njit(nogil=True, cache=True)
def put(column: Array, places: Array, out: Array) -> None:  # pragma: no cover - compiled
    """Put each value of a column at its place."""
    for number in range(len(places)):
        out[places[number]] = column[number]


@njit(nogil=True, cache=True)
def put_ticks(ends: Array, start: int, first: int, out: Array) -> None:  # pragma: no cover - compiled
    """The ticks from the first row on: ``ends`` has the row after the last of each tick of the window."""
    place = 0
    for tick in range(len(ends)):
        for _ in range(first + place, min(ends[tick], first + len(out))):
            out[place] = start + tick
            place += 1
