"""Rhythms over a plain week, one without holidays, periods and growth, and the records that each hour of it gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.interpreted.counted_events import QUARTER
from doge_datagen.forecast.sample import RecordColumns
from doge_datagen.forecast.values import ExpectedRhythm, ExpectedStream, ExpectedWeek
from doge_datagen.language.time.zones import UTC_NAME, zone_of
from doge_datagen.model import Spec
from doge_datagen.model.timelines import WEEKDAYS
from doge_datagen.number_format import amount
from doge_datagen.program.program import Program
from doge_datagen.program.rhythms.seasons import offsets
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
        # Output that is redirected on Windows often has a code page without them, and printing would fail halfway.
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
    # A value on the edge between two bars has the lower one, so that a rounding error never makes it the higher.
    return "".join(bars[min(int(value / most * len(bars) - 1e-9), last)] if value else NOTHING for value in values)


HOUR, HOURS = 3_600_000, 168
FROM_MONDAY = 72
"""How many hours of its week had passed at the epoch, a Thursday."""
LONG = 520 * HOURS * HOUR
"""From so many milliseconds on, each hour of the week counts as having come equally often."""
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def expected_weeks(
    program: Program, ticks: int, happened: Mapping[tuple[int, int], int], streams: Sequence[ExpectedStream]
) -> tuple[ExpectedWeek, ...]:
    """The week of each stream; none if the model has no rhythm.

    Args:
        program: the model, in which things happen at any moment.
        ticks: how many milliseconds of the run were sampled.
        happened: by way and quarter of an hour since the start, how many events the sample has, and behind the
            ways, how many records.
        streams: what the streams get over the run.
    """
    spec = program.spec
    if not spec.rhythms or not ticks:
        return ()
    zone = _zone(spec)
    quarters = np.array(sorted({quarter for _, quarter in happened}), np.int64)
    # By quarters of an hour, since today's zones differ from UTC by multiples of one.
    hours = dict(zip(quarters.tolist(), _hours_of_week(spec, zone, ticks, quarters).tolist(), strict=True))
    there, columns = _times_of_hours(spec, zone, ticks), RecordColumns(program)
    found = []
    for it in streams:
        ways = [way for way, its in enumerate(program.ways) if it.name in program.transitions[its.transition].emit]
        feeding = {*columns.of(it.name, ways)}
        counts = np.zeros(HOURS)
        for (way, quarter), count in happened.items():
            counts[hours[quarter]] += count if way in feeding else 0
        # The sample gives only the shape of the week, or its hours would not sum up to the figures in the other tables.
        total = it.records.per_second * ticks / 1000
        found.append(ExpectedWeek(it.name, zone, _per_hour(counts, total, there)))
    return tuple(found)


def _zone(spec: Spec) -> str:
    """The zone of the model, or that of its first rhythm if the model's is UTC."""
    return spec.zone if spec.zone != UTC_NAME else next(iter(spec.rhythms.values())).zone


def _hours_of_week(spec: Spec, zone: str, ticks: int, quarters: Integers) -> Integers:
    """The local hour of the week, from 0 on Mondays at midnight, in which each quarter begins."""
    start = spec.clock.start
    # "right" below: at the very moment of a change, the new offset holds.
    changes = offsets(zone_of(zone), start, start + ticks)
    moments = start + quarters * QUARTER
    positions = np.searchsorted(np.array([moment for moment, _ in changes]), moments, "right") - 1
    local = moments + np.array([ahead for _, ahead in changes], np.int64)[positions]
    return np.asarray((local // HOUR + FROM_MONDAY) % HOURS)


def _times_of_hours(spec: Spec, zone: str, ticks: int) -> Floats:
    """How often each hour of the week has come, in hours."""
    # After ten years the counts of two hours of the week differ by one in 520 at most, which no chart shows, while a
    # quarter of an hour each would fill arrays of any size.
    if ticks >= LONG:
        return np.full(HOURS, ticks / HOUR / HOURS)
    quarters = np.arange(-(-ticks // QUARTER), dtype=np.int64)
    # The end of the run may cut the last one.
    lengths = np.minimum(QUARTER, ticks - quarters * QUARTER) / HOUR
    return np.asarray(np.bincount(_hours_of_week(spec, zone, ticks, quarters), lengths, HOURS), np.float64)


def _per_hour(counts: Floats, total: float, there: Floats) -> tuple[float | None, ...]:
    """Records per hour, which sum up to the total over the run; None for an hour of the week that does not come."""
    scale = total / max(float(counts.sum()), 1.0)
    pairs = zip(counts.tolist(), there.tolist(), strict=True)
    return tuple(count * scale / hours if hours else None for count, hours in pairs)
