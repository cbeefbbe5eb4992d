"""The types a value can have, and what a translated expression is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

INTEGER, FLOAT, BOOLEAN, STRING, TIMESTAMP = KINDS = ("integer", "float", "boolean", "string", "timestamp")
"""All types: 64-bit integers, IEEE 754 doubles, truth values, texts, and milliseconds since the epoch."""

SMALLEST, LARGEST = -(2**63), 2**63 - 1

ANY_TEXT = "\0"
"""Stands in a set of texts for all that are not known, where something wrong hides them: the set is not checked."""


def a(kind: str) -> str:
    """The type as a sentence has it.

    >>> a(INTEGER), a(STRING)
    ('an integer', 'a text')
    """
    return {INTEGER: "an integer", STRING: "a text"}.get(kind, f"a {kind}")


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression in the code that both engines run.

    Attributes:
        code: a Python expression over numbers. One of ``STRING`` is the number of a text in the table of texts.
        kind: its type.
        values: the texts it can be, where it is one of ``STRING``.
        constant: its value, where it is written in the model as it stands.
        among: the texts it may be compared with, where these are more than it can be.
    """

    code: str
    kind: str
    values: frozenset[str] = frozenset()
    constant: int | float | bool | str | None = None
    among: frozenset[str] = frozenset()


class Tables:
    """What the code of a model looks up by number: all texts of closed sets, and rows of numbers.

    Attributes:
        rows: by the name that the code calls it.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: dict[tuple[tuple[int | float, ...], tuple[type, ...]], str] = {}  # 1 and 1.0 make different rows
        self.rows: dict[str, tuple[int | float, ...]] = {}

    def text(self, text: str) -> Typed:
        """A text as an expression: its number; it is added where it is new."""
        number = self._numbers.setdefault(text, len(self._numbers))
        return Typed(str(number), STRING, frozenset({text}), text)

    def row(self, values: Sequence[int | float]) -> str:
        """The name of a row of numbers; it is added where it is new."""
        row = tuple(values)
        name = self._names.setdefault((row, tuple(map(type, row))), f"row_{len(self.rows)}")
        self.rows.setdefault(name, row)
        return name

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts, each at its number."""
        return tuple(self._numbers)
