"""Makes draws ahead for many subjects and steps at once, at a fiftieth of the cost of single draws."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from doge_datagen.draws import MASK, draw, purpose_of
from doge_datagen.numeric.logarithms import logs_of_parts

WALK = purpose_of("walk")
KEPT = 2**22  # draws, 16 bytes each
AT_ONCE = 2**12  # draws that fit in the cache of one core
SCRATCH_BYTES = 2**22
WIDEST, NARROWEST = 64, 4
FIRST, MOST = 32, 512
"""How many draws of a subject that is walked alone are made together: at first, and at most later on."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Draw = tuple[float, float]
"""An exponential of mean 1, and a choice in [0, 1)."""


class DrawBuffer:
    """The draws for the next few steps of each subject: an exponential of mean 1, and a choice in [0, 1).

    A draw depends on seed, subject and step alone, so it does not matter when and together with which others it is
    made.

    Each subject has a row of ``width`` entries, a power of two, in ``exponential`` and ``choice``. Its next draw is at
    ``cursor[subject]``; the caller advances the cursor after reading it. The first entry of each row is unused, so that
    a cursor that is a multiple of the width is at the end of its row, and :meth:`refill` is due. The arrays are Python
    arrays, because these are faster than NumPy's to read one by one; :meth:`take` reads for many subjects at once.

    Args:
        seed: 64 bits.
        subjects: their indexes. They have the rows 0, 1, 2 and so on; elsewhere, a subject is identified by its row.
        waits: False if no exponential will be used; they are all 1 then.
        purpose: separates these draws from others.
        widest: the largest width.
    """

    def __init__(
        self, seed: int, subjects: range, *, waits: bool = True, purpose: int = WALK, widest: int = WIDEST
    ) -> None:
        # Freed at once: after it the C library keeps freed memory up to this size for the next refill, instead of
        # giving it back to the system and asking for it again, which takes longer than the draws themselves.
        np.empty(SCRATCH_BYTES, dtype=np.uint8)
        count = len(subjects)
        # Wide rows are refilled seldom, but with many subjects they need too much memory.
        self.width = 1 << (min(widest, max(NARROWEST, KEPT // max(count, 1))).bit_length() - 1)
        self._seed = seed
        self._subjects = subjects
        self._purpose = purpose
        self._waits = waits
        self._rows_at_once = AT_ONCE // self.width
        # As if the row before had just been used up, so the first read refills.
        self._first_step = np.full(count, 1 - self.width, dtype=np.int64)
        self.exponential, self.choice = (array("d", [1.0]) * (count * self.width) for _ in range(2))
        self.cursor = array("q", range(self.width, self.width * (count + 1), self.width))
        self._exponential, self._choice = (np.frombuffer(it) for it in (self.exponential, self.choice))
        self._cursor = np.frombuffer(self.cursor, dtype=np.int64)

    def take(self, subjects: Integers) -> tuple[Floats, Floats]:
        """The next draw of each of these subjects: exponentials and choices; advances their cursors."""
        empty = subjects[self._cursor[subjects] & (self.width - 1) == 0]
        if empty.size:
            self.refill(empty.tolist())
        here = self._cursor[subjects]
        self._cursor[subjects] = here + 1
        return self._exponential[here], self._choice[here]

    def steps(self, subjects: Integers) -> Integers:
        """The number of the next step of each of these subjects."""
        return self._first_step[subjects] + (self._cursor[subjects] - (subjects * self.width + 1))

    def rewind(self, subject: int, step: int) -> None:
        """Go back to an earlier step of a subject; draws that are not in its row any more are made again."""
        position = step - int(self._first_step[subject])
        if position < 0:
            # As at the end of a row after which this step comes: the next read makes it again.
            self._first_step[subject] = step - (self.width - 1)
            position = self.width - 1
        self.cursor[subject] = subject * self.width + 1 + position

    def go_to(self, steps: Integers) -> None:
        """Go to a step of every subject, and discard the draws made ahead."""
        ends = self.width * np.arange(1, len(self.cursor) + 1)
        self._cursor[:] = ends
        self._first_step[:] = steps - (self.width - 1)

    def refill(self, empty: Sequence[int]) -> None:
        """Draw for subjects that have no draws left; if these are few, also for neighbours that will run out soon."""
        # A call of NumPy costs the same for one row as for a cache full of them, so neighbours come along.
        rows = empty if len(empty) >= self._rows_at_once else sorted({*empty, *self._half_empty_around(empty[0])})
        for first in range(0, len(rows), self._rows_at_once):
            self._fill(np.array(rows[first : first + self._rows_at_once]))

    def _half_empty_around(self, subject: int) -> list[int]:
        first = subject - subject % self._rows_at_once
        neighbours = np.arange(first, min(first + self._rows_at_once, len(self.cursor)))
        used = self._cursor[neighbours] - self.width * neighbours
        return neighbours[used > self.width // 2].tolist()  # type: ignore[no-any-return]  # NumPy's tolist says Any

    def _fill(self, subjects: Integers) -> None:
        begins = subjects * self.width + 1
        self._first_step[subjects] += self._cursor[subjects] - begins
        offsets = np.arange(self.width - 1)
        positions = begins[:, None] + offsets
        steps = self._first_step[subjects, None] + offsets
        indexes = self._subjects.start + subjects * self._subjects.step
        wait_bits, choice_bits = draw_bits(
            self._seed, np.broadcast_to(indexes[:, None], steps.shape), steps, self._purpose
        )
        self._choice[positions] = fraction(choice_bits)
        if self._waits:
            self._exponential[positions] = exponential(wait_bits)
        self._cursor[subjects] = begins


class WalkDraws:
    """The draws of subjects that are walked one by one, as those of :class:`DrawBuffer`, from a subject's first step.

    Args:
        seed: 64 bits.
        purpose: separates these draws from others.
    """

    def __init__(self, seed: int, purpose: int) -> None:
        self._seed, self._purpose = seed, purpose

    def first(self, subjects: Integers) -> Iterator[list[Draw]]:
        """For each of these subjects, its first draws, which are cheaper for many subjects at once."""
        steps = np.tile(np.arange(FIRST), (len(subjects), 1))
        drawn = self._drawn(np.repeat(subjects, FIRST).reshape(-1, FIRST), steps)
        yield from (list(zip(*rows, strict=True)) for rows in zip(*(it.tolist() for it in drawn), strict=True))

    def of_subject(self, subject: int, first: list[Draw]) -> Iterator[Draw]:
        """All draws of a subject, which begin with the first ones."""
        yield from first
        step, width = FIRST, 2 * FIRST
        while True:
            steps = np.arange(step, step + width)
            drawn = self._drawn(np.full(width, subject), steps)
            yield from zip(*(it.tolist() for it in drawn), strict=True)
            # A subject with many attempts will probably have more.
            step, width = step + width, min(2 * width, MOST)

    def _drawn(self, subjects: Integers, steps: Integers) -> tuple[Floats, Floats]:
        rests, choices = draw_bits(self._seed, subjects, steps, self._purpose)
        return exponential(rests), fraction(choices)


def draw_bits(seed: int, subjects: Integers, steps: Integers, purpose: int = WALK) -> tuple[Words, Words]:
    """Two times 64 random bits for each pair of subject and step.

    The lower 32 bits of a step are the second word of the counter. The upper bits are its fourth word, which is 0 for
    other steps, so that draws do not repeat after 2**32 steps.
    """
    low, high = (steps & MASK).astype(np.uint64), (steps >> 32).astype(np.uint64)
    return draw(seed, subjects.astype(np.uint64), low, np.full(steps.shape, purpose, np.uint64), high)


def fraction(bits: Words) -> Floats:
    """The upper 53 of 64 bits as a number in [0, 1); overwrites the bits."""
    bits >>= np.uint64(11)
    number = bits.astype(np.float64)
    number *= 2.0**-53
    return number


def exponential(bits: Words) -> Floats:
    """An exponential of mean 1 from the upper 53 of 64 bits, by inversion; overwrites the bits."""
    uniform = fraction(bits)
    uniform += 2.0**-54
    mantissa, exponent = np.frexp(uniform)
    return -logs_of_parts(mantissa, exponent.astype(np.float64))
