"""What changes with time for everybody: the tables of rhythms and the histories of incidents, as code takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.waiting.incident_spans import Moments, edges_of, incident_spans
from doge_datagen.program.program import Program
from doge_datagen.program.rhythms.table import YEAR_1, Floats, Integers, RhythmTable, sums_of_integers
from doge_datagen.program.rhythms.week import HOUR

Columns = tuple[Floats, Integers]


def columns_of(table: RhythmTable) -> Columns:
    """The arrays of a table, for compiled code; a moment is exact as a float, too."""
    # What a lookup needs of one piece stands side by side, in one cache line.
    times = table.times.astype(np.float64)
    return np.stack([times, table.levels, table.slopes, table.sums], axis=1).ravel(), table.positions


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
    # The integral is counted from the second knot, which must stay the second.
    moments = np.maximum(moments, table.times[1])
    # A knot at each jump, so that the factor is linear within a piece and waits remain one inversion.
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
    sums = sums_of_integers(whole) + np.cumsum(areas[1:] - whole)
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


Timeline = tuple[npt.NDArray[Any], npt.NDArray[Any]]  # Any: floats or integers


def timelines(program: Program, seed: int) -> tuple[Timeline, ...]:
    """The arrays of each rhythm of a run, and behind them those of the incidents, if there are any."""
    rhythms = map(columns_of, rhythm_tables(program, seed))
    if not program.histories:
        return tuple(rhythms)
    return (*rhythms, incident_columns([edges_of(it) for it in incident_spans(program, seed)]))


def rhythm_tables(program: Program, seed: int) -> tuple[RhythmTable, ...]:
    """The tables of a model's rhythms in a run, in which incidents multiply some of them."""
    given = program.spec.rhythms.values()
    if not any(it.incidents for it in given):
        return program.rhythms
    names = [it.incident for it in program.histories]
    edges = dict(zip(names, map(edges_of, incident_spans(program, seed)), strict=True))
    pairs = zip(program.rhythms, given, strict=True)
    return tuple(with_incidents(table, it.incidents, edges) for table, it in pairs)


def incident_columns(edges: Sequence[Moments]) -> Timeline:
    """The arrays of histories, as the functions of ``numeric.timelines`` take them."""
    bounds = np.cumsum([0, *map(len, edges)])
    # The empty array gives the type where no history has any incident.
    return np.concatenate([np.empty(0, np.int64), *edges]), bounds.astype(np.int64)


def as_lists(timeline: Timeline) -> tuple[list[Any], list[int]]:
    """A timeline as lists, whose numbers CPython reads faster than those of arrays."""
    return timeline[0].tolist(), timeline[1].tolist()
