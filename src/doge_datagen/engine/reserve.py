"""Draws made ahead, for many subjects and steps at once: a fiftieth of the price of making them one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from doge_datagen.draws import draw, purpose_of
from doge_datagen.engine.elementary import log_of_parts

WALK = purpose_of("walk")
KEPT = 2**22  # draws, 16 bytes each
AT_ONCE = 2**12  # as many as stay in a core's own cache
WIDEST, NARROWEST = 64, 4


class Reserve:
    """For each subject the draws of its next few steps: an exponential of mean 1 and 64 random bits.

    A draw depends on seed, subject and step alone, so it does not matter when it is made, nor with which others.

    Each subject has a row of ``width`` places, a power of two, in ``exponential`` and ``bits``. Its next draw stands at
    ``cursor[subject]``; whoever takes it moves the cursor on. The first place of a row is left empty, so a cursor that
    is a multiple of the width is at the end of its row, and :meth:`refill` is due.
    """

    def __init__(self, seed: int, subjects: int) -> None:
        self.width = 1 << (min(WIDEST, max(NARROWEST, KEPT // max(subjects, 1))).bit_length() - 1)
        self._seed = seed
        self._rows_at_once = AT_ONCE // self.width
        self._first_step = np.full(subjects, 1 - self.width, dtype=np.int64)
        self._exponential = np.zeros((subjects, self.width))
        self._bits = np.zeros((subjects, self.width), dtype=np.uint64)
        self.exponential = self._exponential.reshape(-1).data
        self.bits = self._bits.reshape(-1).data
        self.cursor = [self.width * (subject + 1) for subject in range(subjects)]

    def refill(self, empty: Sequence[int]) -> None:
        """Draw for the subjects that have nothing left; where these are few, for neighbours that soon will."""
        rows = empty if len(empty) >= self._rows_at_once else sorted({*empty, *self._half_empty_around(empty[0])})
        for first in range(0, len(rows), self._rows_at_once):
            self._fill(rows[first : first + self._rows_at_once])

    def _half_empty_around(self, subject: int) -> list[int]:
        first = subject - subject % self._rows_at_once
        last = min(first + self._rows_at_once, len(self.cursor))
        half = self.width // 2
        return [row for row in range(first, last) if self.cursor[row] - self.width * row > half]

    def _fill(self, rows: Sequence[int]) -> None:
        cursor, subjects = self.cursor, np.array(rows)
        begins = subjects * self.width + 1
        self._first_step[subjects] += np.array([cursor[row] for row in rows]) - begins
        steps = self._first_step[subjects, None] + np.arange(self.width - 1)
        drawn = exponential_and_bits(self._seed, np.broadcast_to(subjects[:, None], steps.shape), steps)
        self._exponential[subjects, 1:], self._bits[subjects, 1:] = drawn
        for row, begin in zip(rows, begins.tolist(), strict=True):
            cursor[row] = begin


def exponential_and_bits(
    seed: int, subjects: npt.NDArray[np.int64], steps: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint64]]:
    """For each pair of subject and step an exponential of mean 1, by inversion of 53 bits, and 64 other bits."""
    nothing = np.zeros((), dtype=np.uint64)
    first, second = draw(seed, subjects.astype(np.uint64), steps.astype(np.uint64), nothing + np.uint64(WALK), nothing)
    uniform = ((first >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    mantissa, exponent = np.frexp(uniform)
    return -log_of_parts(mantissa, exponent.astype(np.float64)), second
