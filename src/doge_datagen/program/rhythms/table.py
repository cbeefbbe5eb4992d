"""A rhythm compiled to numbers: the moments between which its factor is linear, and its integral up to each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from doge_datagen.language.time.zones import Zone, zone_of
from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.model.timelines import Rhythm
from doge_datagen.program.rhythms.seasons import EPOCH, edges_of, growth_of, holidays_of, offset, offsets
from doge_datagen.program.rhythms.week import (
    DAY,
    HOUR,
    factors_of_weekdays,
    half_of_blend,
    mean_of_week,
    pieces_of_day,
    scale_of_week,
)

BEFORE = 366 * DAY
"""How long before the start of the run a rhythm begins to change, for ``elapsed``."""
LONGEST = 10 * 366 * DAY
"""How long after the start of the run it changes at most."""
MOST_GROWTH = 1e6
"""By what growth multiplies at most."""
YEAR_1, YEAR_9999 = -62_135_596_800_000, 253_402_300_799_999
"""The first and last moment that a timestamp can show."""
INTEGERS_BELOW = 2.0**62
"""Below this sum, integers of 64 bits do not overflow, whatever the rounding of the sum; overlapping periods with large
factors exceed it."""
MARGIN = 3 * DAY  # more than zones differ, so that no local time is outside of these
MONDAY = 3  # days after a Monday; the first day of 1970 was a Thursday
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RhythmTable:
    """The factor of a rhythm as a function of time: linear in each piece, which begins at a knot; constant at last.

    Attributes:
        times: the knots, in milliseconds since the epoch, ascending.
        levels: the factor at each knot.
        slopes: by how much it changes per millisecond after each knot.
        sums: the integral of the factor up to each knot, in milliseconds.
        positions: for each full hour after the second knot, the number of the last knot up to then.
    """

    times: Integers
    levels: Floats
    slopes: Floats
    sums: Floats
    positions: Integers


def rhythm_table(rhythm: Rhythm, clock: Clock) -> RhythmTable:
    """Compile a valid rhythm for a run.

    Up to each moment of the run the table is the same for any later end of the run, bit for bit.

    Raises:
        MissingDriverError: it has holidays, and the package ``holidays`` is missing.
    """
    return _Compiler(rhythm, clock).table()


class _Compiler:
    """Compiles a rhythm for a clock."""

    def __init__(self, rhythm: Rhythm, clock: Clock) -> None:
        self._rhythm = rhythm
        # From the start of the run, also where the engine begins with a warm-up; or the warm-up would change the growth
        # of the run.
        self._grows_from = clock.start if clock.origin is None else clock.origin
        length = LONGEST if clock.ticks >= ENDLESS else min(clock.ticks * clock.tick_ms, LONGEST)
        self._first = max(clock.start - BEFORE, YEAR_1 + MARGIN)
        # At least a day, as a table without a piece has no factor.
        end = max(min(clock.start + length, YEAR_9999 - MARGIN), self._first + DAY)
        zone = zone_of(rhythm.zone)
        self._last = _midnight_after(end, zone)
        changes = offsets(zone, self._first, self._last)
        self._changes, self._ahead = (np.array(each, np.int64) for each in zip(*changes, strict=True))
        self._growth = None if rhythm.growth is None else growth_of(rhythm.growth)
        self._periods = [(it, *edges_of(it, zone)) for it in rhythm.periods]
        changing = self._growth is not None or any(it.ramp for it in rhythm.periods)
        pieces = pieces_of_day(rhythm, by_hour=changing)
        self._begins, self._ends = (np.array([getattr(it, end) for it in pieces], np.int64) for end in ("begin", "end"))
        self._left, self._right = (np.array([float(getattr(it, end)) for it in pieces]) for end in ("left", "right"))
        # Two days more at each end: local time is up to a day ahead, and a day blends with its neighbours.
        self._day, self._half = self._first // DAY - 2, half_of_blend(rhythm)
        self._factors = self._of_days(self._last // DAY + 2 - self._day)

    def table(self) -> RhythmTable:
        """The table, with a first piece for the time before and a last piece for the time after."""
        knots = self._knots()
        left, right = self._factor(knots)
        lengths = np.diff(knots)
        areas = (left + right) * 0.5 * lengths
        whole = np.floor(areas)
        sums = sums_of_integers(whole) + np.cumsum(areas - whole)
        mean = float(mean_of_week(self._rhythm) * scale_of_week(self._rhythm))
        before, after = (mean * float(self._seasons(knots[[at]], knots[[at]])[0]) for at in (0, -1))
        hours = np.arange(knots[0], knots[-1] + HOUR, HOUR)
        return RhythmTable(
            np.concatenate([[YEAR_1], knots]),
            np.concatenate([[before], left, [after]]),
            np.concatenate([[0.0], (right - left) / lengths, [0.0]]),
            np.concatenate([[before * float(YEAR_1 - knots[0]), 0.0], sums]),
            np.searchsorted(knots, hours, "right"),
        )

    def _knots(self) -> Integers:
        """The moments at which the factor jumps or bends."""
        days = np.arange(self._day, self._day + len(self._factors)) * DAY
        grid = (days[:, None] + self._begins[None, :]).ravel()
        spans = zip(self._changes, (*self._changes[1:], self._last), self._ahead, strict=True)
        # Cut at each change of the offset, so that an hour of local time that is skipped has no knots, and a repeated
        # one has them twice.
        local = [
            grid[np.searchsorted(grid, begin + ahead) : np.searchsorted(grid, end + ahead)] - ahead
            for begin, end, ahead in spans
        ]
        edges = [edge for _, *both in self._periods for edge in both if self._first < edge < self._last]
        # Sorted, and each once: a piece of no length would be divided by.
        return np.unique(np.concatenate([*local, self._changes, [self._last], edges]).astype(np.int64))

    def _factor(self, knots: Integers) -> tuple[Floats, Floats]:
        """The factor at the begin and at the end of each piece between two knots."""
        begins, ends = knots[:-1], knots[1:]
        local = begins + self._ahead[np.searchsorted(self._changes, begins, "right") - 1]
        of_day = local % DAY
        piece = np.searchsorted(self._begins, of_day, "right") - 1
        day = local // DAY - self._day
        into, length = of_day - self._begins[piece], self._ends[piece] - self._begins[piece]
        low, rise = self._left[piece], self._right[piece] - self._left[piece]
        left = (low + rise * (into / length)) * self._of_day(day, of_day) * self._seasons(begins, begins)
        of_end, into_end = of_day + (ends - begins), into + (ends - begins)
        # The end by the day and season of the begin: at midnight and at the edge of a period the factor jumps.
        right = (low + rise * (into_end / length)) * self._of_day(day, of_end) * self._seasons(ends, begins)
        return left, right

    def _of_day(self, day: Integers, of_day: Integers) -> Floats:
        """The factor of the days with these numbers, blended with that of the next or the last day around midnight."""
        own, half = self._factors[day], self._half
        if not half:
            return own
        after = own + (self._factors[day + 1] - own) * (np.maximum(of_day - (DAY - half), 0) / (2 * half))
        before = self._factors[day - 1]
        return np.where(of_day < half, before + (own - before) * ((of_day + half) / (2 * half)), after)

    def _of_days(self, count: int) -> Floats:
        """The factor of each day: of its weekday, or of holidays."""
        scale = scale_of_week(self._rhythm)
        weekdays = np.array([float(it * scale) for it in factors_of_weekdays(self._rhythm)])
        days = np.arange(self._day, self._day + count)
        factors: Floats = weekdays[(days + MONDAY) % 7]
        given = self._rhythm.holidays
        if given is not None:
            years = [(EPOCH + timedelta(days=int(day))).year for day in (days[2], days[-3])]
            free = holidays_of(given.country, years[0], years[1])
            factors[np.isin(days, list(free))] = float(given.factor) * float(scale)
        return factors

    def _seasons(self, moments: Integers, begins: Integers) -> Floats:
        """The factor of growth and periods at some moments, which belong to the pieces that begin at ``begins``."""
        found = np.ones(len(moments))
        if self._growth is not None:
            # Growth without a limit would exceed every rate that can be simulated, and at last the largest double.
            found *= np.minimum(self._growth.after(moments - self._grows_from), MOST_GROWTH)
        for it, first, last in self._periods:
            within = (begins >= first) & (begins < last)
            if it.ramp is None:
                found[within] *= float(it.factor or 0)
                continue
            start, end = it.ramp
            # By the share of time that has passed: at the end of the ramp it is exactly 1, and so the factor is exactly
            # the one given.
            found[within] *= start + (end - start) * ((moments[within] - first) / (last - first))
            if it.hold:
                found[begins >= last] *= end
        return found


def sums_of_integers(values: Floats) -> Floats:
    """The sums of the first integers, of the first two and so on, each rounded only once.

    Later integers change none of them, whichever way they are summed: both ways are exact.
    """
    if values.sum() < INTEGERS_BELOW:
        return np.cumsum(values.astype(np.int64)).astype(np.float64)
    return np.array([float(it) for it in accumulate(map(int, values.tolist()))])


def _midnight_after(moment: int, zone: Zone) -> int:
    """A local midnight after a moment, by a day at most."""
    day = (moment + offset(zone, moment)) // DAY + 1
    midnight = day * DAY - offset(zone, moment)
    return midnight if offset(zone, midnight) == offset(zone, moment) else day * DAY - offset(zone, midnight)
