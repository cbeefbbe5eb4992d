"""The types of values, and translated expressions."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("integer", "float", "boolean", "string", "timestamp", "duration")
"""All types: 64-bit integers, IEEE 754 doubles, booleans, strings, milliseconds since the epoch, and milliseconds."""
INTEGER, FLOAT, BOOLEAN, STRING, TIMESTAMP, DURATION = KINDS

RATE = "rate"
"""The type of a number per unit of time, such as ``3/d``, in events per millisecond. No attribute or field has it."""

ROW_OF = "row of "
"""The type of a row of a reference table is this and the table's name. An attribute can have it, but no field."""
ROWS_OF = "rows of "
"""The type of a fixed number of such rows."""

SMALLEST, LARGEST = -(2**63), 2**63 - 1

ANY_TEXT = "\0"
"""A member of a set of strings that is incomplete because of an error elsewhere: such a set is not checked."""


def a(kind: str) -> str:
    """The type with its article, for messages.

    >>> a(INTEGER), a(STRING)
    ('an integer', 'a string')
    """
    return {INTEGER: "an integer"}.get(kind, kind if kind.startswith(ROWS_OF) else f"a {kind}")


@dataclass(frozen=True, slots=True)
class Typed:
    """A translated expression: code that both engines run, and its type.

    Attributes:
        code: a Python expression over numbers; a string is represented by its number in the table of strings.
        kind: its type.
        values: for ``STRING``, the strings it can be.
        constant: its value, if it is a literal.
        among: the strings it may be compared with, if these are more than ``values``.
        parts: for several rows of a table, each of them.
        is_span: whether it is an integer of milliseconds, which is a duration where one is required: the difference of
            two timestamps, or ``duration('8 h')``. It calculates as an integer, since that is what it always was.
    """

    code: str
    kind: str
    values: frozenset[str] = frozenset()
    constant: int | float | bool | str | None = None
    among: frozenset[str] = frozenset()
    parts: tuple[Typed, ...] = ()
    is_span: bool = False
