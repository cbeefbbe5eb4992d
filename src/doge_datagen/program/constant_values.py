"""The value of an expression that consists of numbers, durations and units alone."""

from __future__ import annotations

import ast

from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.scope import Scope
from doge_datagen.language.time.units import UNITS
from doge_datagen.model.reference_data import OPERATIONS


def constant_value(scope: Scope, node: ast.expr) -> float | None:
    """The value of a valid expression of numbers, durations, units and + - * /; None if there is anything else in it.

    Durations are in milliseconds, and rates in events per millisecond. A quotient of a duration is not rounded.

    Args:
        scope: the names that have other meanings.
        node: the tree of the expression.

    >>> from doge_datagen.language.lookup_data import ModelData
    >>> from doge_datagen.language.parse import expression
    >>> scope = Scope({}, ModelData(), 0)
    >>> [constant_value(scope, expression(it)) for it in ('2 * 3', '0 - 1', '5 min - 1 h', '6 * index')]
    [6.0, -1.0, -3300000.0, None]
    """
    translator = ExpressionTranslator(scope)
    if isinstance(node, ast.Name) and node.id in UNITS and not translator.knows(node.id):
        return float(UNITS[node.id])
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        left, right = constant_value(scope, node.left), constant_value(scope, node.right)
        try:
            return None if left is None or right is None else float(OPERATIONS[type(node.op)](left, right))
        except ZeroDivisionError:
            return None  # an error of the run, if it ever calculates this
    constant = translator.scalar(node).constant if isinstance(node, ast.Constant | ast.UnaryOp) else None
    return float(constant) if isinstance(constant, int | float) else None
