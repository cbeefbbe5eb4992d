"""When subjects arrive: a function of model, seed and hour, whichever engine, window or slice asks.

How many arrive in an hour since the start of the run is a Poisson draw, whose mean is the rate times the integral of
its rhythm. Each of them has a draw of its own for the moment, by inversion of that integral. Within an hour, subjects
are numbered in the order of their moments, behind those of all hours before and those that are there initially.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from doge_datagen.draws import SUBJECTS_AT_MOST, philox
from doge_datagen.engine.arriving.arrival_rate import RATE, rate_of_arrivals
from doge_datagen.errors import CalculationError
from doge_datagen.model.clock import ENDLESS
from doge_datagen.numeric.functions import UNIT, plain_names
from doge_datagen.numeric.timelines import HOUR, LEVEL, SLOPE, SUM, WIDTH, elapsed, integral, piece_of
from doge_datagen.program.program import Program
from doge_datagen.program.time.translation import MOST_ARRIVALS

Moments = npt.NDArray[np.int64]
"""Milliseconds since the start of the run, ascending."""
Floats = npt.NDArray[np.float64]
NOBODY = np.empty(0, np.int64)
COUNT, MOMENT = range(2)
"""The numbers of the draws of an hour, and of one who arrives in it."""
FEW = 12
"""Fewer draws than this are faster one by one than as arrays, each of whose 100 operations costs a microsecond."""


class ArrivalSchedule:
    """When the subjects of a run arrive, hour by hour.

    Args:
        program: the model; its subjects arrive.
        seed: 64 bits.
    """

    def __init__(self, program: Program, seed: int) -> None:
        assert program.timing is not None  # noqa: S101 - the caller has checked it; for the type checker
        assert program.timing.arrivals is not None  # noqa: S101 - as above
        self._of = program.timing.arrivals
        self._start, self._initially = program.spec.clock.start, program.spec.population.at_start
        self._rate, self._rhythm = rate_of_arrivals(program, seed)
        self._key = seed & 0xFFFFFFFF, seed >> 32
        self._poisson = plain_names()["draw_poisson"]
        self._last: tuple[int, Moments] = -1, NOBODY

    def moments(self, hour: int, first: int = 0) -> Moments:
        """The moments at which subjects arrive in an hour since the start of the run.

        Args:
            hour: its number, from 0.
            first: the index of the first of them, for errors.

        Raises:
            CalculationError: more of them arrive than can be sorted together.
        """
        if self._last[0] != hour:
            self._last = hour, self._moments(hour, first)
        return self._last[1]

    def _moments(self, hour: int, first: int) -> Moments:
        begin = hour * HOUR
        length = _length(self._rhythm, self._start + begin, HOUR)
        count = self._count(hour, length, first)
        shares = uniform_numbers(self._key, (hour, self._of.moments, MOMENT), count)
        drawn = begin + self._within(self._start + begin, length, shares) if count else NOBODY
        drawn.sort()
        return drawn if hour else np.concatenate([np.zeros(self._initially, np.int64), drawn])

    def _count(self, hour: int, length: float, first: int) -> int:
        mean = self._rate * length
        if mean > MOST_ARRIVALS:
            problem = f"{mean:,.0f} subjects are expected to arrive in one hour; at most {MOST_ARRIVALS:,} can"
            hint = "lower the rate, or the factors of its rhythm"
            when = self._start + hour * HOUR
            raise CalculationError(RATE, f"{problem}. Hint: {hint}", subject=first, timestamp=when)
        return int(self._poisson([0], *self._key, 0, hour, self._of.counts, COUNT, mean)) if mean else 0

    def _within(self, since: int, length: float, shares: Floats) -> Moments:
        """Where in an hour so much of it has passed, by its rhythm; never at its end, which is another hour."""
        if self._rhythm is None:
            found = (shares * float(HOUR)).astype(np.int64)
        else:
            found = moments_after(self._rhythm, since, shares * length) - since
        return np.minimum(found, HOUR - 1)


def uniform_numbers(key: tuple[int, int], counter: tuple[int, int, int], count: int) -> Floats:
    """A number in [0, 1) for each of so many subjects, who come before the other words of the counter."""
    if count < FEW:
        words = [philox(key, (number, *counter)) for number in range(count)]
        low, high, _, _ = np.array(words, np.uint64).reshape(-1, 4).T
    else:
        first, second, third = (np.full(count, word, np.uint64) for word in counter)
        low, high, _, _ = philox(key, (np.arange(count, dtype=np.uint64), first, second, third))
    return np.asarray(((high << np.uint64(21)) | (low >> np.uint64(11))) * UNIT)


def moments_after(rhythm: Any, since: int, amounts: Floats) -> Moments:
    """The same as ``numeric.timelines.after`` for many amounts at once, with the same bits."""
    knots, _ = rhythm
    piece = piece_of(rhythm, since)
    ends = integral(knots, piece, since) + amounts
    rows = knots.reshape(-1, WIDTH)
    pieces = np.maximum(np.searchsorted(rows[:, SUM], ends) - 1, piece)
    begins, levels, slopes = rows[pieces, 0], rows[pieces, LEVEL], rows[pieces, SLOPE]
    missing = ends - rows[pieces, SUM]
    divisors = levels + np.sqrt(np.maximum(levels * levels + 2.0 * slopes * missing, 0.0))
    passed = np.divide(2.0 * missing, divisors, out=np.zeros_like(missing), where=missing > 0.0)
    found = begins.astype(np.int64) + (passed + 0.5).astype(np.int64)
    nexts = np.append(rows[1:, 0], np.inf)[pieces]
    found = np.where(found > nexts, np.minimum(nexts, 2.0**62).astype(np.int64), found)
    return np.where(missing > 0.0, np.maximum(found, since), since)


class Arrived(NamedTuple):
    """Some who arrive.

    Attributes:
        end: the tick up to which these are all of a slice.
        subjects: their indexes, ascending.
        moments: when each arrives.
        given: the attributes that they have from the beginning, if they are spawned.
    """

    end: int
    subjects: npt.NDArray[np.uint32]
    moments: Moments
    given: Mapping[str, npt.NDArray[Any]] = MappingProxyType({})


class ArrivalQueue:
    """Gives those who arrive to an engine, window by window.

    Args:
        program: the model.
        seed: 64 bits.
        subjects: the slice that the engine simulates.
    """

    def __init__(self, program: Program, seed: int, subjects: range) -> None:
        self._schedule = ArrivalSchedule(program, seed)
        self._start = program.spec.clock.start
        self._subjects = subjects
        self._ahead = NOBODY
        self.go_to(0, 0)

    def go_to(self, tick: int, arrived: int) -> None:
        """Continue from a tick before which so many subjects of the whole run have arrived."""
        self._tick, self._index, self._ahead = tick, arrived, self._ahead[:0]

    def arrived(self, tick: int) -> int:
        """How many subjects of the whole run arrive before a tick, which is that of the next window."""
        return self._index - int(np.sum(self._ahead >= tick))

    def take(self, tick: int, end: int, most: int) -> Arrived:
        """Those who arrive up to a tick, except for those who were taken before.

        Args:
            tick: the first tick of the window.
            end: the tick after its last.
            most: how many to take; the window ends earlier if more arrive, unless it has a single tick.

        Raises:
            CalculationError: more subjects arrive than there are indexes, or than can be sorted together.
        """
        found, count, hour = [self._ahead[self._ahead >= tick]], 0, self._tick // HOUR
        while hour * HOUR < end and count < most:
            moments = self._schedule.moments(hour, self._index + count)
            moments = moments[np.searchsorted(moments, self._tick) : np.searchsorted(moments, end)]
            if count + len(moments) > most:
                end = max(int(moments[most - count]), self._tick + 1)
                moments = moments[: np.searchsorted(moments, end)]
            found.append(moments)
            count, hour = count + len(moments), hour + 1
        end = min(end, max(hour * HOUR, self._tick + 1))
        self._ahead = np.concatenate(found)
        return self._numbered(end, self._ahead[len(found[0]) :])

    def _numbered(self, end: int, moments: Moments) -> Arrived:
        first, self._index, self._tick = self._index, self._index + len(moments), max(self._tick, end)
        if self._index > SUBJECTS_AT_MOST:
            hint = "lower the rate, or let the run end earlier"
            problem = f"more than {SUBJECTS_AT_MOST:,} subjects arrive. Hint: {hint}"
            when = self._start + int(moments[SUBJECTS_AT_MOST - first])
            raise CalculationError(RATE, problem, subject=SUBJECTS_AT_MOST, timestamp=when)
        of = self._subjects
        indexes = np.arange(first, self._index)
        mine = (indexes >= of.start) & (indexes < of.stop) & ((indexes - of.start) % of.step == 0)
        return Arrived(end, indexes[mine].astype(np.uint32), moments[mine])


def _length(rhythm: Any, since: int, milliseconds: int) -> float:
    """How many milliseconds of a rhythm are in a span of time."""
    return float(milliseconds) if rhythm is None else elapsed(rhythm, since, since + milliseconds)


class ExpectedArrivals:
    """How many subjects are expected to arrive in a run with an end, and when.

    Args:
        program: the model.

    Attributes:
        count: how many are expected, besides those that are there initially; 0 if none arrive, or the run has no end.
    """

    def __init__(self, program: Program) -> None:
        self._clock = clock = program.spec.clock
        rate, self._rhythm = rate_of_arrivals(program, 0)
        self._length = _length(self._rhythm, clock.start, clock.ticks) if clock.ticks < ENDLESS else 0.0
        self.count = rate * self._length

    def moment(self, share: float) -> int:
        """The tick at which so large a share of them, from 0 to 1, are expected to have arrived."""
        return int(self._at(np.array([share]))[0])

    def moments(self, most: int) -> Moments:
        """The ticks at which they are expected to arrive, or so many that stand for all of them."""
        count = min(round(self.count), most)
        return self._at((np.arange(count) + 0.5) / max(1, count))

    def _at(self, shares: Floats) -> Moments:
        if self._rhythm is None:
            found = (shares * self._clock.ticks).astype(np.int64)
        else:
            found = moments_after(self._rhythm, self._clock.start, shares * self._length) - self._clock.start
        return np.minimum(found, max(self._clock.ticks - 1, 0))
