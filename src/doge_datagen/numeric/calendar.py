"""Calendar arithmetic in UTC and in local time, from and to which timestamps are converted by a table of a zone.

Dates are computed by the method of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2021. Years begin in
March there, so that a leap day is the last day of its year; an era is 400 years, which always have the same length.

A zone is three rows and a number. ``moments`` are the changes in UTC; ``offsets`` what is added to UTC before the first
of them, between each two, and after the last; ``walls`` the local times from which the next offset is used to return to
UTC: so a local time that is skipped comes later by the gap, and a repeated one is its first. From the last change on,
all of it repeats after ``period``; a period of 0 means that nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from doge_datagen.language.time.units import NEVER
from doge_datagen.numeric.arithmetic import add, subtract
from doge_datagen.numeric.faults import BAD_TIME, BAD_UNIT, OVERFLOW, Fault, fail

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000  # in milliseconds
THURSDAY = 3  # days after Monday; the first day of 1970 was a Thursday
ERA = 146_097  # days in 400 years
BEFORE_1970 = 719_468  # days since the first of March of year 0


def shift(fault: Fault, timestamp: int, duration: int) -> int:
    """A timestamp and a duration later; what never comes does not come later or earlier either."""
    # NEVER absorbs every sum, as infinity does. Otherwise a negative duration would turn what never comes into a real
    # moment.
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
    # Python and Numba floor both // and %, so timestamps before 1970 need no case of their own, here and below.
    return (timestamp // DAY + THURSDAY) % 7


def day_of_era(timestamp: int) -> int:
    """How many days of its era have passed at a timestamp."""
    return (timestamp // DAY + BEFORE_1970) % ERA


def year_of_era(day: int) -> int:
    """How many years of an era have passed on a day of it."""
    # Takes back the days that leap years have added: one in 4 years, but none in 100, but one at the end of the era.
    return (day - day // 1460 + day // 36_524 - day // 146_096) // 365


def day_of_year(timestamp: int) -> int:
    """How many days have passed since the first of March."""
    day = day_of_era(timestamp)
    year = year_of_era(day)
    # Within an era there is no term for 400 years: its leap day is the very last day, after which the next era begins.
    return day - (365 * year + year // 4 - year // 100)


def day_of(_: Any, timestamp: int) -> int:
    """The day of the month, 1 to 31."""
    passed = day_of_year(timestamp)
    # From March on, five months always have 153 days (31, 30, 31, 30, 31), so a straight line, rounded down, gives
    # where each month begins.
    return passed - (153 * ((5 * passed + 2) // 153) + 2) // 5 + 1


def month_of(_: Any, timestamp: int) -> int:
    """The month of the year, 1 to 12."""
    month = (5 * day_of_year(timestamp) + 2) // 153
    return month + 3 if month < 10 else month - 9


def year_of(_: Any, timestamp: int) -> int:
    """The year; the year before 1 is 0, and the one before that -1."""
    year = year_of_era(day_of_era(timestamp)) + (timestamp // DAY + BEFORE_1970) // ERA * 400
    # Years begin in March here; January and February, which are from day 306 on, belong to the next civil year.
    return year + 1 if day_of_year(timestamp) >= 306 else year


WEEK = 7 * DAY
FAR = 2**62
MOST_MONTHS = 10_000_000
MONTHS_WITH_30_DAYS = (4, 6, 9, 11)
Row = Sequence[int]


def bisect_right(limits: Any, value: float) -> int:
    """How many limits, in ascending order, are not above a value; found by binary search.

    >>> bisect_right((0.25, 0.5), 0.25)
    1
    """
    low, high = 0, len(limits)
    while low < high:
        middle = (low + high) >> 1
        if value < limits[middle]:
            high = middle
        else:
            low = middle + 1
    # The number of limits at or below the value, and not above: so a change of an offset is in force at its own moment.
    return low


def within_table(limits: Row, value: int, period: int) -> int:
    """A time at which the zone has the same offset, and that the table covers."""
    # The Gregorian calendar, and with it the rules of daylight saving, repeats every 400 years.
    last = limits[len(limits) - 1]
    # One period more than the quotient: the table says what holds before its last change, and from there on it begins
    # again.
    return value - ((value - last) // period + 1) * period if period > 0 and value >= last else value


def to_local(fault: Fault, timestamp: int, moments: Row, offsets: Row, period: int) -> int:
    """Local time, as if it were UTC."""
    return add(fault, timestamp, offsets[bisect_right(moments, within_table(moments, timestamp, period))])


def from_local(fault: Fault, local: int, walls: Row, offsets: Row, period: int) -> int:
    """The timestamp of a local time."""
    return subtract(fault, local, offsets[bisect_right(walls, within_table(walls, local, period))])


def floor_to(fault: Fault, timestamp: int, unit: int, moments: Row, offsets: Row, walls: Row, period: int) -> int:
    """The last local time up to a timestamp that is a multiple of a unit since midnight of 1970-01-01.

    Weeks begin on Mondays. In an hour that is repeated, units shorter than a day begin in it.
    """
    # FAR keeps the sum with three days below from overflowing.
    if not 0 < unit < FAR:
        fail(fault, BAD_UNIT)
        return 0
    if timestamp >= NEVER:
        return NEVER
    local = to_local(fault, timestamp, moments, offsets, period)
    past = local % unit
    # 1970-01-01 was a Thursday.
    if unit % WEEK == 0:
        past = (past + THURSDAY * DAY) % unit
    start = subtract(fault, local, past)
    # In an hour that is repeated, a local time stands for two moments; the one in the same hour as the timestamp is
    # meant.
    directly = subtract(fault, timestamp, past)
    if unit % DAY != 0 and to_local(fault, directly, moments, offsets, period) == start:
        return directly
    # Across a change of the offset, the start of a day in local time is another distance away than in UTC.
    found = from_local(fault, start, walls, offsets, period)
    # A start in an hour that is skipped is moved later by the gap, perhaps beyond the timestamp itself.
    return found if found < timestamp else timestamp  # noqa: FURB136 - Numba compiles this


def days_in_month(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in MONTHS_WITH_30_DAYS else 31


def days_before(year: int, month: int, day: int) -> int:
    """How many days have passed since 1970-01-01, by Hinnant's method as in ``calendar``."""
    from_march = year - 1 if month <= 2 else year
    # Years that begin in March have the leap day last, so it moves no other day of theirs.
    of_era = from_march % 400
    passed = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return from_march // 400 * ERA + of_era * 365 + of_era // 4 - of_era // 100 + passed - BEFORE_1970


def add_months(fault: Fault, anchor: int, months: int, moments: Row, offsets: Row, walls: Row, period: int) -> int:
    """The same local time of day so many months later, on the last day of the month if it has fewer days."""
    if anchor >= NEVER:
        return NEVER
    # So that nothing below can overflow: within these limits all products stay far below 2**63.
    if not (anchor > -FAR and -MOST_MONTHS < months < MOST_MONTHS):
        fail(fault, OVERFLOW)
        return 0
    local = to_local(fault, anchor, moments, offsets, period)
    month = year_of(fault, local) * 12 + month_of(fault, local) - 1 + months
    year, month = month // 12, month % 12 + 1
    most, day = days_in_month(year, month), day_of(fault, local)
    # From the anchor's own day each time, so that a 31st is not lost for good after the first shorter month.
    midnight = days_before(year, month, day if day < most else most) * DAY  # noqa: FURB136 - as above
    found = from_local(fault, midnight + local % DAY, walls, offsets, period)
    return found if found < NEVER else NEVER  # noqa: FURB136 - as above


def next_time(
    fault: Fault, after: int, time: int, weekdays: int, moments: Row, offsets: Row, walls: Row, period: int
) -> int:
    """The first moment after a timestamp at which it is a local time of day, on a weekday whose bit is set."""
    if not 0 <= time < DAY:
        fail(fault, BAD_TIME)
        return 0
    if after >= NEVER:
        return NEVER
    if after <= -FAR:
        fail(fault, OVERFLOW)
        return 0
    day = to_local(fault, after, moments, offsets, period) // DAY - 1  # yesterday's may have come later by a gap
    # Ten days have every weekday, even where a zone skipped one by moving across the date line.
    for number in range(day, day + 10):
        if (weekdays >> ((number + THURSDAY) % 7)) & 1:
            found = from_local(fault, number * DAY + time, walls, offsets, period)
            if found > after:
                return found if found < NEVER else NEVER  # noqa: FURB136 - as above
    return NEVER


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
    bisect_right,
    within_table,
    to_local,
    from_local,
    floor_to,
    days_in_month,
    days_before,
    add_months,
    next_time,
)
"""Each calls only those before it, or those of modules above."""
