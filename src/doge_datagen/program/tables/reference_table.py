"""Reference tables as engines use them: columns, the strings in them by number, and arrays for what expressions ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from math import fsum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen import arrow_arrays
from doge_datagen.errors import did_you_mean
from doge_datagen.language.lookup_data import ModelData, Part, TableArray
from doge_datagen.language.types import ANY_TEXT, FLOAT, INTEGER, STRING
from doge_datagen.numeric.powers import float_power
from doge_datagen.program.tables.files import Column

MOST_CHECKED = 1000
"""Up to this many different strings in a column, expressions are checked against them."""
NEAR = 10_000
Array = npt.NDArray[Any]  # Any: integers, floats or booleans


@dataclass(frozen=True, eq=False)
class ReferenceTable:
    """A reference table whose rows have been read and checked.

    Attributes:
        name: its name.
        key: the column by which rows are looked up; None if they are not.
        columns: the columns, each with its type, in the order of the file.
        emit: the stream that gets its rows; None if no stream does.
    """

    name: str
    key: str | None
    columns: Mapping[str, Column]
    emit: str | None = None

    @property
    def count(self) -> int:
        """How many rows it has."""
        return len(next(iter(self.columns.values()))[1])

    @property
    def kinds(self) -> Mapping[str, str]:
        """The type of each column."""
        return {name: kind for name, (kind, _) in self.columns.items()}

    @cached_property
    def digest(self) -> str:
        """What tells its rows from others."""
        hashed = sha256()
        for name, (kind, values) in self.columns.items():
            hashed.update(f"{name}\0{kind}\0{len(values)}\0".encode())
            # Taken into new buffers first: a slice has those of the whole array, with what is not its own.
            for buffer in values.take(arrow_arrays.integers(np.arange(len(values)))).buffers():
                hashed.update(buffer or b"")
        return hashed.hexdigest()[:16]

    def values(self, column: str) -> pa.Array:
        """The values of a column."""
        return self.columns[column][1]

    def texts(self, column: str) -> frozenset[str]:
        """The strings in a column; if they are many, one of the longest, and a mark that there are others."""
        return self._texts_of[column]

    @cached_property
    def _texts_of(self) -> dict[str, frozenset[str]]:
        return {name: _checked(values.unique()) for name, (kind, values) in self.columns.items() if kind == STRING}

    def has(self, column: str, value: float | bool | str) -> bool:  # noqa: FBT001 - a value
        """Whether a column contains a value."""
        values = self.values(column)
        return bool(values.index(pa.scalar(value).cast(values.type)).as_py() >= 0)

    def near(self, column: str, value: object) -> str:
        """A hint that names a similar value of a column."""
        # Of a few thousand only: comparing with each of ten million strings would take minutes, for a hint.
        known = self.values(column)[:NEAR].unique().to_pylist()
        return did_you_mean(str(value), list(map(str, known)))

    def weight_problem(self, column: str, group: str | None) -> str | None:
        """Why a column cannot be the weights of rows, or of those in each group; None if it can."""
        if self.kinds[column] not in (INTEGER, FLOAT):
            return f"column {column!r} of {self.name} has no numbers. Hint: name a column of weights"
        weights = self._weights(column)
        if (weights < 0).any():
            return f"column {column!r} of {self.name} has weights below 0. Hint: give 0 or more"
        sums = np.bincount(self._groups(group), weights)
        if not sums.all():
            where = f"for some {group}" if group else "in all rows"
            return f"weights in column {column!r} of {self.name} are 0 {where}. Hint: give some above 0"
        if not np.isfinite(sums).all():
            return f"the sum of column {column!r} of {self.name} is too large for a float. Hint: give smaller weights"
        return None

    def fewest(self, weight: str | None, group: str | None) -> int:
        """How many rows of weight above 0 there are, or are in the smallest group."""
        counted = None if weight is None else self._weights(weight) > 0
        return int(np.bincount(self._groups(group), counted).min())

    def _weights(self, column: str) -> npt.NDArray[np.float64]:
        return arrow_arrays.numpy_values(self.values(column)).astype(np.float64)

    def _groups(self, column: str | None) -> Array:
        """The group of each row: those with one value in a column, or all."""
        if column is None:
            return np.zeros(self.count, dtype=np.int64)
        return arrow_arrays.numpy_values(self.values(column).dictionary_encode().indices.cast(pa.int64()))


class TextsOfTables:
    """All strings in the tables of a model, each once."""

    def __init__(self, texts: pa.StringArray) -> None:
        self.texts = texts
        self._looked_up: dict[str, int | None] = {}  # a model asks for the same few strings again and again

    def __len__(self) -> int:
        return len(self.texts)

    def number_of(self, text: str) -> int | None:
        """The number of a string; None if no table has it."""
        if text not in self._looked_up:
            found = int(self.texts.index(arrow_arrays.scalar(text)).as_py())
            self._looked_up[text] = None if found < 0 else found
        return self._looked_up[text]

    def numbers(self, values: pa.StringArray) -> npt.NDArray[np.int32]:
        """The numbers of strings that tables have."""
        return arrow_arrays.numpy_values(pc.index_in(values, value_set=self.texts))


def texts_of(data: ModelData) -> pa.StringArray:
    """All strings of a model's code, in the order of their numbers."""
    added = arrow_arrays.texts(data.added)
    known = data.known
    if not isinstance(known, TextsOfTables):
        return added if len(added) else arrow_arrays.texts([""])
    return pa.concat_arrays([known.texts, added])


def known_texts(tables: Iterable[ReferenceTable]) -> TextsOfTables | None:
    """All strings in some tables; None if there are none."""
    columns = [values for table in tables for kind, values in table.columns.values() if kind == STRING]
    return TextsOfTables(pa.chunked_array(columns, pa.string()).unique()) if columns else None


def _checked(distinct: pa.StringArray) -> frozenset[str]:
    if len(distinct) <= MOST_CHECKED:
        return frozenset(distinct.to_pylist())
    longest = distinct[pc.index(pc.binary_length(distinct), pc.max(pc.binary_length(distinct)).as_py()).as_py()]
    return frozenset({longest.as_py(), ANY_TEXT})


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
            # Stable, so that rows of a group keep the order of the file, on which draws depend.
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
    return arrow_arrays.numpy_values(values)


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
        return arrow_arrays.numpy_values(table.values(what.weight)).astype(np.float64)
    return np.array([float_power([0], float(rank), -what.zipf) for rank in range(1, table.count + 1)])


def _slots_of_group(weights: list[float], first: int) -> tuple[list[float], list[int]]:
    """The chances and the others of the alias method for some weights, whose first index is ``first``.

    An exact sum makes these the same on every platform.

    Vose, M. D., 1991. A linear algorithm for generating random numbers with a given distribution. IEEE Transactions on
    Software Engineering 17 (9).
    """
    # Weights with a mean of 1: a slot is full, and what a row has more goes to the slots of others.
    share = len(weights) / fsum(weights)
    chances = [weight * share for weight in weights]
    others = list(range(first, first + len(weights)))
    poor = [index for index, chance in enumerate(chances) if chance < 1.0]
    rich = [index for index, chance in enumerate(chances) if chance >= 1.0]
    while poor and rich:
        # The rich one stays on its stack as long as it has more than its own slot.
        small, large = poor.pop(), rich[-1]
        others[small] = first + large
        chances[large] -= 1.0 - chances[small]
        if chances[large] < 1.0:
            poor.append(rich.pop())
    # Rounding may leave some on either side. Those with more than 1 are always taken, as no draw reaches 1.
    for index in poor:  # 1 but for rounding
        chances[index] = 1.0
    return chances, others
