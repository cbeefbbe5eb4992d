"""Tables of rhythms that incidents multiply: their factor jumps where an incident begins and ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from doge_datagen.engine.waiting.incident_spans import Moments
from doge_datagen.program.rhythms.table import YEAR_1, Floats, RhythmTable
from doge_datagen.program.rhythms.week import HOUR


def flat(start: int) -> RhythmTable:
    """A rhythm that does not change; its hours are counted from the start of the run."""
    times, levels, sums = np.array([YEAR_1, start]), np.ones(2), np.array([float(YEAR_1 - start), 0.0])
    return RhythmTable(times, levels, np.zeros(2), sums, np.array([1]))


def stepped(table: RhythmTable, moments: Moments, factors: Floats) -> RhythmTable:
    """A rhythm that is multiplied by factors.

    Args:
        table: the rhythm.
        moments: from when on each factor holds, ascending; what is before the second knot is moved there.
        factors: the factor before the first moment, and after each.
    """
    moments = np.maximum(moments, table.times[1])
    times = np.unique(np.concatenate([table.times, moments]))
    piece = np.searchsorted(table.times, times, "right") - 1
    by = factors[np.searchsorted(moments, times, "right")]
    levels = (table.levels[piece] + table.slopes[piece] * (times - table.times[piece])) * by
    slopes = table.slopes[piece] * by
    hours = np.arange(times[1], times[-1] + HOUR, HOUR)
    return RhythmTable(times, levels, slopes, _sums(times, levels, slopes), np.searchsorted(times, hours, "right") - 1)


def _sums(times: Moments, levels: Floats, slopes: Floats) -> Floats:
    """The integral up to each knot; 0 at the second."""
    lengths = np.diff(times).astype(np.float64)
    areas = lengths * (levels[:-1] + 0.5 * slopes[:-1] * lengths)
    whole = np.floor(areas[1:])  # summed exactly, so that the sums are right to the last bit or two
    sums = np.cumsum(whole.astype(np.int64)).astype(np.float64) + np.cumsum(areas[1:] - whole)
    return np.concatenate([[-areas[0], 0.0], sums])


def with_incidents(table: RhythmTable, factors: Mapping[str, float], edges: Mapping[str, Moments]) -> RhythmTable:
    """A rhythm that some incidents multiply while they are under way.

    Args:
        table: the rhythm.
        factors: by the name of an incident, its factor.
        edges: by the name of each incident, when it begins and ends, in turn.
    """
    for name, factor in factors.items():
        turns: Sequence[float] = (1.0, float(factor))
        table = stepped(table, edges[name], np.resize(turns, len(edges[name]) + 1))
    return table
