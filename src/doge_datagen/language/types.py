"""The types of values, and translated expressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KINDS = ("integer", "float", "boolean", "string", "timestamp", "duration")
"""All types: 64-bit integers, IEEE 754 doubles, booleans, strings, milliseconds since the epoch, and milliseconds."""
INTEGER, FLOAT, BOOLEAN, STRING, TIMESTAMP, DURATION = KINDS

RATE = "rate"
"""The type of a number per unit of time, such as ``3/d``, in events per millisecond. No attribute or field has it."""

SMALLEST, LARGEST = -(2**63), 2**63 - 1

ANY_TEXT = "\0"
"""A member of a set of strings that is incomplete because of an error elsewhere: such a set is not checked."""


def a(kind: str) -> str:
    """The type with its article, for messages.

    >>> a(INTEGER), a(STRING)
    ('an integer', 'a string')
    """
    return {INTEGER: "an integer"}.get(kind, f"a {kind}")


@dataclass(frozen=True, slots=True)
class Typed:
    """A translated expression: code that both engines run, and its type.

    Attributes:
        code: a Python expression over numbers; a string is represented by its number in the table of strings.
        kind: its type.
        values: for ``STRING``, the strings it can be.
        constant: its value, if it is a literal.
        among: the strings it may be compared with, if these are more than ``values``.
        is_span: whether it is an integer of milliseconds, which is a duration where one is required: the difference of
            two timestamps, or ``duration('8 h')``. It calculates as an integer, since that is what it always was.
    """

    code: str
    kind: str
    values: frozenset[str] = frozenset()
    constant: int | float | bool | str | None = None
    among: frozenset[str] = frozenset()
    is_span: bool = False


class Tables:
    """The constants that the code of a model looks up: the table of strings, and rows of numbers.

    Attributes:
        rows: the rows, by the name that the code uses.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: dict[tuple[tuple[int | float, ...], tuple[type, ...]], str] = {}  # 1 and 1.0 make different rows
        self.rows: dict[str, tuple[int | float, ...]] = {}

    def text(self, text: str) -> Typed:
        """Return a string as an expression, which is its number; it is added if it is new."""
        number = self._numbers.setdefault(text, len(self._numbers))
        return Typed(str(number), STRING, frozenset({text}), text)

    def row(self, values: Sequence[int | float]) -> str:
        """Return the name of a row of numbers; it is added if it is new."""
        row = tuple(values)
        name = self._names.setdefault((row, tuple(map(type, row))), f"row_{len(self.rows)}")
        self.rows.setdefault(name, row)
        return name

    @property
    def texts(self) -> tuple[str, ...]:
        """The strings, each at the index that is its number."""
        return tuple(self._numbers)
