"""Translate calls of functions and draws."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container
from dataclasses import replace

from doge_datagen.errors import did_you_mean
from doge_datagen.language import hints
from doge_datagen.language.arithmetic import whole_milliseconds
from doge_datagen.language.choices import SELECTIONS, select
from doge_datagen.language.distributions import DISTRIBUTIONS, EMPIRICAL, distribution
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.event_lines import of_lines
from doge_datagen.language.operators import as_float, as_integer, common, convert, number, source, truth
from doge_datagen.language.parameters import Translator, arguments, count
from doge_datagen.language.table_rows import PICK, PICKS, no_row, pick
from doge_datagen.language.time.calls import CALENDAR, ELAPSED, MOMENTS, WRITTEN, elapsed, moment_of, part_of, written
from doge_datagen.language.types import BOOLEAN, DURATION, FLOAT, INTEGER, STRING, TIMESTAMP, Typed

NEEDED = object()
PROVIDERS_OF = "names"
"""What stands before the dot of realistic values, which only columns of generated tables can be."""
MOST = 50  # parameters of min and max; each adds a level of nesting
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
MATH = {"sqrt": "square_root", **{name: name for name in ("exp", "log", "log2", "log10", "sin", "cos", "tan")}}
OTHERS = ("abs", "bool", "ceil", "float", "floor", "int", "max", "min", "round", "str")
RESERVED = tuple(sorted((*DRAWS, *SELECTIONS, *MATH, *CALENDAR, *WRITTEN, *OTHERS)))
"""The functions whose names attributes and local variables cannot have; any other function is hidden by them."""
FUNCTIONS = tuple(sorted((*RESERVED, *DISTRIBUTIONS, EMPIRICAL, *MOMENTS, ELAPSED, PICK, PICKS)))
"""All names that can be called."""


def call(node: ast.Call, within: Translator) -> Typed:
    """Translate a call.

    Raises:
        ExpressionError: the function does not exist, or does not take these parameters.
    """
    # Before all others: len, min and max mean something else over lines.
    over_lines = of_lines(node, within)
    if over_lines is not None:
        return over_lines
    name = _name(node)
    # Functions that were added later give way to attributes, so that old models keep working.
    if name not in RESERVED and within.hides(name):
        problem = f"{name!r} is an attribute or a local name here"
        raise ExpressionError(node, f"{problem}. Hint: rename it to call the function {name}")
    for names, translate in KINDS_OF_CALLS:
        if name in names:
            return translate(node, name, within)
    if node.keywords:
        raise ExpressionError(node, f"{name} takes no parameters by name. Hint: give them in order")
    values = [within.scalar(argument) for argument in node.args]
    if name in MATH:
        count(node, name, values, 1, 1)
        return Typed(f"{MATH[name]}(fault, {as_float(node.args[0], values[0])})", FLOAT)
    return CONVERSIONS[name](node, values)


def _name(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        if isinstance(node.func.value, ast.Name) and node.func.value.id == PROVIDERS_OF:
            hint = "make it a column of a table with count, and draw from that by pick(...)"
            raise ExpressionError(node, f"{source(node)} is not allowed here. Hint: {hint}")
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


def _draw(node: ast.Call, name: str, within: Translator) -> Typed:
    parameters = DRAWS[name]
    given = arguments(node, name, [parameter for parameter, _, _ in parameters])
    if name == "uniform" and {"a", "b"} == given.keys():
        bounds = {one: within.scalar(given[one]) for one in ("a", "b")}
        if DURATION in {value.kind for value in bounds.values()}:
            codes_of_time = [f"float({convert(given[one], it, DURATION).code})" for one, it in bounds.items()]
            return whole_milliseconds(within.draw(node, name, codes_of_time))
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
        # As in Python, where the only parameter of randrange is the stop.
        codes["start"], codes["stop"] = "0", codes["start"]
    if name == "triangular" and codes["mode"] is None:
        codes["mode"] = f"(({codes['low']} + {codes['high']}) * 0.5)"
    return Typed(within.draw(node, name, [str(code) for code in codes.values()]), INTEGER if name in WHOLE else FLOAT)


def _int(node: ast.Call, values: list[Typed]) -> Typed:
    count(node, "int", values, 1, 1)
    if values[0].kind in (TIMESTAMP, DURATION):
        # Both are kept as 64-bit integers of milliseconds, so nothing is to be calculated.
        return Typed(values[0].code, INTEGER)
    found = number(node.args[0], values[0])
    # int(...) of a difference of timestamps is asked for to calculate with milliseconds; it is no duration then.
    return replace(found, is_span=False) if found.kind == INTEGER else Typed(f"to_int(fault, {found.code})", INTEGER)


def _float(node: ast.Call, values: list[Typed]) -> Typed:
    count(node, "float", values, 1, 1)
    return Typed(as_float(node.args[0], values[0]), FLOAT)


def _bool(node: ast.Call, values: list[Typed]) -> Typed:
    count(node, "bool", values, 1, 1)
    return Typed(truth(node.args[0], values[0]), BOOLEAN)


def _abs(node: ast.Call, values: list[Typed]) -> Typed:
    count(node, "abs", values, 1, 1)
    found = values[0] if values[0].kind == DURATION else number(node.args[0], values[0])
    function = "float_absolute" if found.kind == FLOAT else "absolute"
    return Typed(f"{function}(fault, {found.code})", found.kind, is_span=found.is_span)


def _whole(function: str) -> Callable[[ast.Call, list[Typed]], Typed]:
    def to_whole(node: ast.Call, values: list[Typed]) -> Typed:
        count(node, function, values, 1, 1)
        found = number(node.args[0], values[0])
        return found if found.kind == INTEGER else Typed(f"{function}_of(fault, {found.code})", INTEGER)

    return to_whole


def _round(node: ast.Call, values: list[Typed]) -> Typed:
    count(node, "round", values, 1, 2)
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
        count(node, name, values, 2, MOST)
        alike = common(node, values)
        if alike[0].kind == STRING:
            raise ExpressionError(node, f"{source(node)} orders strings. Hint: compare them by == or !=")
        no_row(node, alike[0])
        # From left to right, as Python compares: of equal values the first one is the result.
        code = alike[0].code
        for value in alike[1:]:
            code = f"{function}({code}, {value.code})"
        return Typed(code, alike[0].kind, is_span=all(value.is_span for value in alike))

    return extreme


def _str(node: ast.Call, values: list[Typed]) -> Typed:
    count(node, "str", values, 1, 1)
    if values[0].kind == STRING:
        return values[0]
    raise ExpressionError(node, f"{source(node)} makes a string, which only fields, keys and headers can show")


def _misplaced(node: ast.Call, name: str, within: Translator) -> Typed:  # noqa: ARG001 - as the others
    problem = f"{source(node)} is not allowed here: it gives a subject several rows for good"
    raise ExpressionError(node, f"{problem}. Hint: make it the start of an attribute")


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
KINDS_OF_CALLS: tuple[tuple[Container[str], Callable[[ast.Call, str, Translator], Typed]], ...] = (
    (DRAWS, _draw),
    (SELECTIONS, select),
    ((*DISTRIBUTIONS, EMPIRICAL), distribution),
    (WRITTEN, written),
    (CALENDAR, part_of),
    (MOMENTS, moment_of),
    ((ELAPSED,), elapsed),
    ((PICK,), pick),
    ((PICKS,), _misplaced),
)
"""How calls are translated whose parameters are not simply translated in order."""
