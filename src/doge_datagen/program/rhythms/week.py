"""A rhythm over a plain week: one without holidays, periods and growth."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from doge_datagen.language.time.units import duration
from doge_datagen.model.timelines import WEEKDAYS, Rhythm

HOUR, DAY = 3_600_000, 86_400_000  # in milliseconds
CLOCK = re.compile(r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})")
NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,9})?")
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the day in which a factor is linear.

    Attributes:
        begin: where it begins, in milliseconds of local time since midnight.
        end: where it ends.
        left: the factor at its begin.
        right: the factor at its end.
    """

    begin: int
    end: int
    left: Fraction
    right: Fraction

    def at(self, moment: int) -> Fraction:
        """The factor at a moment within it."""
        return self.left + (self.right - self.left) * Fraction(moment - self.begin, self.end - self.begin)

    def part(self, begin: int, end: int) -> Piece:
        """The part of it between two moments within it."""
        return Piece(begin, end, self.at(begin), self.at(end))

    @property
    def area(self) -> Fraction:
        """Its integral."""
        return (self.left + self.right) / 2 * (self.end - self.begin)


def point_of_day(text: str) -> int:
    """A point of the day, such as ``7``, ``7.5`` or ``7:30``, in milliseconds since midnight.

    Raises:
        ValueError: it is not one, or not between 0 and 24.

    >>> point_of_day('7'), point_of_day('7:30')
    (25200000, 27000000)
    """
    clock = CLOCK.fullmatch(text.strip())
    if clock and int(clock["minute"]) < 60:
        hours = int(clock["hour"]) + Fraction(int(clock["minute"]), 60)
    elif NUMBER.fullmatch(text.strip()):
        hours = Fraction(text.strip())
    else:
        raise ValueError(f"{text!r} is not an hour of the day. Hint: write 7, 7.5 or 7:30")
    if hours > 24:
        raise ValueError(f"{text!r} is after the end of the day. Hint: give 0 to 24")
    return round(hours * HOUR)


def weekday_of(text: str) -> int | None:
    """The number of a weekday, from 0 for ``mon`` or ``monday``; None if there is no such weekday."""
    for names in (WEEKDAYS, NAMES):
        if text.lower() in names:
            return names.index(text.lower())
    return None


def pieces_of_day(rhythm: Rhythm, *, by_hour: bool = False) -> tuple[Piece, ...]:
    """The factors of the hours of a valid rhythm over a day.

    Args:
        rhythm: the rhythm.
        by_hour: whether to divide the pieces at each full hour.
    """
    # Fractions, so that the mean is exact: it scales all factors, and a rounded one would differ by the order of
    # summing.
    points = {point_of_day(str(text)): Fraction(factor) for text, factor in rhythm.hours.items()}
    pieces = _steps(points) if rhythm.steps else _lines(points)
    half = half_of_blend(rhythm)
    cuts = {half, DAY - half} | (set(range(0, DAY, HOUR)) if by_hour or half else set())
    return tuple(part for piece in pieces for part in _cut(piece, sorted(cuts)))


def _lines(points: dict[int, Fraction]) -> list[Piece]:
    if not points:
        return [Piece(0, DAY, Fraction(1), Fraction(1))]
    first, last = min(points), max(points)
    around = Piece(last, first + DAY, points[last], points[first]).at(DAY) if first + DAY > last else points[first]
    # 24 and 0 are the same moment of a day that repeats, and either may be given.
    known = {0: points.get(DAY, around), DAY: points.get(0, around)} | points
    moments = sorted(known)
    return [Piece(begin, end, known[begin], known[end]) for begin, end in itertools.pairwise(moments)]


def _steps(points: dict[int, Fraction]) -> list[Piece]:
    if not points:
        return _lines(points)
    known = {0: points.get(DAY, points[max(points)])} | points
    moments = sorted({*known, DAY})
    return [Piece(begin, end, known[begin], known[begin]) for begin, end in itertools.pairwise(moments)]


def _cut(piece: Piece, moments: Sequence[int]) -> list[Piece]:
    cuts = [piece.begin, *(it for it in moments if piece.begin < it < piece.end), piece.end]
    return [piece.part(begin, end) for begin, end in itertools.pairwise(cuts)]


def half_of_blend(rhythm: Rhythm) -> int:
    """For how many milliseconds before and after midnight two days blend; 0 if they do not."""
    return 0 if rhythm.blend is None else duration(str(rhythm.blend)) // 2


def pieces_of_week(rhythm: Rhythm) -> Iterator[tuple[int, Piece]]:
    """The factors over a plain week before it is normalized, by hours at most, each with the number of its day.

    Where two days blend, the product of the two lines is taken as linear within the hour.
    """
    days, half = factors_of_weekdays(rhythm), half_of_blend(rhythm)
    for day, own in enumerate(days):
        before, after = days[day - 1], days[(day + 1) % len(days)]

        def factor(moment: int, before: Fraction = before, own: Fraction = own, after: Fraction = after) -> Fraction:
            if moment < half:
                return before + (own - before) * Fraction(moment + half, 2 * half)
            return own + (after - own) * Fraction(max(moment - DAY + half, 0), max(2 * half, 1))

        for it in pieces_of_day(rhythm, by_hour=True):
            yield day, Piece(it.begin, it.end, it.left * factor(it.begin), it.right * factor(it.end))


def factors_of_weekdays(rhythm: Rhythm) -> list[Fraction]:
    """The factors of monday to sunday as they are given."""
    factors = [Fraction(1)] * len(WEEKDAYS)
    for name, factor in rhythm.weekdays.items():
        number = weekday_of(name)
        if number is not None:
            factors[number] = Fraction(factor)
    return factors


def mean_of_week(rhythm: Rhythm) -> Fraction:
    """The mean over a plain week before it is normalized."""
    return sum((piece.area for _, piece in pieces_of_week(rhythm)), Fraction(0)) / (DAY * len(WEEKDAYS))


def scale_of_week(rhythm: Rhythm) -> Fraction:
    """By what hours and weekdays are multiplied, so that the mean over a plain week is 1."""
    return 1 / mean_of_week(rhythm) if rhythm.normalize else Fraction(1)


def plain_week(rhythm: Rhythm) -> list[float]:
    """The mean factor of each of the 168 hours of a plain week, from monday on.

    >>> plain_week(Rhythm(hours={0: 1, 12: 3}, steps=True))[10:14]
    [0.5, 0.5, 1.5, 1.5]
    """
    hours, scale = [Fraction(0)] * (24 * len(WEEKDAYS)), scale_of_week(rhythm)
    for day, piece in pieces_of_week(rhythm):
        hours[day * 24 + piece.begin // HOUR] += piece.area / HOUR
    return [float(hour * scale) for hour in hours]
