"""Format numbers, times and text for the cells and lines of the live view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rich.text import Text

from doge_datagen.safe_text import one_line

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cut(text: str, width: int, style: str = "") -> Text:
    """Make text safe for a terminal, and cut it to a number of columns.

    >>> cut('a long name', 6).plain
    'a lon…'
    """
    made = Text(one_line(text[: width + 1]), style, no_wrap=True, overflow="ellipsis")
    made.truncate(width, overflow="ellipsis")
    return made


def number(value: float) -> str:
    """Format a number with thousands separators; below 10, with a decimal if it has one.

    >>> number(1234567), number(12.3), number(0.42), number(0)
    ('1,234,567', '12', '0.4', '0')
    """
    return f"{value:,.1f}" if 0 < value < 9.95 and value % 1 else f"{value:,.0f}"


def share(part: int, whole: int) -> str:
    """Format a share in percent, rounded down, so that only the whole is 100 %.

    >>> share(1, 3), share(99999, 100000), share(0, 0)
    ('33.3 %', '99.9 %', '0.0 %')
    """
    return f"{part * 1000 // whole / 10 if whole else 0:.1f} %"


def moment(milliseconds: int) -> str:
    """Format event time in UTC, or in milliseconds if it is beyond the calendar.

    >>> moment(1644549708000), moment(2**60)
    ('2022-02-11 03:21:48 UTC', '1,152,921,504,606,846,976 ms')
    """
    try:
        return f"{EPOCH + timedelta(milliseconds=milliseconds):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return f"{milliseconds:,} ms"


def span(seconds: float) -> str:
    """Format a duration in hours, minutes and seconds.

    >>> span(65.9), span(90061)
    ('0:01:05', '1 day, 1:01:01')
    """
    return str(timedelta(seconds=int(seconds)))


def shared(room: int, wanted: Sequence[int]) -> list[int]:
    """Divide lines among sections: each gets what it wants if there is room, and at least one if it wants any.

    >>> shared(12, [100, 2, 8]), shared(30, [3, 2, 8]), shared(0, [5, 0, 1])
    ([5, 2, 5], [3, 2, 8], [1, 0, 1])
    """
    given = [min(1, rows) for rows in wanted]
    left = room - sum(given)
    while left > 0 and given != list(wanted):
        for section, rows in enumerate(wanted):
            if given[section] < rows and left > 0:
                given[section] += 1
                left -= 1
    return given
