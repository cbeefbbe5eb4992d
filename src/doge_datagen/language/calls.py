"""Translate calls of functions and draws."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from sys import float_info
from typing import Protocol

from doge_datagen.errors import did_you_mean
from doge_datagen.language import hints
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import as_float, as_integer, common, number, source, truth
from doge_datagen.language.possible_faults import may_fault
from doge_datagen.language.times import CALENDAR, WRITTEN, part_of, written
from doge_datagen.language.types import BOOLEAN, DURATION, FLOAT, INTEGER, STRING, TIMESTAMP, Typed

NEEDED = object()
LARGEST_FLOAT = float_info.max
MOST = 50  # parameters of min and max; each adds a level of nesting
FEW = 8  # up to this many values are chosen by a chain of comparisons, more by a table
DRAWS: dict[str, tuple[tuple[str, str, object], ...]] = {
    "random": (),
    "uniform": (("a", FLOAT, NEEDED), ("b", FLOAT, NEEDED)),
    "triangular": (("low", FLOAT, "0.0"), ("high", FLOAT, "1.0"), ("mode", FLOAT, None)),
    "randrange": (("start", INTEGER, NEEDED), ("stop", INTEGER, None), ("step", INTEGER, "1")),
    "randint": (("a", INTEGER, NEEDED), ("b", INTEGER, NEEDED)),
    "gauss": (("mu", FLOAT, "0.0"), ("sigma", FLOAT, "1.0")),
    "normalvariate": (("mu", FLOAT, "0.0"), ("sigma", FLOAT, "1.0")),
    "expovariate": (("lambd", FLOAT, "1.0"),),
    "lognormvariate": (("mu", FLOAT, "0.0"), ("sigma", FLOAT, "1.0")),
    "paretovariate": (("alpha", FLOAT, NEEDED),),
    "weibullvariate": (("alpha", FLOAT, NEEDED), ("beta", FLOAT, NEEDED)),
}
"""Draws, with the names, types and defaults of their parameters as in Python's ``random``."""
WHOLE = frozenset({"randrange", "randint"})
SELECTIONS = ("choice", "choices")
MATH = {"sqrt": "square_root", **{name: name for name in ("exp", "log", "log2", "log10", "sin", "cos", "tan")}}
OTHERS = ("abs", "bool", "ceil", "float", "floor", "int", "max", "min", "round", "str")
FUNCTIONS = tuple(sorted((*DRAWS, *SELECTIONS, *MATH, *CALENDAR, *WRITTEN, *OTHERS)))
"""All names that can be called."""
RESERVED = FUNCTIONS
"""The functions whose names attributes and local variables cannot have; any other function is hidden by them."""


class Translator(Protocol):
    """The parts of the expression translator that calls use."""

    def scalar(self, node: ast.expr) -> Typed:
        """Translate a part of the expression."""

    def draw(self, node: ast.Call, name: str, parameters: Sequence[str]) -> str:
        """Return the code of the next draw."""

    def row(self, values: Sequence[int | float]) -> str:
        """Return the name of a row of numbers."""


def call(node: ast.Call, within: Translator) -> Typed:
    """Translate a call.

    Raises:
        ExpressionError: the function does not exist, or does not take these parameters.
    """
    name = _name(node)
    if name in DRAWS:
        return _draw(node, name, within)
    if name in SELECTIONS:
        return _select(node, name, within)
    if name in WRITTEN:
        return written(node, name)
    if name in CALENDAR:
        return part_of(node, name, within.scalar)
    if node.keywords:
        raise ExpressionError(node, f"{name} takes no parameters by name. Hint: give them in order")
    values = [within.scalar(argument) for argument in node.args]
    if name in MATH:
        _count(node, name, values, 1, 1)
        return Typed(f"{MATH[name]}(fault, {as_float(node.args[0], values[0])})", FLOAT)
    return CONVERSIONS[name](node, values)


def _name(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        raise ExpressionError(node, f"{source(node.func)} cannot be called. Hint: {_without_dots(node, node.func)}")
    if not isinstance(node.func, ast.Name):
        raise ExpressionError(node, f"{source(node.func)} cannot be called. Hint: call by name, such as sqrt(...)")
    if node.func.id == "require":
        raise ExpressionError(node, "require(...) is a statement. Hint: write it on its own line of an action")
    if node.func.id not in FUNCTIONS:
        raise ExpressionError(node, f"{node.func.id!r} is not a function. Hint: {_instead_of(node.func.id)}")
    if any(isinstance(argument, ast.Starred) for argument in node.args) or any(not it.arg for it in node.keywords):
        raise ExpressionError(node, "* is not allowed here. Hint: give the parameters one by one")
    return node.func.id


def _without_dots(node: ast.Call, function: ast.Attribute) -> str:
    name, given = function.attr, [*node.args, ast.Constant(0)]
    lookup = hints.of_lookup(function.value, given[0], given[1]) if name == "get" and node.args else None
    if lookup:
        return lookup
    if name in FUNCTIONS:
        return f"write {name}(...)"
    return hints.CALLS.get(name) or "call a function by its name alone, such as sqrt(...)"


def _instead_of(name: str) -> str:
    near = did_you_mean(name, FUNCTIONS)
    return hints.CALLS.get(name) or (near if near.endswith("?") else f"known: {', '.join(FUNCTIONS)}")


def _count(node: ast.AST, name: str, values: Sequence[object], least: int, most: int) -> None:
    if not least <= len(values) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        parameters = "parameter" if most == 1 else "parameters"
        raise ExpressionError(node, f"{name} takes {wanted} {parameters}, not {len(values)}")


def _draw(node: ast.Call, name: str, within: Translator) -> Typed:
    parameters = DRAWS[name]
    given = _arguments(node, name, [parameter for parameter, _, _ in parameters])
    codes: dict[str, str | None] = {}
    for parameter, kind, default in parameters:
        if parameter in given:
            value = within.scalar(given[parameter])
            codes[parameter] = (as_float if kind == FLOAT else as_integer)(given[parameter], value)
        elif default is NEEDED:
            raise ExpressionError(
                node, f"{name} requires {parameter}; it takes {', '.join(one for one, _, _ in parameters)}"
            )
        else:
            codes[parameter] = default if isinstance(default, str) else None
    if name == "randrange" and codes["stop"] is None:
        codes["start"], codes["stop"] = "0", codes["start"]
    if name == "triangular" and codes["mode"] is None:
        codes["mode"] = f"(({codes['low']} + {codes['high']}) * 0.5)"
    return Typed(within.draw(node, name, [str(code) for code in codes.values()]), INTEGER if name in WHOLE else FLOAT)


def _arguments(node: ast.Call, name: str, parameters: Sequence[str]) -> dict[str, ast.expr]:
    _count(node, name, node.args, 0, len(parameters))
    given = dict(zip(parameters, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg not in parameters:
            raise ExpressionError(
                node, f"{name} has no parameter {keyword.arg!r}. Hint: {did_you_mean(str(keyword.arg), parameters)}"
            )
        if keyword.arg in given:
            raise ExpressionError(node, f"{name} is given {keyword.arg!r} twice")
        given[str(keyword.arg)] = keyword.value
    return given


def _select(node: ast.Call, name: str, within: Translator) -> Typed:
    if name == "choice" and (len(node.args) != 1 or node.keywords):
        is_weighted = any(it.arg == "weights" for it in node.keywords)
        example = "choices([...], weights=[...])" if is_weighted else "choice(['web', 'app'])"
        raise ExpressionError(node, f"choice takes one list. Hint: write {example}")
    given = _arguments(node, name, ["seq"] if name == "choice" else ["population", "weights"])
    values_node = given.get("seq", given.get("population"))
    if not isinstance(values_node, ast.List | ast.Tuple) or not values_node.elts:
        raise ExpressionError(node, f"{name} takes a list of values. Hint: write {name}(['web', 'app'])")
    values = common(values_node, [within.scalar(value) for value in values_node.elts])
    shares = _shares(node, given.get("weights"), len(values))
    # One draw decides. Each limit is rounded down to a multiple of 2**-53, the values that random() can take, so that
    # the comparison with it is exact.
    limits = [int(2**53 * limit) * 2.0**-53 for limit in list(accumulate(shares))[:-1]]
    drawn = within.draw(node, "random", [])
    code = _among(node, values, limits, drawn, within)
    texts = frozenset().union(*(value.values for value in values))
    return Typed(code, values[0].kind, texts, is_span=all(value.is_span for value in values))


def _among(node: ast.Call, values: list[Typed], limits: list[float], drawn: str, within: Translator) -> str:
    if len(values) > FEW:
        plain = [_plain(value) for value in values]
        if None in plain:
            raise ExpressionError(
                node,
                f"more than {FEW} values to choose from must be literals. Hint: write {FEW} at most, or only literals",
            )
        rows = within.row([value for value in plain if value is not None]), within.row(limits)
        found = f"{rows[0]}[place_of({rows[1]}, {drawn})]"
        return f"({found} != 0)" if values[0].kind == BOOLEAN else found
    # Python evaluates the whole list before it chooses, and so must this code if a value may fail: a conditional
    # expression would skip the faults of the values not chosen.
    form = "chosen({1}, {0}, {2})" if any(may_fault(value.code) for value in values) else "({0} if {1} else {2})"
    code = values[-1].code
    for value, limit in zip(reversed(values[:-1]), reversed(limits), strict=True):
        code = form.format(value.code, f"{drawn} < {limit!r}", code)
    return code


def _plain(value: Typed) -> int | float | None:
    if value.constant is None:
        return None
    if value.kind == STRING:
        return int(value.code)
    return float(value.constant) if value.kind == FLOAT else int(value.constant)


def _shares(node: ast.Call, weights: ast.expr | None, count: int) -> list[Fraction]:
    if weights is None:
        return [Fraction(1, count)] * count
    if not isinstance(weights, ast.List | ast.Tuple):
        raise ExpressionError(node, "weights must be a list of numbers. Hint: write weights=[3, 1]")
    found = [_weight(weight) for weight in weights.elts]
    if len(found) != count:
        raise ExpressionError(weights, f"{count} values require {count} weights, not {len(found)}")
    if not sum(found):
        raise ExpressionError(weights, "all weights are 0. Hint: give at least one above 0")
    return [weight / sum(found) for weight in found]


def _weight(node: ast.expr) -> Fraction:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value <= LARGEST_FLOAT:
        raise ExpressionError(node, f"{source(node)} is not a weight. Hint: give a number, 0 or more")
    return Fraction(value)


def _int(node: ast.Call, values: list[Typed]) -> Typed:
    _count(node, "int", values, 1, 1)
    if values[0].kind in (TIMESTAMP, DURATION):
        return Typed(values[0].code, INTEGER)
    found = number(node.args[0], values[0])
    return replace(found, is_span=False) if found.kind == INTEGER else Typed(f"to_int(fault, {found.code})", INTEGER)


def _float(node: ast.Call, values: list[Typed]) -> Typed:
    _count(node, "float", values, 1, 1)
    return Typed(as_float(node.args[0], values[0]), FLOAT)


def _bool(node: ast.Call, values: list[Typed]) -> Typed:
    _count(node, "bool", values, 1, 1)
    return Typed(truth(node.args[0], values[0]), BOOLEAN)


def _abs(node: ast.Call, values: list[Typed]) -> Typed:
    _count(node, "abs", values, 1, 1)
    found = values[0] if values[0].kind == DURATION else number(node.args[0], values[0])
    function = "float_absolute" if found.kind == FLOAT else "absolute"
    return Typed(f"{function}(fault, {found.code})", found.kind, is_span=found.is_span)


def _whole(function: str) -> Callable[[ast.Call, list[Typed]], Typed]:
    def to_whole(node: ast.Call, values: list[Typed]) -> Typed:
        _count(node, function, values, 1, 1)
        found = number(node.args[0], values[0])
        return found if found.kind == INTEGER else Typed(f"{function}_of(fault, {found.code})", INTEGER)

    return to_whole


def _round(node: ast.Call, values: list[Typed]) -> Typed:
    _count(node, "round", values, 1, 2)
    if len(values) == 1:
        return _whole("round")(node, values)
    digits = values[1].constant if values[1].kind == INTEGER else None
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 15:
        raise ExpressionError(node.args[1], f"{source(node.args[1])} is not a number of digits. Hint: give 0 to 15")
    if number(node.args[0], values[0]).kind == INTEGER:
        return number(node.args[0], values[0])
    return Typed(f"round_to(fault, {values[0].code}, {digits})", FLOAT)


def _extreme(function: str, name: str) -> Callable[[ast.Call, list[Typed]], Typed]:
    def extreme(node: ast.Call, values: list[Typed]) -> Typed:
        _count(node, name, values, 2, MOST)
        alike = common(node, values)
        if alike[0].kind == STRING:
            raise ExpressionError(node, f"{source(node)} orders strings. Hint: compare them by == or !=")
        code = alike[0].code
        for value in alike[1:]:
            code = f"{function}({code}, {value.code})"
        return Typed(code, alike[0].kind, is_span=all(value.is_span for value in alike))

    return extreme


def _str(node: ast.Call, values: list[Typed]) -> Typed:
    _count(node, "str", values, 1, 1)
    if values[0].kind == STRING:
        return values[0]
    raise ExpressionError(node, f"{source(node)} makes a string, which only fields, keys and headers can show")


CONVERSIONS: dict[str, Callable[[ast.Call, list[Typed]], Typed]] = {
    "abs": _abs,
    "bool": _bool,
    "ceil": _whole("ceil"),
    "float": _float,
    "floor": _whole("floor"),
    "int": _int,
    "max": _extreme("greatest", "max"),
    "min": _extreme("least", "min"),
    "round": _round,
    "str": _str,
}
