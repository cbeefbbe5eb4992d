"""Translate draws from lists of values."""

from __future__ import annotations

import ast
from fractions import Fraction
from itertools import accumulate
from sys import float_info

from doge_datagen.language.arithmetic import may_fault
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import common, source
from doge_datagen.language.parameters import Translator, arguments
from doge_datagen.language.types import BOOLEAN, FLOAT, STRING, Typed

LARGEST_FLOAT = float_info.max
# Conditional expressions nest, and both parsers and Numba have limits for that.
FEW = 8  # up to this many values are chosen by a chain of comparisons, more by a table
SELECTIONS = ("choice", "choices")


def select(node: ast.Call, name: str, within: Translator) -> Typed:
    """Translate ``choice`` or ``choices``.

    Raises:
        ExpressionError: its parameters are not those of a list of values.
    """
    if name == "choice" and (len(node.args) != 1 or node.keywords):
        is_weighted = any(it.arg == "weights" for it in node.keywords)
        example = "choices([...], weights=[...])" if is_weighted else "choice(['web', 'app'])"
        raise ExpressionError(node, f"choice takes one list. Hint: write {example}")
    given = arguments(node, name, ["seq"] if name == "choice" else ["population", "weights"])
    return selected(node, given.get("seq", given.get("population")), given.get("weights"), within)


def selected(node: ast.Call, values_node: ast.expr | None, weights: ast.expr | None, within: Translator) -> Typed:
    """Translate one draw from a list of values.

    Raises:
        ExpressionError: the values or the weights are not such lists, or do not fit each other.
    """
    name = source(node.func)
    if not isinstance(values_node, ast.List | ast.Tuple) or not values_node.elts:
        raise ExpressionError(node, f"{name} takes a list of values. Hint: write {name}(['web', 'app'])")
    values = common(values_node, [within.scalar(value) for value in values_node.elts])
    return drawn_from(node, values, weights, within)


def drawn_from(node: ast.Call, values: list[Typed], weights: ast.expr | None, within: Translator) -> Typed:
    """One draw from translated values of one type.

    Raises:
        ExpressionError: the weights do not fit the values.
    """
    shares = _shares(node, weights, len(values))
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
        rows = within.scope.data.row([value for value in plain if value is not None]), within.scope.data.row(limits)
        found = f"{rows[0]}[bisect_right({rows[1]}, {drawn})]"
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
    # As fractions: limits are sums of shares, in which floats would add up their rounding.
    return [weight / sum(found) for weight in found]


def _weight(node: ast.expr) -> Fraction:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value <= LARGEST_FLOAT:
        raise ExpressionError(node, f"{source(node)} is not a weight. Hint: give a number, 0 or more")
    return Fraction(value)
