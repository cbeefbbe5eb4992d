"""Parse and format durations and timestamps, in milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from fractions import Fraction

SECOND = 1000
UNITS = {
    "ms": 1,
    "millisecond": 1,
    "s": SECOND,
    "sec": SECOND,
    "second": SECOND,
    "min": 60 * SECOND,
    "minute": 60 * SECOND,
    "h": 3600 * SECOND,
    "hour": 3600 * SECOND,
    "d": 86_400 * SECOND,
    "day": 86_400 * SECOND,
    "w": 7 * 86_400 * SECOND,
    "week": 7 * 86_400 * SECOND,
}
DURATION = re.compile(r"(?P<number>[0-9]{1,15}(\.[0-9]{1,15})?) ?(?P<unit>[a-z]+)")
TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?( ?([Zz]|[-+][0-9]{2}:[0-9]{2}))?)?"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
NEVER = 253_402_300_799_999
"""The timestamp of what does not come: the last moment of the year 9999, the latest that every format can hold."""
UNITS_SAID = "ms, s, min, h, d or w"


def duration(text: str) -> int:
    """Parse a duration; return milliseconds.

    Raises:
        ValueError: the text is not a duration, or not an integer number of milliseconds.

    >>> duration('1 min'), duration('1.5 hours'), duration('500ms')
    (60000, 5400000, 500)
    """
    found = DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not a duration. Hint: give a number and a unit ({UNITS_SAID}), such as '1 min'")
    unit = found["unit"]
    length = UNITS.get(unit) or UNITS.get(unit.removesuffix("s"))
    if length is None:
        near = nearest_unit(unit)
        hint = f"did you mean {near!r}?" if near else f"give {UNITS_SAID}"
        raise ValueError(f"{text!r}: {unit!r} is not a unit. Hint: {hint}")
    # As a fraction: 1.005 s is 1005 ms, but 1.005 * 1000 as floats is not.
    milliseconds = Fraction(found["number"]) * length
    if milliseconds.denominator != 1:
        raise ValueError(f"{text!r} has a fraction of a millisecond. Hint: round it")
    return int(milliseconds)


def nearest_unit(name: str) -> str | None:
    """The unit that a misspelt name resembles; None if there is none.

    >>> nearest_unit('dys'), nearest_unit('euros')
    ('day', None)
    """
    near = ["min"] if name == "m" else get_close_matches(name, UNITS, n=1)
    return near[0] if near else None


def duration_text(milliseconds: int) -> str:
    """Format a duration in the largest unit that divides it.

    >>> duration_text(5_400_000), duration_text(86_400_000)
    ('90 min', '1 d')
    """
    for unit in ("w", "d", "h", "min", "s", "ms"):
        if milliseconds % UNITS[unit] == 0 and milliseconds:
            return f"{milliseconds // UNITS[unit]} {unit}"
    return "0 ms"


def timestamp(text: str) -> int:
    """Parse a date or a time, UTC unless it has a zone; return milliseconds since the epoch.

    Raises:
        ValueError: the text is not a timestamp.

    >>> timestamp('2022-02-11T03:21:48Z'), timestamp('2022-02-11'), timestamp('2022-02-11 03:21:48.5+01:00')
    (1644549708000, 1644537600000, 1644546108500)
    """
    problem, hint = f"{text!r} is not a timestamp", "give one such as 2022-02-11T03:21:48Z"
    if not TIMESTAMP.fullmatch(text.strip()):
        raise ValueError(f"{problem}. Hint: {hint}")
    try:
        # Stricter by the pattern before: from 3.11 on Python reads forms such as 20240506 and weeks, which would look
        # like numbers.
        moment = datetime.fromisoformat(text.strip().upper().replace(" Z", "Z").replace(" +", "+").replace(" -", "-"))
    except ValueError as error:
        # About an offset of a day or more, Python's message is about a class.
        why = "the offset is too large" if "timedelta" in str(error) else error
        raise ValueError(f"{problem}: {why}. Hint: {hint}") from None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // MILLISECOND


def timestamp_text(milliseconds: int) -> str:
    """Format a timestamp in UTC, as :func:`timestamp` reads it.

    >>> timestamp_text(1644549708000)
    '2022-02-11T03:21:48Z'
    """
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    exact = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=exact).replace("+00:00", "Z")
