"""The tables of a model's rhythms, as the functions of ``numeric.timelines`` take them."""

from __future__ import annotations

import numpy as np

from doge_datagen.program.rhythms.table import Floats, Integers, RhythmTable

Columns = tuple[Floats, Integers]


def columns_of(table: RhythmTable) -> Columns:
    """The arrays of a table, for compiled code; a moment is exact as a float, too."""
    times = table.times.astype(np.float64)
    return np.stack([times, table.levels, table.slopes, table.sums], axis=1).ravel(), table.places


def lists_of(table: RhythmTable) -> tuple[list[float], list[int]]:
    """The same as lists, whose numbers CPython reads faster than those of arrays."""
    knots, places = columns_of(table)
    return knots.tolist(), places.tolist()
