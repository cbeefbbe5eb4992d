"""The rhythms of a model over a plain week, hour by hour: one without holidays, periods and growth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doge_datagen.forecast.values import ExpectedRhythm
from doge_datagen.model import Spec
from doge_datagen.model.rhythm import WEEKDAYS
from doge_datagen.program.rhythm_week import plain_week

BARS = "▁▂▃▄▅▆▇█"
NOTHING = " "


def expected_rhythms(spec: Spec) -> tuple[ExpectedRhythm, ...]:
    """The factors of each rhythm of a valid model."""
    return tuple(ExpectedRhythm(name, it.zone, tuple(plain_week(it))) for name, it in spec.rhythms.items())


def chart(rhythm: ExpectedRhythm) -> Iterator[str]:
    """A line with the range of a rhythm, and one for each day with a bar for each hour and the mean of the day."""
    least, most = min(rhythm.factors), max(rhythm.factors)
    yield f"rhythm {rhythm.name}, by the hour ({rhythm.zone}): {least:.3g} to {most:.3g}"
    for day, name in enumerate(WEEKDAYS):
        hours = rhythm.factors[day * 24 : day * 24 + 24]
        yield f"  {name}  {sparkline(hours, most)}  {sum(hours) / 24:.3g}"


def sparkline(values: Sequence[float], most: float) -> str:
    """A bar for each value, of which ``most`` is the highest; nothing for 0.

    >>> sparkline([0, 1, 4, 8], 8)
    ' ▁▄█'
    """
    last = len(BARS) - 1
    return "".join(BARS[min(int(value / most * len(BARS) - 1e-9), last)] if value else NOTHING for value in values)
