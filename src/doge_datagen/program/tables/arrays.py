"""Arrays made of reference tables: columns, groups of rows, and the slots of the alias method."""

from __future__ import annotations

from itertools import pairwise
from math import fsum
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen import arrow_arrays
from doge_datagen.language.lookup_data import ModelData, Part, TableArray
from doge_datagen.language.types import STRING
from doge_datagen.numeric.powers import float_power
from doge_datagen.program.tables.reference_table import ReferenceTable, TextsOfTables

Array = npt.NDArray[Any]  # Any: integers, floats or booleans


def array_of(table: ReferenceTable, data: ModelData, what: TableArray) -> Array:
    """An array made of a reference table, for code that looks up this data."""
    match what.part:
        case Part.COLUMN:
            return _column(table, data, what.column)
        case Part.GROUPS_OF_TEXTS:
            return _groups_of_texts(_column(table, data, what.column), len(data.known or ()))
        case Part.VALUES:
            return np.unique(_column(table, data, what.column))
        case Part.ORDER:
            return np.argsort(_column(table, data, what.column), kind="stable").astype(np.int32)
        case Part.BEGINS:
            return _begins(table, data, what.column)
        case Part.SLOTS:
            return _slots(table, data, what)


def _column(table: ReferenceTable, data: ModelData, column: str) -> Array:
    kind, values = table.columns[column]
    known = data.known
    if kind == STRING and isinstance(known, TextsOfTables):
        return known.numbers(values)
    return arrow_arrays.plain(values)


def _groups_of_texts(column: Array, texts: int) -> Array:
    groups = np.full(texts, -1, dtype=np.int32)
    distinct = np.unique(column)
    groups[distinct] = np.arange(len(distinct), dtype=np.int32)
    return groups


def _begins(table: ReferenceTable, data: ModelData, column: str) -> Array:
    if not column:
        return np.array([0, table.count], dtype=np.int32)
    _, counts = np.unique(_column(table, data, column), return_counts=True)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _slots(table: ReferenceTable, data: ModelData, what: TableArray) -> Array:
    """The chance of each row and the row that is taken otherwise, group by group, in the order of the groups."""
    column = what.column
    order = np.argsort(_column(table, data, column), kind="stable") if column else np.arange(table.count)
    weights = _weights(table, what)
    if what.weight:
        weights = weights[order]
    slots = np.empty((table.count, 2))  # floats for both: the numbers of rows are exact up to 2 ** 53
    for first, end in pairwise(_begins(table, data, column).tolist()):
        own = weights[first:end] if what.weight else weights[: end - first]
        slots[first:end].T[:] = _slots_of_group(own.tolist(), first)
    return slots


def _weights(table: ReferenceTable, what: TableArray) -> Array:
    """The weights of the rows; by Zipf's law, those of the first row, the second and so on, of any group."""
    if what.weight:
        return arrow_arrays.plain(table.values(what.weight)).astype(np.float64)
    return np.array([float_power([0], float(rank), -what.zipf) for rank in range(1, table.count + 1)])


def _slots_of_group(weights: list[float], first: int) -> tuple[list[float], list[int]]:
    """The chances and the others of the alias method for some weights, whose first place is ``first``.

    An exact sum makes these the same on every platform.

    Vose, M. D., 1991. A linear algorithm for generating random numbers with a given distribution. IEEE Transactions on
    Software Engineering 17 (9).
    """
    share = len(weights) / fsum(weights)
    chances = [weight * share for weight in weights]
    others = list(range(first, first + len(weights)))
    poor = [place for place, chance in enumerate(chances) if chance < 1.0]
    rich = [place for place, chance in enumerate(chances) if chance >= 1.0]
    while poor and rich:
        small, large = poor.pop(), rich[-1]
        others[small] = first + large
        chances[large] -= 1.0 - chances[small]
        if chances[large] < 1.0:
            poor.append(rich.pop())
    for place in poor:  # 1 but for rounding
        chances[place] = 1.0
    return chances, others
