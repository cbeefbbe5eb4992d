"""Translate timestamps and durations that are written as strings."""

from __future__ import annotations

import ast
from collections.abc import Callable

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.parameters import Translator
from doge_datagen.language.time.units import duration, timestamp
from doge_datagen.language.types import INTEGER, TIMESTAMP, Typed

WRITTEN: dict[str, tuple[Callable[[str], int], str, str]] = {
    "timestamp": (timestamp, TIMESTAMP, "2024-05-06T12:00:00Z"),
    "duration": (duration, INTEGER, "8 h"),
}
"""For each function, the parser of its string, the type of its result, and an example."""


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
