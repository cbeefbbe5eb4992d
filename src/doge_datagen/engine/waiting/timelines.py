"""What changes with time for everybody: the tables of rhythms and the histories of incidents, as code takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.waiting.incident_spans import Moments, edges_of, incident_spans
from doge_datagen.engine.waiting.rhythm_columns import columns_of
from doge_datagen.engine.waiting.stepped_rhythm import with_incidents
from doge_datagen.program.program import Program
from doge_datagen.program.rhythms.table import RhythmTable

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
    return np.concatenate([np.empty(0, np.int64), *edges]), bounds.astype(np.int64)


def as_lists(timeline: Timeline) -> tuple[list[Any], list[int]]:
    """A timeline as lists, whose numbers CPython reads faster than those of arrays."""
    return timeline[0].tolist(), timeline[1].tolist()
