"""Translate literals: numbers, strings, booleans and durations."""

from __future__ import annotations

import ast
from math import isfinite

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import source
from doge_datagen.language.parameters import Translator
from doge_datagen.language.time.duration_literals import Duration
from doge_datagen.language.types import BOOLEAN, DURATION, FLOAT, INTEGER, LARGEST, SMALLEST, Typed


def constant(node: ast.Constant, within: Translator) -> Typed:
    """Translate a literal.

    Raises:
        ExpressionError: no attribute or field can have this value.
    """
    value: object = node.value
    if isinstance(value, bool):
        return Typed(str(value), BOOLEAN, constant=value)
    if isinstance(value, int):
        if not SMALLEST <= value <= LARGEST:
            raise ExpressionError(node, f"{source(node)} does not fit 64 bits. Hint: write it as a float")
        return Typed(str(value), INTEGER, constant=value)
    if isinstance(value, float):
        if not isfinite(value):
            raise ExpressionError(node, f"{source(node)} is not a finite float")
        return Typed(repr(value), FLOAT, constant=value)
    if isinstance(value, Duration):
        if value.milliseconds > LARGEST:
            raise ExpressionError(node, f"{source(node)} does not fit 64 bits of milliseconds. Hint: make it shorter")
        return Typed(str(value.milliseconds), DURATION, constant=value.milliseconds)
    if isinstance(value, str):
        return within.scope.data.text(checked_text(node, value))
    raise ExpressionError(node, f"{source(node)} is not allowed. Hint: use numbers, strings, True and False")


def checked_text(node: ast.AST, text: str) -> str:
    """Return the string if it is valid Unicode, so that records can hold it.

    Raises:
        ExpressionError: it contains an unpaired surrogate.
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ExpressionError(node, f"{text!a} is not valid Unicode. Hint: write the character itself")
    return text


def flag(name: str, node: ast.expr | None) -> bool:
    """The value of an argument that must be written as ``True`` or ``False``; one that is not given is ``False``.

    Raises:
        ExpressionError: it is something else.
    """
    if node is None:
        return False
    if not isinstance(node, ast.Constant) or not isinstance(node.value, bool):
        raise ExpressionError(node, f"{source(node)} is not True or False. Hint: write {name}=True")
    return node.value
