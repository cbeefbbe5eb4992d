"""Generates the source code that computes the columns of a record, each only if the record shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from doge_datagen.language.arithmetic import may_fault
from doge_datagen.language.scope import ENDS
from doge_datagen.language.texts import Either, Joined, ShownValue, Text
from doge_datagen.language.types import BOOLEAN, FLOAT, TIMESTAMP, Typed

GIVEN = frozenset({"subject", "tick", "timestamp"})
"""The columns that are recorded of each event anyway."""
NAME = re.compile(r"\b[A-Za-z_]\w*")
WORDS = frozenset({"if", "else", "and", "or", "not", "True", "False"})
NOTHING = {BOOLEAN: "False", FLOAT: "0.0"}
Conditions = tuple[str, ...]
"""The conditions, all of which must hold for a part of a string to be shown."""


def computed(columns: Sequence[Typed]) -> tuple[Typed, ...]:
    """The columns that have to be computed for each event."""
    return tuple(column for column in columns if not (column.code in GIVEN or is_of_transition(column)))


def is_of_transition(column: Typed) -> bool:
    """Whether a column depends on nothing but the transition, so that it is computed once for each before the run.

    >>> is_of_transition(Typed("(404 if to_state == 3 else 200)", "integer"))
    True
    """
    # A constant has no names. It is left to the code, as there is nothing to look up.
    names = frozenset(NAME.findall(column.code)) - WORDS
    return bool(names) and names.issubset(ENDS)


def lines_of(columns: Sequence[Typed], parts: Iterable[int | Text]) -> tuple[str, ...]:
    """The body of a function that returns the computed columns.

    A column that may fault, or may be a timestamp that cannot be shown as a string, is computed only where Python would
    evaluate it: if it is in a branch of a string that is not taken, it is 0 instead. The columns are assigned to
    variables before they are returned, since Numba cannot compile a tuple of more than 30 values that contains a
    condition.

    Args:
        columns: all columns, by number.
        parts: what the record shows: numbers of columns, and strings built from them.
    """
    uses = [use for part in parts for use in _uses(part, ())]
    shown = computed(columns)
    tested = {it.removeprefix("not ") for _, conditions in uses for it in conditions}
    # What cannot fail is computed in any case: that is cheaper than a branch, and nobody sees it.
    always = {number for number, conditions in uses if not conditions or not _is_risky(columns[number])}
    done: dict[int, set[Conditions]] = {}
    lines = []
    for number, conditions in uses:
        before = done.setdefault(number, set())
        here = () if number in always else conditions
        if here not in before and (columns[number] in shown or _name(number) in tested):
            lines.append(_line(number, columns[number], here, again=bool(before)))
        before.add(here)
    names = "".join(f"{_name(number)}, " for number, column in enumerate(columns) if column in shown)
    return *lines, f"return ({names})"


def _line(number: int, column: Typed, conditions: Conditions, *, again: bool) -> str:
    """An assignment of one column if these conditions hold; else it keeps its value, or is 0 if it has none yet."""
    if not conditions:
        return f"{_name(number)} = {column.code}"
    otherwise = _name(number) if again else NOTHING.get(column.kind, "0")
    return f"{_name(number)} = ({column.code} if {' and '.join(conditions)} else {otherwise})"


def _is_risky(column: Typed) -> bool:
    return column.kind == TIMESTAMP or may_fault(column.code)


def _uses(part: int | Text, conditions: Conditions) -> Iterator[tuple[int, Conditions]]:
    """The columns that a part needs, in the order in which Python would evaluate them, with the conditions of each."""
    match part:
        case int():
            yield part, conditions
        case ShownValue():
            yield part.column, conditions
        case Joined():
            for piece in part.parts:
                yield from _uses(piece, conditions)
        case Either():
            yield part.column, conditions
            yield from _uses(part.then, (*conditions, _name(part.column)))
            yield from _uses(part.otherwise, (*conditions, f"not {_name(part.column)}"))


def _name(number: int) -> str:
    return f"c_{number}"
