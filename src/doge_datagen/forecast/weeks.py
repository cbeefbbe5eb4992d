"""How many records an hour each stream gets in each hour of the week, from a sample: what rhythms come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.interpreted.single_walk import QUARTER
from doge_datagen.forecast.records_of_events import RecordColumns
from doge_datagen.forecast.values import ExpectedStream, ExpectedWeek
from doge_datagen.language.time.zones import UTC_NAME, zone_of
from doge_datagen.model import Spec
from doge_datagen.program.program import Program
from doge_datagen.program.rhythms.local_offsets import offsets

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
    hours = dict(zip(quarters.tolist(), _hours_of_week(spec, zone, ticks, quarters).tolist(), strict=True))
    there, columns = _times_of_hours(spec, zone, ticks), RecordColumns(program)
    found = []
    for it in streams:
        ways = [way for way, its in enumerate(program.ways) if it.name in program.transitions[its.transition].emit]
        feeding = {*columns.of(it.name, ways)}
        counts = np.zeros(HOURS)
        for (way, quarter), count in happened.items():
            counts[hours[quarter]] += count if way in feeding else 0
        total = it.records.per_second * ticks / 1000
        found.append(ExpectedWeek(it.name, zone, _per_hour(counts, total, there)))
    return tuple(found)


def _zone(spec: Spec) -> str:
    """The zone of the model, or that of its first rhythm if the model's is UTC."""
    return spec.zone if spec.zone != UTC_NAME else next(iter(spec.rhythms.values())).zone


def _hours_of_week(spec: Spec, zone: str, ticks: int, quarters: Integers) -> Integers:
    """The local hour of the week, from 0 on Mondays at midnight, in which each quarter begins."""
    start = spec.clock.start
    changes = offsets(zone_of(zone), start, start + ticks)
    moments = start + quarters * QUARTER
    places = np.searchsorted(np.array([moment for moment, _ in changes]), moments, "right") - 1
    local = moments + np.array([ahead for _, ahead in changes], np.int64)[places]
    return np.asarray((local // HOUR + FROM_MONDAY) % HOURS)


def _times_of_hours(spec: Spec, zone: str, ticks: int) -> Floats:
    """How often each hour of the week has come, in hours."""
    if ticks >= LONG:
        return np.full(HOURS, ticks / HOUR / HOURS)
    quarters = np.arange(-(-ticks // QUARTER), dtype=np.int64)
    lengths = np.minimum(QUARTER, ticks - quarters * QUARTER) / HOUR
    return np.asarray(np.bincount(_hours_of_week(spec, zone, ticks, quarters), lengths, HOURS), np.float64)


def _per_hour(counts: Floats, total: float, there: Floats) -> tuple[float | None, ...]:
    """Records per hour, which sum up to the total over the run; None for an hour of the week that does not come."""
    scale = total / max(float(counts.sum()), 1.0)
    pairs = zip(counts.tolist(), there.tolist(), strict=True)
    return tuple(count * scale / hours if hours else None for count, hours in pairs)
