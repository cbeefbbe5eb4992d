"""Check the constants of a model: their names, which nothing else may have, and their values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import isfinite

from doge_datagen.errors import Problem
from doge_datagen.language.constants import length_of, trees_of
from doge_datagen.language.types import LARGEST, SMALLEST
from doge_datagen.model.spec import Spec
from doge_datagen.program.expression_names import wrong_shared_name


def constant_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with a model's constants."""
    for name, value in spec.constants.items():
        if message := _wrong(spec, name, value):
            yield Problem(("constants", name), message)


def constant_trees(spec: Spec) -> dict[str, ast.expr]:
    """The syntax tree of each constant of a model that has nothing wrong."""
    return trees_of({name: value for name, value in spec.constants.items() if not _wrong(spec, name, value)})


def _wrong(spec: Spec, name: str, value: object) -> str:
    return wrong_shared_name(spec, "constants", name) or _wrong_value(value)


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
