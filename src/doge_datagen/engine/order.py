"""A window put in order of time by a counting sort, in parts that threads can do at once."""

from __future__ import annotations

from typing import Any

from numba import njit

Array = Any  # an array of NumPy, whose types Numba finds by itself


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
def put_ticks(totals: Array, start: int, out: Array) -> None:  # pragma: no cover - compiled
    """The tick of each record, in order: each tick as often as the totals say."""
    place = 0
    for tick in range(len(totals)):
        for _ in range(totals[tick]):
            out[place] = start + tick
            place += 1
