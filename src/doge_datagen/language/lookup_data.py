"""What the code of a model looks up: strings by number, lists of numbers, and arrays made of reference tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from doge_datagen.language.types import STRING, Typed

ARRAY = "array_"
"""What the names of arrays in code begin with, before a number."""
SEED = ("seed0", "seed1")
"""The names of both halves of the run's seed, lower first, in code of spawned subjects that repeats draws of others."""


class Table(Protocol):
    """What expressions need to know of a reference table."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def count(self) -> int:
        """How many rows it has."""

    @property
    def key(self) -> str | None:
        """The column by which rows are looked up."""

    @property
    def kinds(self) -> Mapping[str, str]:
        """The type of each column."""

    def texts(self, column: str) -> frozenset[str]:
        """The strings in a column, as in :attr:`Typed.values`."""

    def has(self, column: str, value: float | bool | str) -> bool:  # noqa: FBT001 - a value
        """Whether a column contains a value."""

    def near(self, column: str, value: object) -> str:
        """A hint that names a similar value of a column."""

    def weight_problem(self, column: str, group: str | None) -> str | None:
        """Why a column cannot be the weights of rows, or of those in each group; None if it can."""

    def fewest(self, weight: str | None, group: str | None) -> int:
        """How many rows of weight above 0 there are, or are in the smallest group."""


class KnownTexts(Protocol):
    """Distinct strings that a model's code knows beforehand, such as those in its reference tables."""

    def __len__(self) -> int:
        """How many there are."""

    def number_of(self, text: str) -> int | None:
        """The number of one of them, from 0; None for others."""


class Part(StrEnum):
    """What an array has of a reference table."""

    COLUMN = "the values of a column; strings by number"
    GROUPS_OF_TEXTS = "by number of a string in a column, the group of rows that have it, or -1"
    VALUES = "the distinct values of a column, ascending; each is a group"
    BEGINS = "where each group begins in the order of rows by group, and behind them the number of rows"
    ORDER = "the numbers of the rows, by group"
    SLOTS = (
        "for each row, the chance that it is taken when it is tried, and the row that is taken otherwise (alias method)"
    )


@dataclass(frozen=True, slots=True)
class TableArray:
    """An array made of a reference table.

    Attributes:
        part: what it has.
        table: the name of the table.
        column: the column whose values these are, or by which the rows are grouped; empty if they are not.
        weight: for slots, the column of weights; empty if the weights come from ``zipf``.
        zipf: for slots, the exponent of Zipf's law, by which the n-th row has the weight ``n ** -zipf``.
    """

    part: Part
    table: str
    column: str = ""
    weight: str = ""
    zipf: float = 0.0


def number_of_array(name: str) -> int:
    """The number in the name of an array, which a fault can have.

    >>> number_of_array("array_12")
    12
    """
    return int(name.removeprefix(ARRAY))


class ModelData:
    """What the code of a model looks up: strings by number, rows of numbers, and arrays of reference tables.

    Args:
        known: strings that have the first numbers.

    Attributes:
        known: these strings.
        rows: rows of numbers that are written into the code, by the name that the code uses.
        arrays: columns of reference tables and indexes of them, by the name of the parameter that the code reads.
        arrived: by the name of a population, that of the parameter with the moments at which its subjects arrive.
        repeats_draws: whether the code of spawned subjects, which have keys of their own, repeats draws of others.
    """

    def __init__(self, known: KnownTexts | None = None) -> None:
        self.known = known
        self.rows: dict[str, tuple[int | float, ...]] = {}
        self.arrays: dict[str, TableArray] = {}
        self.arrived: dict[str, str] = {}
        self.repeats_draws = False
        self._first = 0 if known is None else len(known)
        self._numbers: dict[str, int] = {}
        self._names: dict[tuple[tuple[int | float, ...], tuple[type, ...]], str] = {}  # 1 and 1.0 make different rows
        self._array_names: dict[TableArray, str] = {}

    def __len__(self) -> int:
        """How many strings there are."""
        return self._first + len(self._numbers)

    def number_of(self, text: str) -> int | None:
        """The number of a string; None if there is no such string."""
        known = None if self.known is None else self.known.number_of(text)
        return self._numbers.get(text) if known is None else known

    def text(self, text: str) -> Typed:
        """Return a string as an expression, which is its number; it is added if it is new."""
        number = self.number_of(text)
        if number is None:
            # In the order in which code asks for them, which is that of the model; that of a set would differ between
            # processes.
            number = self._numbers[text] = len(self)
        return Typed(str(number), STRING, frozenset({text}), text)

    def row(self, values: Sequence[int | float]) -> str:
        """Return the name of a row of numbers; it is added if it is new."""
        row = tuple(values)
        name = self._names.setdefault((row, tuple(map(type, row))), f"row_{len(self.rows)}")
        self.rows.setdefault(name, row)
        return name

    def array(self, what: TableArray) -> str:
        """Return the name of an array; it is added if it is new."""
        name = self._array_names.setdefault(what, f"{ARRAY}{len(self.arrays)}")
        self.arrays.setdefault(name, what)
        return name

    def moments(self, population: str) -> str:
        """Return the name of the moments at which the subjects of a population arrive; it is added if it is new."""
        return self.arrived.setdefault(population, f"arrived_{len(self.arrived)}")

    def seed(self) -> tuple[str, str]:
        """Return the names of the two halves of the run's seed, the key of all subjects that are not spawned."""
        self.repeats_draws = True
        return SEED

    @property
    def added(self) -> tuple[str, ...]:
        """The strings that are not ``known``, in the order of their numbers."""
        return tuple(self._numbers)
