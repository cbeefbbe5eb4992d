"""Validators of values in a model file, with the messages for those that are wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from pydantic_core import PydanticCustomError

from doge_datagen.language.hints import ONE_BY_ONE
from doge_datagen.language.time.units import duration, timestamp
from doge_datagen.model.state_machine import DWELL, FINAL, RHYTHM
from doge_datagen.modelfile.document import shown
from doge_datagen.modelfile.yaml_nodes import FLOAT, INTEGER

INVALID = "invalid"
BELOW = "below"
"""The part of a value that such an error is about, in its context."""
NUMBER = re.compile(f"{INTEGER}|{FLOAT}")
PERCENT = re.compile(r"(?P<number>[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)) *%")
WITH_COMMA = re.compile(r"\d*,\d+")


def invalid(message: str, *below: str) -> PydanticCustomError:
    """A pydantic error that shows exactly this message, about the value or a part ``below`` it."""
    # The message is not the template itself: braces in it, such as {dwell: 20 s}, would be taken for names to fill in.
    return PydanticCustomError(INVALID, "{words}", {"words": message, BELOW: below})


def name(value: object) -> str:
    """A non-empty string."""
    if isinstance(value, str) and value:
        return value
    # As text, since YAML has read it already: an expression is compiled from text, and repr gives back the same number.
    if isinstance(value, bool | int | float):
        raise invalid(f"{shown(value)} is not a string. Hint: put it in quotes: '{shown(value)}'")
    hint = "give a string" + ", or one mapping instead of a list" * isinstance(value, dict)
    raise invalid(f"{shown(value) if value != '' else 'an empty string'} is not a name. Hint: {hint}")


def text_like(example: str) -> Callable[[object], str]:
    """A validator of strings such as an example."""

    def check(value: object) -> str:
        if isinstance(value, str) and value:
            return value
        raise invalid(f"{shown(value)} is not a string. Hint: give one such as {example}")

    return check


def statements(value: object) -> str:
    """Statements, as a string."""
    if isinstance(value, str):
        return value
    hint = ONE_BY_ONE if isinstance(value, list) else "give statements, such as 'name = expression'"
    raise invalid(f"{shown(value)} is not a string. Hint: {hint}")


def expression(value: object) -> str:
    """An expression, as a string; a plain number or boolean is one too."""
    if isinstance(value, bool | int | float):
        return repr(start(value))
    if isinstance(value, str) and value.strip():
        return value
    raise invalid(f"{shown(value)} is not an expression. Hint: {_instead(value, FLAT, '')}")


def start(value: object) -> str | int | float | bool:
    """The start of an attribute: an expression, a number or a boolean."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    raise invalid(f"{shown(value)} cannot be a start value. Hint: {_instead(value, ONE_OF_THEM, 'start: ')}")


FLAT = "records are flat: make each of its values a field"
ONE_OF_THEM = "to pick one of its values write choice([...])"


def _instead(value: object, of_parts: str, key: str) -> str:
    """What to write instead of something that is not an expression."""
    if isinstance(value, dict | list):
        return of_parts
    if isinstance(value, str):
        return f"""for an empty string write {key}"''\""""
    return "give a number, true, false or an expression such as 'randrange(0, 10)'"


def number(remedy: str, key: str = "") -> Callable[[object], int | float]:
    """A validator of numbers (not booleans); ``remedy`` is its hint, ``key`` the key whose value it checks."""

    def check(value: object) -> int | float:
        # In Python, True is an int; in a model, `probability: true` is a mistake.
        if isinstance(value, bool) or not isinstance(value, int | float):
            hint = _hint(value, key) if isinstance(value, str) else ""
            raise invalid(f"{shown(value)} is not a number. Hint: {remedy}{hint}")
        # Far from the largest float, so that a sum of many such numbers is still finite.
        if not -1e300 < value < 1e300:  # also rejects nan
            raise invalid(f"{shown(value)} is not finite. Hint: {remedy}")
        return value

    return check


def percentage(value: object) -> int | float | str:
    """A percentage, with or without the sign, ``80`` or ``80 %``, or an expression of one."""
    found = PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        digits = found["number"]
        # An integer where one was given, so that messages and written files show 80 and not 80.0; below ten digits, as
        # int() refuses very long ones.
        value = int(digits) if digits.lstrip("-+").isdigit() and len(digits) < 10 else float(digits)
    # A number in quotes is a valid expression, too, but most likely a mistake of quoting, which number() explains.
    if isinstance(value, str) and not _looks_like_a_number(value):
        return expression(value)
    return number("give a percentage, 0 to 100", "probability")(value)


def _looks_like_a_number(text: str) -> bool:
    return not text.strip() or bool(NUMBER.fullmatch(text) or WITH_COMMA.fullmatch(text))


def _hint(text: str, key: str) -> str:
    """A hint on the number that may have been meant by a string."""
    if WITH_COMMA.fullmatch(text):
        return f", with a decimal point: {text.replace(',', '.')}"
    return without_quotes(text, key) if NUMBER.fullmatch(text) else ""


def without_quotes(text: str, key: str = "") -> str:
    """The end of a message about a string that would be right without its quotes."""
    return f", without quotes: {key}{': ' * bool(key)}{text}"


def whole(remedy: str, key: str = "") -> Callable[[object], int]:
    """A validator of integers, also as ``1e6``; ``remedy`` is its hint, ``key`` the key whose value it checks."""

    def check(value: object) -> int:
        # 1e6 is a float to YAML; "1e6 subjects" is plainly a whole number.
        if isinstance(value, float) and isfinite(value) and value.is_integer():
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        problem = f"{shown(value)} is not an integer. Hint: {remedy}"
        if isinstance(value, str) and NUMBER.fullmatch(value):
            problem += without_quotes(value, key)
        elif isinstance(value, str) and value[:1].isdigit():
            problem += ", as plain digits without a leading 0"
        raise invalid(problem)

    return check


def length(value: object) -> int:
    """A duration, in milliseconds."""
    if not isinstance(value, str):
        raise invalid(f"{shown(value)} is not a duration. Hint: give a number and a unit, such as '1 min'")
    found = _read(duration, value)
    if not found:
        raise invalid(f"{shown(value)} is too short. Hint: give 1 ms or more")
    return found


def moment(value: object) -> int:
    """A timestamp, in milliseconds since the epoch."""
    if isinstance(value, str):
        return _read(timestamp, value)
    raise invalid(f"{shown(value)} is not a timestamp. Hint: give one such as 2022-02-11T03:21:48Z")


def end(value: object) -> str:
    """A timestamp, or a duration from the start."""
    if not isinstance(value, str):
        raise invalid(f"{shown(value)} is not an end. Hint: give a timestamp or a duration such as '7 d'")
    if not value[:1].isdigit():
        raise invalid(
            f"{shown(value)} is not an end. Hint: give a timestamp such as 2022-02-11, or a duration such as '7 d'"
        )
    # Durations have no hyphen, since they are never negative here; timestamps always have one.
    _read(timestamp if "-" in value else duration, value)
    return value


def _read(read: Callable[[str], int], value: str) -> int:
    try:
        return read(value)
    except ValueError as error:
        raise invalid(str(error)) from None


def names(value: object) -> list[str]:
    """One name, or a list of names."""
    if isinstance(value, str) and value:
        return [value]
    return many("give a name or a list of names")(value)


def emission(value: object) -> list[str] | dict[str, Any]:
    """One name, a list of names, or a mapping of names to conditions or true; empty values are reported elsewhere."""
    if isinstance(value, dict):
        return {
            name(stream): True if when is True or when is None else expression(when) for stream, when in value.items()
        }
    if isinstance(value, str) and value:
        return [value]
    return [name(each) for each in many("give a name or a list of names")(value)]


def truth(value: object) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise invalid(f"{shown(value)} is neither true nor false. Hint: give one of them")


def many(remedy: str) -> Callable[[object], list[Any]]:
    """A validator of lists; ``remedy`` is its hint."""

    def check(value: object) -> list[Any]:
        if isinstance(value, list):
            return value
        raise invalid(f"{shown(value)} is not a list. Hint: {remedy}")

    return check


def spawned(value: object) -> list[Any]:
    """What spawns as a list of mappings; a name is short for one that only has a population."""
    given = value if isinstance(value, list) else [value]
    return [{"population": it} if isinstance(it, str) else it for it in given]


def mapped(remedy: str) -> Callable[[object], dict[str, Any]]:
    """A validator of mappings; ``remedy`` is its hint."""

    def check(value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        raise invalid(f"{shown(value)} is not a mapping. Hint: {remedy}")

    return check


def destination(value: object) -> str | dict[str, Any]:
    """A destination: a path, a URL, ``console``, or a mapping with a type of sink."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, Mapping) and value:
        return dict(value)
    raise invalid(
        f"{shown(value)} is not a destination. Hint: give a path such as out/trx.parquet, a URL, console,"
        " or a mapping such as {kafka: 'localhost:9092', format: avro}"
    )


def kind_of_state(value: object) -> str | dict[str, Any] | None:
    """The value of a state in a mapping of states: ``final``, nothing, or a mapping with its dwell time and rhythm."""
    if value in (None, FINAL):
        return FINAL if value else None
    if isinstance(value, dict) and DWELL in value and set(value) <= {DWELL, RHYTHM}:
        return {DWELL: expression(value[DWELL]), **({RHYTHM: name(value[RHYTHM])} if RHYTHM in value else {})}
    raise invalid(f"{shown(value)} is not a type of state. Hint: write final, nothing, or {{dwell: 20 s}}")


def from_states(value: object) -> str | list[str]:
    """The state that a transition leaves, a list of them, or ``*``."""
    if isinstance(value, list):
        return [name(each) for each in value]
    return name(value)


def to_states(value: object) -> str | dict[str, Any]:
    """The state that a transition leads to, or a mapping of states to shares."""
    if isinstance(value, dict) and value:
        return {name(state): expression(share) for state, share in value.items()}
    if isinstance(value, list):
        raise invalid(f"{shown(value)} is not a state. Hint: give one, or shares such as {{here: 0.8, away: rest}}")
    return name(value)


def cell(value: object) -> str | int | float | bool:
    """A weight in a matrix: a number, or an expression."""
    if isinstance(value, list | dict):
        raise invalid(f"{shown(value)} is not a weight. Hint: give a number, or an expression of attributes")
    text = expression(value)
    # A number stays a number, so that a written file has 60 and not '60'; the check is the same for both.
    return value if isinstance(value, int | float) else text


def constant(value: object) -> Any:
    """A number, a boolean, a string, or a list of them."""
    if isinstance(value, list) and value:
        return [constant(it) if not isinstance(it, list) else _no_constant(it) for it in value]
    return value if isinstance(value, bool | int | float | str) else _no_constant(value)


def _no_constant(value: object) -> Any:
    raise invalid(f"{shown(value)} is not a constant. Hint: give a number, true, false, a string or a list of them")


def weights(value: object) -> dict[str, Any]:
    """Weights by state; a state by itself has all the weight."""
    return (
        {value: 1} if isinstance(value, str) and value else mapped("give a state, or 'state: weight' for each")(value)
    )
