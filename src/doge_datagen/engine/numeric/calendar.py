"""Parts of a timestamp in UTC, as the Gregorian calendar and a clock of 24 hours show them.

Days become year, month and day by the method of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2021: years
begin in March, so that the day that some of them have more is their last; 400 of them, an era, are always as long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000  # in milliseconds
THURSDAY = 3  # days after a Monday; the first day of 1970 was one
ERA = 146_097  # days of 400 years
BEFORE_1970 = 719_468  # days from the first of March of year 0


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
    """The day of the week, from Monday, 0, to Sunday, 6."""
    return (timestamp // DAY + THURSDAY) % 7


def day_of_era(timestamp: int) -> int:
    """How many days of an era have passed."""
    return (timestamp // DAY + BEFORE_1970) % ERA


def year_of_era(day: int) -> int:
    """How many years of an era have passed on one of its days."""
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
    """The year; before the year 1 come 0 and -1."""
    year = year_of_era(day_of_era(timestamp)) + (timestamp // DAY + BEFORE_1970) // ERA * 400
    return year + 1 if day_of_year(timestamp) >= 306 else year


FUNCTIONS: tuple[Callable[..., Any], ...] = (
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
