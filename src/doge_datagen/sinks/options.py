"""Check a target's options against those that its kind of sink accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from doge_datagen.errors import ModelError, did_you_mean, taken_for
from doge_datagen.model.redaction import Redacted, redacted, revealed
from doge_datagen.sinks.environment_variables import has_variables
from doge_datagen.sinks.sink_kind import Option, SinkKind

TYPES: Mapping[type, tuple[tuple[type, ...], str]] = {
    str: ((Redacted,), "a string"),
    int: ((int,), "an integer"),
    float: ((int, float), "a number"),
    bool: ((bool,), "true or false"),
    dict: ((Mapping,), "a mapping of names to strings, numbers, true or false"),
}
"""By type of an option: the Python types of its values, and the type in words."""


def check_options(kind: SinkKind, options: Mapping[str, Any], where: str) -> None:
    """Check that a kind of sink accepts these options.

    Args:
        kind: the kind of sink.
        options: values by name; the error shows neither secrets nor values from the environment.
        where: location of the target, for errors.

    Raises:
        ModelError: an option is unknown, missing or has an invalid value.
    """
    for name in options:
        if name not in kind.options:
            problem = f"{kind.name!r} has no option {name!r}. Hint: {did_you_mean(name, kind.options)}"
            near = taken_for(name, kind.options)
            raise ModelError(f"{where}.{name}", f"{problem} It is: {kind.options[near].meaning}" if near else problem)
    for name, option in kind.options.items():
        if name in options:
            _check_value(option, redacted(options[name], name), f"{where}.{name}")
        elif option.required:
            raise ModelError(where, f"{kind.name!r} needs the option {name!r}: {option.meaning}")


def _check_value(option: Option, value: object, where: str) -> None:
    allowed, in_words = TYPES[option.kind]
    if not isinstance(value, allowed) or (isinstance(value, bool) and option.kind is not bool):
        raise ModelError(where, f"{value!r} is not {in_words}{_without_quotes(option, value)}")
    if isinstance(value, Mapping):
        _check_mapping(value, where)
    if option.choices and not has_variables(revealed(value)) and value not in option.choices:
        raise ModelError(where, f"{value!r} is not possible. Hint: {did_you_mean(str(value), option.choices)}")


def _without_quotes(option: Option, value: object) -> str:
    """The hint for a string that would be valid without its quotes; empty if it would not."""
    patterns = {bool: r"true|false", int: r"\d+", float: r"\d+(\.\d+)?"}
    fits = isinstance(value, Redacted) and option.kind in patterns and re.fullmatch(patterns[option.kind], str(value))
    return f". Hint: write it without quotes: {value}" if fits else ""


def _check_mapping(value: Mapping[Any, Any], where: str) -> None:
    for key, inner in value.items():
        if not isinstance(key, str):
            raise ModelError(where, f"the key {key!r} is not a string. Hint: put it in quotes")
        if not isinstance(inner, Redacted | int | float | bool):
            problem = "is null" if inner is None else f"{inner!r} is not a string, a number, true or false"
            raise ModelError(f"{where}.{key}", f"{problem}. Hint: give a value, or remove the key")
