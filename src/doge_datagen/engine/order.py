"""A window put in order of time by a counting sort, in parts that threads can do at once; and whole numbers as text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit

TEN, MINUS, ZERO = np.uint64(10), 45, np.uint8(48)
LONGEST = 20  # characters of a 64-bit number
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


@njit(nogil=True, cache=True)
def write_decimals(numbers: Array, offsets: Array, data: Array) -> int:  # pragma: no cover - compiled
    """Whole numbers as decimals one after the other, and where each ends; gives how many bytes there are."""
    at = 0
    for number in range(len(numbers)):
        rest = np.uint64(numbers[number])
        if numbers[number] < 0:
            data[at] = MINUS
            at += 1
            rest = np.uint64(0) - rest
        digits, above = 1, rest // TEN
        while above > 0:
            digits += 1
            above //= TEN
        for place in range(at + digits - 1, at - 1, -1):
            data[place] = ZERO + np.uint8(rest % TEN)
            rest //= TEN
        at += digits
        offsets[number + 1] = at
    return at


@njit(nogil=True, cache=True)
def text_ends(numbers: Array, begins: Array, offsets: Array) -> None:  # pragma: no cover - compiled
    """Where each text of a table ends, written one after the other."""
    at = 0
    for number in range(len(numbers)):
        text = numbers[number]
        at += begins[text + 1] - begins[text]
        offsets[number + 1] = at


@njit(nogil=True, cache=True)
def write_texts(numbers: Array, begins: Array, letters: Array, data: Array) -> None:  # pragma: no cover - compiled
    """Texts of a table one after the other."""
    at = 0
    for number in range(len(numbers)):
        text = numbers[number]
        for place in range(begins[text], begins[text + 1]):
            data[at] = letters[place]
            at += 1


def texts(numbers: Array, table: pa.StringArray) -> pa.Array:
    """By number, the texts of a table: three times as fast as Arrow does it."""
    _, begins, letters = table.buffers()
    bounds = np.frombuffer(begins, np.int32)[table.offset :]
    offsets = np.zeros(len(numbers) + 1, dtype=np.int32)
    text_ends(numbers, bounds, offsets)
    data = np.empty(int(offsets[-1]), dtype=np.uint8)
    write_texts(numbers, bounds, np.frombuffer(letters or b"", np.uint8), data)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(data))


def decimals(numbers: Array) -> pa.Array:
    """Whole numbers as an Arrow array of texts."""
    offsets = np.zeros(len(numbers) + 1, dtype=np.int32)
    data = np.empty(len(numbers) * LONGEST, dtype=np.uint8)
    used = write_decimals(numbers, offsets, data)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(data[:used]))
