"""The data of a model that its functions take as parameters: its rhythms, and arrays made of its reference tables."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import fsum
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from doge_datagen import arrow_arrays
from doge_datagen.engine.rhythm_columns import columns_of, lists_of
from doge_datagen.language.model_data import ModelData, Part, TableArray
from doge_datagen.language.types import STRING
from doge_datagen.numeric.powers import float_power
from doge_datagen.program.program import Program
from doge_datagen.program.reference_table import ReferenceTable, TextsOfTables

Array = npt.NDArray[Any]  # Any: integers, floats or booleans
_ARRAYS: WeakKeyDictionary[ModelData, dict[str, Array]] = WeakKeyDictionary()


def model_data(program: Program) -> tuple[Any, ...]:
    """The arrays of each rhythm and table, for compiled code, in the order of ``codegen.names_of_data``."""
    return (*map(columns_of, program.rhythms), *arrays_of(program).values())


def model_data_for_python(program: Program) -> Iterator[Any]:
    """The same for CPython, which reads lists and memory views faster than arrays, as plain numbers."""
    yield from map(lists_of, program.rhythms)
    yield from (array.data for array in arrays_of(program).values())


def arrays_of(program: Program) -> dict[str, Array]:
    """The arrays of a program's tables, by name in the code; they are in memory once for all of its engines."""
    data = program.data
    if data not in _ARRAYS:
        _ARRAYS[data] = {name: array_of(program, it) for name, it in data.arrays.items()}
    return _ARRAYS[data]


def array_of(program: Program, what: TableArray) -> Array:
    """An array made of a reference table."""
    table = program.tables[what.table]
    match what.part:
        case Part.COLUMN:
            return _column(program, table, what.column)
        case Part.GROUPS_OF_TEXTS:
            return _groups_of_texts(_column(program, table, what.column), len(program.data.known or ()))
        case Part.VALUES:
            return np.unique(_column(program, table, what.column))
        case Part.ORDER:
            return np.argsort(_column(program, table, what.column), kind="stable").astype(np.int32)
        case Part.BEGINS:
            return _begins(program, table, what.column)
        case Part.CHANCES | Part.OTHERS:
            chances, others = _alias(program, table, what)
            return chances if what.part is Part.CHANCES else others


def _column(program: Program, table: ReferenceTable, column: str) -> Array:
    kind, values = table.columns[column]
    known = program.data.known
    if kind == STRING and isinstance(known, TextsOfTables):
        return known.numbers(values)
    return arrow_arrays.plain(values)


def _groups_of_texts(column: Array, texts: int) -> Array:
    groups = np.full(texts, -1, dtype=np.int32)
    distinct = np.unique(column)
    groups[distinct] = np.arange(len(distinct), dtype=np.int32)
    return groups


def _begins(program: Program, table: ReferenceTable, column: str) -> Array:
    if not column:
        return np.array([0, table.count], dtype=np.int32)
    _, counts = np.unique(_column(program, table, column), return_counts=True)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _alias(program: Program, table: ReferenceTable, what: TableArray) -> tuple[Array, Array]:
    """The chance of each row and the row that is taken otherwise, group by group, in the order of the groups."""
    column = what.column
    order = np.argsort(_column(program, table, column), kind="stable") if column else np.arange(table.count)
    weights = _weights(table, what)
    if what.weight:
        weights = weights[order]
    chances, others = np.ones(table.count), np.arange(table.count, dtype=np.int32)
    for first, end in pairwise(_begins(program, table, column).tolist()):
        own = weights[first:end] if what.weight else weights[: end - first]
        chances[first:end], others[first:end] = _alias_of_group(own.tolist(), first)
    return chances, others


def _weights(table: ReferenceTable, what: TableArray) -> Array:
    """The weights of the rows; by Zipf's law, those of the first row, the second and so on, of any group."""
    if what.weight:
        return arrow_arrays.plain(table.values(what.weight)).astype(np.float64)
    return np.array([float_power([0], float(rank), -what.zipf) for rank in range(1, table.count + 1)])


def _alias_of_group(weights: list[float], first: int) -> tuple[list[float], list[int]]:
    """The alias method's arrays for some weights, whose first place is ``first``.

    An exact sum makes them the same on every platform.

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
