"""Moments and durations written as texts, and the parts of timestamps."""

from __future__ import annotations

import ast
from collections.abc import Callable

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.types import INTEGER, TIMESTAMP, Typed, a
from doge_datagen.language.units import duration, timestamp

WRITTEN: dict[str, tuple[Callable[[str], int], str, str]] = {
    "timestamp": (timestamp, TIMESTAMP, "2024-05-06T12:00:00Z"),
    "duration": (duration, INTEGER, "8 h"),
}
"""By function, what reads the text it takes, the type of what comes of it, and an example."""
CALENDAR = ("year", "month", "day", "weekday", "hour", "minute", "second")
"""The parts of a timestamp that functions give."""


def written(node: ast.Call, name: str) -> Typed:
    """A moment or a duration that is written as a text.

    Raises:
        Refused: it is none, or not written as it is.
    """
    read, kind, example = WRITTEN[name]
    match node:
        case ast.Call(args=[ast.Constant(value=str(text))], keywords=[]):
            try:
                value = read(text)
            except ValueError as error:
                raise ExpressionError(node.args[0], str(error)) from None
            return Typed(f"({value})", kind, constant=value if kind == INTEGER else None)
        case _:
            raise ExpressionError(node, f"{name} takes one text, written as it is, such as {name}({example!r})")


def part_of(node: ast.Call, name: str, scalar: Callable[[ast.expr], Typed]) -> Typed:
    """A part of a timestamp as code; ``scalar`` translates what is in the parentheses.

    Raises:
        Refused: it is no timestamp, or there is more than one parameter.
    """
    if len(node.args) != 1 or node.keywords:
        shown = f"{name} takes a timestamp alone, and shows it in UTC"
        raise ExpressionError(node, f"{shown}; for another zone write such as {name}(timestamp + duration('2 h'))")
    value = scalar(node.args[0])
    if value.kind != TIMESTAMP:
        raise ExpressionError(
            node, f"{name} takes a timestamp, not {a(value.kind)}; that of the event is {name}(timestamp)"
        )
    return Typed(f"{name}_of(fault, {value.code})", INTEGER)
