"""Put the values of a model's constants in the place of their names, right after its code has been parsed."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

from doge_datagen.language.parse import expression
from doge_datagen.language.time.duration_literals import Duration
from doge_datagen.language.time.units import duration

Value = str | float | bool
Node = TypeVar("Node", bound=ast.AST)


def trees_of(constants: Mapping[str, Value | Sequence[Value]]) -> dict[str, ast.expr]:
    """The syntax tree that each constant stands for: a literal, or a list of them.

    >>> trees = trees_of({'debt': -5, 'pause': '30 min', 'ways': ['a', 'b']})
    >>> [ast.unparse(tree) for tree in trees.values()]
    ['-5', '30 min', "['a', 'b']"]
    """
    return {
        name: ast.List(list(map(_scalar, it)), ast.Load()) if isinstance(it, list | tuple) else _scalar(it)
        for name, it in constants.items()
    }


def _scalar(value: object) -> ast.expr:
    length = length_of(value) if isinstance(value, str) else None
    return literal(value if length is None else Duration(length, str(value).strip()))


def literal(value: Any) -> ast.expr:
    """The tree of a literal: a negative number is a minus sign and a number."""
    if isinstance(value, int | float) and str(value).startswith("-"):  # -0.0 is one too
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def parsed(given: Value, constants: Mapping[str, ast.expr]) -> ast.expr:
    """The tree of an expression, which may be a plain number, with the values of constants in it.

    Raises:
        ExpressionError: it is not an expression.
    """
    return with_constants(expression(given) if isinstance(given, str) else ast.Constant(given), constants)


def located(tree: Node, node: ast.AST) -> Node:
    """The tree with the location of another node for all of its parts."""
    for part in ast.walk(tree):
        ast.copy_location(part, node)
    return tree


def length_of(text: str) -> int | None:
    """The milliseconds of a string that is a duration; None for any other.

    >>> length_of('30 min'), length_of('30 euros')
    (1800000, None)
    """
    try:
        return duration(text)
    except ValueError:
        return None


def with_constants(tree: Node, trees: Mapping[str, ast.expr]) -> Node:
    """The tree with names of constants replaced by their values, at the places of the names; it may be changed."""
    names = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name)) if trees else iter(())
    if not any(name in trees for name in names):
        return tree  # without recursion: sums may be thousands of nodes deep
    found: Node = _Replacing(trees).visit(tree)
    return found


class _Replacing(ast.NodeTransformer):
    def __init__(self, trees: Mapping[str, ast.expr]) -> None:
        self._trees = trees

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._trees or not isinstance(node.ctx, ast.Load):
            return node
        # A copy, since each place gets locations of its own, and later passes change trees.
        return located(deepcopy(self._trees[node.id]), node)
