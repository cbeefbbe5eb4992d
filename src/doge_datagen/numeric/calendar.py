"""Sums of timestamps and durations, and the parts of a timestamp in UTC, from year to second.

Dates are computed by the method of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2021. Years begin in
March there, so that a leap day is the last day of its year; an era is 400 years, which always have the same length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.language.time.units import NEVER
from doge_datagen.numeric.arithmetic import add
from doge_datagen.numeric.faults import Fault

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000  # in milliseconds
THURSDAY = 3  # days after Monday; the first day of 1970 was a Thursday
ERA = 146_097  # days in 400 years
BEFORE_1970 = 719_468  # days since the first of March of year 0


def shift(fault: Fault, timestamp: int, duration: int) -> int:
    """A timestamp and a duration later; what never comes does not come later or earlier either."""
    if timestamp >= NEVER:
        return NEVER
    moment = add(fault, timestamp, duration)
    return moment if moment < NEVER else NEVER  # noqa: FURB136 - Numba's own min differs in speed


def second_of(_: Any, timestamp: int) -> int:
    """The second of the minute, 0 to 59."""
    return timestamp % MINUTE // SECOND


def minute_of(_: Any, timestamp: int) -> int:
    """The minute of the hour, 0 to 59."""
    return timestamp % HOUR // MINUTE


def hour_of(_: Any, timestamp: int) -> int:
    """The hour of the day, 0 to 23."""
    return timestamp % DAY // HOUR


def weekday_of(_: Any, timestamp: int) -> int:
    """The day of the week, from 0 for Monday to 6 for Sunday."""
    return (timestamp // DAY + THURSDAY) % 7


def day_of_era(timestamp: int) -> int:
    """How many days of its era have passed at a timestamp."""
    return (timestamp // DAY + BEFORE_1970) % ERA


def year_of_era(day: int) -> int:
    """How many years of an era have passed on a day of it."""
    return (day - day // 1460 + day // 36_524 - day // 146_096) // 365


def day_of_year(timestamp: int) -> int:
    """How many days have passed since the first of March."""
    day = day_of_era(timestamp)
    year = year_of_era(day)
    return day - (365 * year + year // 4 - year // 100)


def day_of(_: Any, timestamp: int) -> int:
    """The day of the month, 1 to 31."""
    passed = day_of_year(timestamp)
    return passed - (153 * ((5 * passed + 2) // 153) + 2) // 5 + 1


def month_of(_: Any, timestamp: int) -> int:
    """The month of the year, 1 to 12."""
    month = (5 * day_of_year(timestamp) + 2) // 153
    return month + 3 if month < 10 else month - 9


def year_of(_: Any, timestamp: int) -> int:
    """The year; the year before 1 is 0, and the one before that -1."""
    year = year_of_era(day_of_era(timestamp)) + (timestamp // DAY + BEFORE_1970) // ERA * 400
    return year + 1 if day_of_year(timestamp) >= 306 else year


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    shift,
    second_of,
    minute_of,
    hour_of,
    weekday_of,
    day_of_era,
    year_of_era,
    day_of_year,
    day_of,
    month_of,
    year_of,
)
"""Each calls only those before it."""
