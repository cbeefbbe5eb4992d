"""Translate ``elapsed``, which measures time by the clock of a rhythm."""

from __future__ import annotations

import ast

from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import source
from doge_datagen.language.parameters import Translator, arguments
from doge_datagen.language.types import DURATION, TIMESTAMP, Typed, a

ELAPSED = "elapsed"
PARAMETERS = ("since", "until", "rhythm")


def elapsed(node: ast.Call, name: str, within: Translator) -> Typed:
    """Translate the time that has passed between two moments by the clock of a rhythm.

    Raises:
        ExpressionError: a parameter is missing or of another type, or the rhythm is unknown.
    """
    given = arguments(node, name, PARAMETERS)
    if len(given) < len(PARAMETERS):
        problem = f"{name} takes two timestamps and the name of a rhythm"
        raise ExpressionError(node, f"{problem}. Hint: write {name}(entered, timestamp, office)")
    rhythm = _rhythm(given["rhythm"], within)
    since, until = (_timestamp(given[parameter], name, within) for parameter in PARAMETERS[:2])
    return Typed(f"round_of(fault, elapsed({rhythm}, {since}, {until}))", DURATION)


def _rhythm(node: ast.expr, within: Translator) -> str:
    """The code of a rhythm; its name is not looked up among the attributes."""
    named = node.id if isinstance(node, ast.Name) else node.value if isinstance(node, ast.Constant) else None
    if not isinstance(named, str):
        raise ExpressionError(node, f"{source(node)} is not the name of a rhythm. Hint: give a name such as office")
    if named not in within.rhythms:
        hint = did_you_mean(named, within.rhythms)
        raise ExpressionError(node, f"{named!r} is not a rhythm. Hint: {hint}")
    return within.rhythms[named]


def _timestamp(node: ast.expr, name: str, within: Translator) -> str:
    value = within.scalar(node)
    if value.kind != TIMESTAMP:
        raise ExpressionError(node, f"{name} takes a timestamp, and {source(node)} is {a(value.kind)}")
    return value.code
