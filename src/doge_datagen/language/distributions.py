"""Translate draws from distributions with readable parameters, which may have units.

Every distribution takes ``min`` and ``max``, which clip. If its scale is a duration, so are these and the draw.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from doge_datagen.language.arithmetic import whole_milliseconds
from doge_datagen.language.choices import selected
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import as_float, as_integer, common, convert, number, source
from doge_datagen.language.parameters import Translator, arguments
from doge_datagen.language.types import DURATION, FLOAT, INTEGER, STRING, Typed

BOUNDS = ("min", "max")
SCALES = frozenset({"mean", "median", "p95", "scale", "sd"})
"""Parameters that can be durations, in distributions whose draws can be."""
AT_LEAST_0 = frozenset({"sigma", "sd"})
Codes = Mapping[str, str]
Draw = Callable[[str, Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Distribution:
    """One way to give the parameters of a distribution.

    Attributes:
        parameters: their names, in order.
        code: the code of a draw, from a function that draws and the code of each parameter.
        is_whole: whether draws are integers.
    """

    parameters: tuple[str, ...]
    code: Callable[[Draw, Codes], str]
    is_whole: bool = False


def _drawn(function: str, *parameters: str, is_whole: bool = False) -> Distribution:
    def code(draw: Draw, codes: Codes) -> str:
        drawn = draw(function, [codes[parameter] for parameter in parameters])
        return f"int({drawn})" if is_whole else drawn

    return Distribution(parameters, code, is_whole)


def _gamma(draw: Draw, codes: Codes) -> str:
    scale = codes.get("scale") or f"divide(fault, {codes['mean']}, {codes['shape']})"
    return f"gamma_of(fault, {draw('draw_log_gamma', [codes['shape']])}, {scale})"


def _beta(draw: Draw, codes: Codes) -> str:
    both = [draw("draw_log_gamma", [codes[name]]) for name in ("alpha", "beta")]
    return f"beta_of(fault, {', '.join(both)})"


DISTRIBUTIONS: Mapping[str, tuple[Distribution, ...]] = {
    "exponential": (_drawn("draw_exponential", "mean"),),
    "lognormal": (_drawn("draw_lognormal", "median", "sigma"), _drawn("draw_lognormal_p95", "median", "p95")),
    "weibull": (_drawn("draw_weibull", "scale", "shape"),),
    "gamma": (Distribution(("mean", "shape"), _gamma), Distribution(("scale", "shape"), _gamma)),
    "beta": (Distribution(("alpha", "beta"), _beta),),
    "pareto": (_drawn("draw_pareto", "scale", "shape"),),
    "normal": (_drawn("draw_normal", "mean", "sd"),),
    "poisson": (_drawn("draw_poisson", "mean", is_whole=True),),
    "zipf": (_drawn("draw_zipf", "exponent", "n", is_whole=True),),
}
"""The distributions, each with the ways to give its parameters."""
EMPIRICAL = "empirical"
INVERTED = {
    "draw_exponential": ("mean",),
    "draw_lognormal": ("median", "sigma"),
    "draw_lognormal_p95": ("median", "p95"),
    "draw_weibull": ("scale", "shape"),
    "draw_pareto": ("scale", "shape"),
    "draw_normal": ("mean", "sd"),
}
"""The functions that code calls for one draw, with their parameters."""
REJECTED = {"draw_log_gamma": ("shape",), "draw_poisson": ("mean",), "draw_zipf": ("exponent", "n")}
"""The same for functions that may reject what they draw, and draw again."""


def distribution(node: ast.Call, name: str, within: Translator) -> Typed:
    """Translate a draw from a distribution.

    Raises:
        ExpressionError: its parameters are unknown, missing, of another type, or never valid.
    """
    if name == EMPIRICAL:
        return _empirical(node, within)
    ways = DISTRIBUTIONS[name]
    known = dict.fromkeys(parameter for way in ways for parameter in way.parameters)
    given = _given(node, name, ways[0].parameters, known)
    # By the names alone, which differ between the ways; so no value has to be known.
    way = next((way for way in ways if {*way.parameters, *BOUNDS} >= given.keys() >= {*way.parameters}), None)
    if way is None:
        wanted = ", or ".join(" and ".join(way.parameters) for way in ways)
        raise ExpressionError(node, f"{name} requires {wanted}; it also takes min and max")
    values = {one: within.scalar(part) for one, part in given.items()}
    for one, value in values.items():
        _check(given[one], name, one, value)

    def draw(function: str, codes: Sequence[str]) -> str:
        return within.draw(node, function, codes)

    if way.is_whole:
        codes = {one: as_float(given[one], values[one]) for one in way.parameters}
        # Whole numbers are clipped as integers: a float between them would have to be rounded in one direction.
        limits = {one: as_integer(given[one], values[one]) for one in BOUNDS if one in given}
        return Typed(_clipped(node, way.code(draw, codes), limits, values), INTEGER)
    # One duration is enough: then the numbers beside it are refused, as nobody knows their unit.
    is_time = name != "beta" and any(_is_time(value) for one, value in values.items() if one in SCALES)
    codes = {
        one: _scale(given[one], value, is_time=is_time and (one in SCALES or one in BOUNDS))
        for one, value in values.items()
    }
    limits = {one: codes[one] for one in BOUNDS if one in codes}
    code = _clipped(node, way.code(draw, codes), limits, values)
    return whole_milliseconds(code) if is_time else Typed(code, FLOAT)


def _given(node: ast.Call, name: str, in_order: Sequence[str], known: Mapping[str, None]) -> dict[str, ast.expr]:
    """The parameters by name; min and max are always given by name."""
    if len(node.args) > len(in_order):
        raise ExpressionError(node, f"{name} takes {', '.join(in_order)}. Hint: give min and max by name")
    extra = [parameter for parameter in known if parameter not in in_order]
    return arguments(node, name, [*in_order, *extra, *BOUNDS])


def _is_time(value: Typed) -> bool:
    return value.kind == DURATION or value.is_span


def _scale(node: ast.expr, value: Typed, *, is_time: bool) -> str:
    return f"float({convert(node, value, DURATION).code})" if is_time else as_float(node, value)


def _check(node: ast.expr, name: str, parameter: str, value: Typed) -> None:
    """Reject a literal that is never valid."""
    constant = value.constant
    if parameter in BOUNDS or isinstance(constant, str) or constant is None or (name, parameter) == ("normal", "mean"):
        return
    if parameter in AT_LEAST_0 or (name, parameter) in {("poisson", "mean"), ("zipf", "exponent")}:
        if constant < 0:
            raise ExpressionError(node, f"the {parameter} of {name} is {source(node)}. Hint: give 0 or more")
    elif constant <= 0:
        raise ExpressionError(node, f"the {parameter} of {name} is {source(node)}. Hint: give one above 0")


def _clipped(node: ast.Call, code: str, limits: Codes, values: Mapping[str, Typed]) -> str:
    low, high = (values[bound].constant if bound in values else None for bound in BOUNDS)
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        raise ExpressionError(node, f"the min of {source(node)} is above its max. Hint: exchange them")
    if "min" in limits:
        # Clipped and not drawn again: a draw again would need more blocks, and would never end for bounds far out.
        code = f"greatest({code}, {limits['min']})"
    return f"least({code}, {limits['max']})" if "max" in limits else code


def _empirical(node: ast.Call, within: Translator) -> Typed:
    """Draw one of the values that were observed, by weight."""
    given = arguments(node, EMPIRICAL, ["values", "weights", *BOUNDS])
    found = selected(node, given.get("values"), given.get("weights"), within)
    if found.kind == STRING:
        raise ExpressionError(node, f"{source(node)} draws strings. Hint: write choices([...], weights=[...])")
    values = {bound: within.scalar(given[bound]) for bound in BOUNDS if bound in given}
    if found.kind != DURATION and not found.is_span:
        found = number(node, found)
    alike = common(node, [found, *values.values()])
    limits = {bound: limit.code for bound, limit in zip(values, alike[1:], strict=True)}
    return Typed(_clipped(node, alike[0].code, limits, values), alike[0].kind, is_span=alike[0].is_span)
