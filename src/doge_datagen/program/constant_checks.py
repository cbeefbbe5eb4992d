"""Check the constants of a model: their names, which nothing else may have, and their values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from keyword import iskeyword
from math import isfinite

from doge_datagen.errors import Problem
from doge_datagen.language.calls import FUNCTIONS
from doge_datagen.language.constants import length_of, trees_of
from doge_datagen.language.scope import HIDDEN_WORDS, ID, POPULATION, RECENCY, WORDS
from doge_datagen.language.time.units import UNITS
from doge_datagen.language.types import LARGEST, SMALLEST
from doge_datagen.model.spec import Spec
from doge_datagen.model.transition import REST

TAKEN = frozenset([*WORDS, *RECENCY, *HIDDEN_WORDS, POPULATION, ID, *FUNCTIONS, *UNITS, "require", REST])
"""Names that have a meaning in expressions, which a constant would hide."""


def constant_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with a model's constants."""
    for name, value in spec.constants.items():
        message = _wrong_name(spec, name) or _wrong_value(value)
        if message:
            yield Problem(("constants", name), message)


def constant_trees(spec: Spec) -> dict[str, ast.expr]:
    """The syntax tree of each constant of a model that has nothing wrong."""
    right = (it for it in spec.constants.items() if not (_wrong_name(spec, it[0]) or _wrong_value(it[1])))
    return trees_of(dict(right))


def _wrong_name(spec: Spec, name: object) -> str:
    """What is wrong with the name of a constant; empty if nothing is."""
    if not isinstance(name, str) or not name:
        return f"{name!r} is not a name. Hint: give a non-empty string"
    if iskeyword(name):
        return f"{name!r} cannot be a name in expressions: it is a Python keyword. Hint: rename it"
    if not name.isidentifier() or not name.isascii():
        return f"{name!r} cannot be a name in expressions. Hint: use letters, digits and _"
    if any(name in population.attributes for population in spec.populations):
        return f"{name!r} is an attribute too. Hint: rename one of the two"
    for what, names in (("a rhythm", spec.rhythms), ("a table", spec.tables), ("an incident", spec.incidents)):
        if name in names:
            return f"{name!r} is {what} too. Hint: rename one of the two"
    return f"{name!r} already has a meaning in expressions. Hint: rename it" if name in TAKEN else ""


def _wrong_value(value: object) -> str:
    """What is wrong with the value of a constant; empty if nothing is."""
    if isinstance(value, tuple):
        wrong = [_wrong_scalar(it) for it in value]
        return next(filter(None, wrong), "") if value else "is an empty list. Hint: give at least one value"
    return _wrong_scalar(value)


def _wrong_scalar(value: object) -> str:
    if isinstance(value, str):
        is_too_long = (length_of(value) or 0) > LARGEST
        return f"{value!r} does not fit 64 bits of milliseconds. Hint: make it shorter" if is_too_long else ""
    if isinstance(value, float):
        return "" if isfinite(value) else f"{value!r} is not finite. Hint: give a finite number"
    if isinstance(value, int):
        is_small = SMALLEST <= value <= LARGEST
        return "" if is_small else f"{value!r} does not fit 64 bits. Hint: write it as a float"
    return f"{value!r} is not a constant. Hint: give a number, a string, a boolean or a list of them"
