"""Builds Arrow strings for many records at once: integers as decimals, and known strings by their index in a table.

Both copy bytes in chunks of a fixed length, and let the next string overwrite what was too much. A loop over the length
of each string would be ten times slower, because the processor cannot predict when it ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from doge_datagen.engine.compiled.code_cache import kept

Array = Any  # a NumPy array, whose type Numba infers
# Indexes are unsigned: a signed one may be negative, and the check for that would prevent vector instructions.
ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE, TEN, ELEVEN, TWELVE, THIRTEEN, FOURTEEN, FIFTEEN, SIXTEEN = (
    np.uint64(number) for number in range(1, 17)
)
ZERO, HUNDRED, MYRIAD, MYRIADS = np.uint64(0), np.uint64(100), np.uint64(10**4), np.uint64(10**8)
MINUS = np.uint8(ord("-"))
PAIRS = np.frombuffer(b"".join(b"%02d" % number for number in range(100)), np.uint8)
LIMITS = np.array([10**digits for digits in range(1, 8)], np.uint64)
PIECE = 2 * SIXTEEN


@kept(nogil=True)
def ends_of_decimals(numbers: Array, offsets: Array) -> int:  # pragma: no cover - compiled
    """Compute the offset at which the decimals of each number end; returns the total number of bytes."""
    at = offsets[0] = 0
    for number in range(len(numbers)):
        rest = np.uint64(numbers[number])
        if numbers[number] < 0:
            rest = ZERO - rest
            at += 1
        # Eight digits at a time, as a division of 64 bits costs more than all that follows it.
        while rest >= MYRIADS:
            rest //= MYRIADS
            at += 8
        at += 1
        # Compared with all limits instead of up to the first above: the loop is unrolled and has no branch.
        for limit in LIMITS:
            at += int(rest >= limit)
        offsets[number + 1] = at
    return at


@kept(nogil=True)
def write_decimals(numbers: Array, offsets: Array, letters: Array) -> None:  # pragma: no cover - compiled
    """Write decimals from the last number to the first, eight digits at a time.

    The leading zeros of a number are overwritten by the number before it; those of the first number go to eight extra
    bytes before it.
    """
    # Backwards, because the surplus of a chunk is in front of a number, where its predecessor goes.
    for number in range(len(numbers) - 1, -1, -1):
        rest = np.uint64(numbers[number])
        if numbers[number] < 0:
            rest = ZERO - rest
        to = np.uint64(offsets[number + 1])
        while rest >= MYRIADS:
            above = rest // MYRIADS
            _write_eight(rest - above * MYRIADS, letters, to)
            rest = above
            to -= EIGHT
        _write_eight(rest, letters, to)
        if numbers[number] < 0:
            letters[np.uint64(offsets[number]) + EIGHT] = MINUS


@kept(nogil=True)
def _write_eight(number: Any, letters: Array, to: Any) -> None:  # pragma: no cover - compiled
    """Write a number below a hundred million with eight digits."""
    # Digits in pairs from a table: half as many divisions, and those by constants, which are multiplications.
    high = number // MYRIAD
    low = number - high * MYRIAD
    a, c = high // HUNDRED, low // HUNDRED
    b, d = (high - a * HUNDRED) * TWO, (low - c * HUNDRED) * TWO
    a, c = a * TWO, c * TWO
    letters[to], letters[to + ONE] = PAIRS[a], PAIRS[a + ONE]
    letters[to + TWO], letters[to + THREE] = PAIRS[b], PAIRS[b + ONE]
    letters[to + FOUR], letters[to + FIVE] = PAIRS[c], PAIRS[c + ONE]
    letters[to + SIX], letters[to + SEVEN] = PAIRS[d], PAIRS[d + ONE]


@kept(nogil=True)
def ends_of_texts(numbers: Array, begins: Array, offsets: Array) -> None:  # pragma: no cover - compiled
    """Compute the offset at which each string ends when strings of a table are written one after the other."""
    at = offsets[0] = 0
    for number in range(len(numbers)):
        text = numbers[number]
        at += begins[text + 1] - begins[text]
        offsets[number + 1] = at


@kept(nogil=True)
def write_texts(numbers: Array, begins: Array, table: Array, letters: Array) -> None:  # pragma: no cover - compiled
    """Write strings of a table one after the other; the table and the output must have room for one more chunk."""
    to = ZERO
    for number in range(len(numbers)):
        text = np.uint64(numbers[number])
        begin = np.uint64(begins[text])
        length = np.uint64(begins[text + ONE]) - begin
        # Whole chunks, even if the string is shorter: what is too much is overwritten by the next string. Copying byte
        # by byte would take a branch for each.
        for done in range(ZERO, length, PIECE):
            _copy_sixteen(table, begin + done, letters, to + done)
            _copy_sixteen(table, begin + done + SIXTEEN, letters, to + done + SIXTEEN)
        to += length


@kept(nogil=True)
def _copy_sixteen(table: Array, at: Any, letters: Array, to: Any) -> None:  # pragma: no cover - compiled
    """Copy sixteen bytes; all are read before the first is written, so that the compiler moves them at once."""
    (
        letters[to], letters[to + ONE], letters[to + TWO], letters[to + THREE],
        letters[to + FOUR], letters[to + FIVE], letters[to + SIX], letters[to + SEVEN],
        letters[to + EIGHT], letters[to + NINE], letters[to + TEN], letters[to + ELEVEN],
        letters[to + TWELVE], letters[to + THIRTEEN], letters[to + FOURTEEN], letters[to + FIFTEEN],
    ) = (
        table[at], table[at + ONE], table[at + TWO], table[at + THREE],
        table[at + FOUR], table[at + FIVE], table[at + SIX], table[at + SEVEN],
        table[at + EIGHT], table[at + NINE], table[at + TEN], table[at + ELEVEN],
        table[at + TWELVE], table[at + THIRTEEN], table[at + FOURTEEN], table[at + FIFTEEN],
    )  # fmt: skip


def texts(numbers: Array, table: pa.StringArray) -> pa.Array:
    """Strings of a table, by index, as an Arrow array."""
    _, begins, known = table.buffers()
    bounds = np.frombuffer(begins, np.int32)[table.offset :]
    offsets = np.empty(len(numbers) + 1, dtype=np.int32)
    ends_of_texts(numbers, bounds, offsets)
    letters = np.empty(int(offsets[-1]) + int(PIECE), dtype=np.uint8)
    # Whole chunks are read, also of the last string of the table, which would lead beyond its end.
    padded = np.concatenate([np.frombuffer(known or b"", np.uint8), np.zeros(int(PIECE), np.uint8)])
    write_texts(numbers, bounds, padded, letters)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(letters[: offsets[-1]]))


def decimals(numbers: Array) -> pa.Array:
    """Integers as an Arrow array of strings."""
    offsets = np.empty(len(numbers) + 1, dtype=np.int32)
    letters = np.empty(int(EIGHT) + ends_of_decimals(numbers, offsets), dtype=np.uint8)
    write_decimals(numbers, offsets, letters)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(letters[int(EIGHT) :]))
