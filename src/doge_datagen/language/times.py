"""Translate timestamps and durations written as strings, and the parts of timestamps."""

from __future__ import annotations

import ast
from collections.abc import Callable

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.parameters import Translator
from doge_datagen.language.types import INTEGER, TIMESTAMP, Typed, a
from doge_datagen.language.units import duration, timestamp

WRITTEN: dict[str, tuple[Callable[[str], int], str, str]] = {
    "timestamp": (timestamp, TIMESTAMP, "2024-05-06T12:00:00Z"),
    "duration": (duration, INTEGER, "8 h"),
}
"""For each function, the parser of its string, the type of its result, and an example."""
CALENDAR = ("year", "month", "day", "weekday", "hour", "minute", "second")
"""The parts of a timestamp, each of which is a function."""


def written(node: ast.Call, name: str, _: Translator) -> Typed:
    """Translate a timestamp or duration that is written as a string.

    Raises:
        ExpressionError: the string is invalid, or not a literal.
    """
    read, kind, example = WRITTEN[name]
    match node:
        case ast.Call(args=[ast.Constant(value=str(text))], keywords=[]):
            try:
                value = read(text)
            except ValueError as error:
                raise ExpressionError(node.args[0], str(error)) from None
            is_integer = kind == INTEGER
            return Typed(f"({value})", kind, constant=value if is_integer else None, is_span=is_integer)
        case _:
            raise ExpressionError(node, f"{name} takes one literal string. Hint: write {name}({example!r})")


def part_of(node: ast.Call, name: str, within: Translator) -> Typed:
    """Translate a part of a timestamp.

    Raises:
        ExpressionError: the parameter is not a timestamp, or there is more than one.
    """
    if len(node.args) != 1 or node.keywords:
        problem = f"{name} takes only a timestamp, in UTC"
        raise ExpressionError(node, f"{problem}. Hint: for another zone write {name}(timestamp + 2 h)")
    value = within.scalar(node.args[0])
    if value.kind != TIMESTAMP:
        raise ExpressionError(
            node,
            f"{name} takes a timestamp, not {a(value.kind)}. Hint: for the time of the event write {name}(timestamp)",
        )
    return Typed(f"{name}_of(fault, {value.code})", INTEGER)
