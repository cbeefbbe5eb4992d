"""Constants of a model: values with names, which its expressions use instead of writing them out."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.coercion import plain

Scalar = str | float | bool
Constant = Scalar | tuple[Scalar, ...]
"""A number, a boolean, a string, which is a duration if it reads as one, such as ``30 min``, or several of them."""
OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def constants_of(given: Any) -> dict[str, Constant]:
    """The constants as plain values, with lists as tuples.

    Raises:
        ModelError: they are not a mapping.

    >>> constants_of({'share': 0.2, 'channels': ['web', 'app']})
    {'share': 0.2, 'channels': ('web', 'app')}
    """
    if not isinstance(given, Mapping):
        raise ModelError("constants", f"{given!r} is not a mapping. Hint: give a dict")
    return {name: tuple(map(plain, it)) if isinstance(it, list | tuple) else plain(it) for name, it in given.items()}


def number_of(expression: object, constants: Mapping[str, Constant]) -> float | None:
    """The value of an expression that has only numbers, constants, ``+``, ``-``, ``*``, ``/`` and parentheses.

    None for any other expression.

    >>> number_of('100 * share / 2', {'share': 0.2}), number_of('balance', {})
    (10.0, None)
    """
    if not isinstance(expression, str):
        return float(expression) if _is_number(expression) else None  # type: ignore[arg-type]  # it is one
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body, constants)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr, constants: Mapping[str, Constant]) -> float:
    match node:
        case ast.Constant(value=bool() | str()):
            pass
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name) if _is_number(constants.get(name)):
            return constants[name]  # type: ignore[return-value]  # it is a number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, constants)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            value: float = OPERATIONS[type(op)](_value(left, constants), _value(right, constants))
            return value
    raise ValueError(node)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
