"""The rhythms of a model over a plain week, one without holidays, periods and growth, and the records they lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from doge_datagen.forecast.values import ExpectedRhythm, ExpectedWeek
from doge_datagen.model import Spec
from doge_datagen.model.rhythm import WEEKDAYS
from doge_datagen.number_format import amount
from doge_datagen.program.rhythms.week import plain_week

BARS, PLAIN_BARS = "▁▂▃▄▅▆▇█", ".:-=+*#@"
"""Bars by height, and what stands for them where an encoding has no blocks."""
NOTHING = " "


def bars_for(encoding: str) -> str:
    """The bars that an encoding has.

    >>> bars_for('utf-8') == BARS, bars_for('ascii')
    (True, '.:-=+*#@')
    """
    try:
        BARS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return PLAIN_BARS
    return BARS


def expected_rhythms(spec: Spec) -> tuple[ExpectedRhythm, ...]:
    """The factors of each rhythm of a valid model."""
    return tuple(ExpectedRhythm(name, it.zone, tuple(plain_week(it))) for name, it in spec.rhythms.items())


def chart(rhythm: ExpectedRhythm, bars: str = BARS) -> Iterator[str]:
    """A line with the range of a rhythm, and one for each day with a bar for each hour and the mean of the day."""
    least, most = min(rhythm.factors), max(rhythm.factors)
    yield f"rhythm {rhythm.name}, by the hour ({rhythm.zone}): {least:.3g} to {most:.3g}"
    yield from _days(rhythm.factors, bars, lambda mean: f"{mean:.3g}")


def chart_of_records(weeks: Sequence[ExpectedWeek], bars: str = BARS) -> Iterator[str]:
    """The same for the records per hour of all streams together; without days that the run does not reach."""
    hours = [None if None in each else sum(each) for each in zip(*(it.records for it in weeks), strict=True)]
    known = [it for it in hours if it is not None]
    streams = weeks[0].name if len(weeks) == 1 else "all streams"
    yield f"records per hour, {streams} ({weeks[0].zone}): {amount(min(known))} to {amount(max(known))}"
    yield from _days(hours, bars, amount)


def _days(hours: Sequence[float | None], bars: str, shown: Callable[[float], str]) -> Iterator[str]:
    most = max(it for it in hours if it is not None)
    for day, name in enumerate(WEEKDAYS):
        of_day = hours[day * 24 : day * 24 + 24]
        known = [it for it in of_day if it is not None]
        if known:
            line = sparkline([it or 0.0 for it in of_day], most, bars)
            yield f"  {name}  {line}  {shown(sum(known) / len(known))}"


def sparkline(values: Sequence[float], most: float, bars: str = BARS) -> str:
    """A bar for each value, of which ``most`` is the highest; nothing for 0.

    >>> sparkline([0, 1, 4, 8], 8)
    ' ▁▄█'
    """
    last = len(bars) - 1
    return "".join(bars[min(int(value / most * len(bars) - 1e-9), last)] if value else NOTHING for value in values)
