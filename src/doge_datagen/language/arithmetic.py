"""Translate arithmetic of numbers, timestamps and durations to calls of checked functions; tell which code may fail."""

from __future__ import annotations

import ast
import re

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import as_float, convert, number, source, truth
from doge_datagen.language.parameters import Translator
from doge_datagen.language.time.units import UNITS
from doge_datagen.language.types import BOOLEAN, DURATION, FLOAT, INTEGER, RATE, SMALLEST, STRING, TIMESTAMP, Typed

INTEGERS = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "modulo",
    ast.Pow: "power",
}
FLOATS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
CHECKED_FLOATS = {
    ast.Div: "divide",
    ast.FloorDiv: "float_floor_divide",
    ast.Mod: "float_modulo",
    ast.Pow: "float_power",
}
Operation = ast.BinOp | ast.AugAssign
Sides = tuple[ast.expr, ast.expr]
Values = tuple[Typed, Typed]
SMALLEST_WRITTEN = ast.dump(ast.UnaryOp(ast.USub(), ast.Constant(-SMALLEST)))


def binary_operation(node: ast.BinOp, within: Translator) -> Typed:
    """Translate an arithmetic operation; a unit of time may be a divisor by itself, as in ``3/d``."""
    right = _unit(node.right, within) if isinstance(node.op, ast.Div) else None
    return arithmetic(node, (node.left, node.right), (within.scalar(node.left), right or within.scalar(node.right)))


def _unit(node: ast.expr, within: Translator) -> Typed | None:
    """The duration of a unit's name, which names of the model hide."""
    if not isinstance(node, ast.Name) or node.id not in UNITS or within.knows(node.id):
        return None
    return Typed(str(UNITS[node.id]), DURATION, constant=UNITS[node.id])


def unary_operation(node: ast.UnaryOp, within: Translator) -> Typed:
    """Translate a sign, or ``not``."""
    if ast.dump(node) == SMALLEST_WRITTEN:
        return Typed(f"({SMALLEST})", INTEGER, constant=SMALLEST)  # without its sign it would not fit 64 bits
    value = within.scalar(node.operand)
    if isinstance(node.op, ast.Not):
        return Typed(f"(not {truth(node.operand, value)})", BOOLEAN)
    found = value if value.kind == DURATION else number(node.operand, value)
    if isinstance(node.op, ast.UAdd):
        return found
    if not isinstance(node.op, ast.USub):
        raise ExpressionError(node, f"{source(node)} is not allowed. Hint: use +, - and not")
    if found.kind == FLOAT:
        minus = None if found.constant is None else -float(found.constant)
        return Typed(f"(-{found.code})", FLOAT, constant=minus)
    if isinstance(found.constant, int) and found.constant != SMALLEST:
        return Typed(f"(-{found.code})", found.kind, constant=-found.constant, is_span=found.is_span)
    return Typed(f"negate(fault, {found.code})", found.kind, is_span=found.is_span)


def arithmetic(node: Operation, sides: Sides, values: Values) -> Typed:
    """Translate an arithmetic operation on two values.

    Raises:
        ExpressionError: the operation does not exist for these types.
    """
    kind = type(node.op)
    left, right = values
    if kind not in INTEGERS and kind not in CHECKED_FLOATS:
        raise ExpressionError(node, f"{source(node)} is not allowed. Hint: the operators are + - * / // % **")
    if TIMESTAMP in (left.kind, right.kind):
        return _of_timestamps(node, left, right)
    if STRING in (left.kind, right.kind):
        raise ExpressionError(
            node, f"{source(node)} calculates with a string; only fields, keys and headers can join strings by +"
        )
    if {DURATION, RATE} & {left.kind, right.kind}:
        return (_of_rates if RATE in (left.kind, right.kind) else _of_durations)(node, sides, values)
    first, second = number(sides[0], left), number(sides[1], right)
    # In Python, / gives a float for integers as well.
    if kind is not ast.Div and first.kind == second.kind == INTEGER:
        is_span = kind in (ast.Add, ast.Sub) and left.is_span and right.is_span
        return Typed(f"{INTEGERS[kind]}(fault, {first.code}, {second.code})", INTEGER, is_span=is_span)
    codes = as_float(sides[0], first), as_float(sides[1], second)
    if kind in FLOATS:
        # Unchecked: floats overflow to infinity in Python, too, and not to an error.
        return Typed(f"({codes[0]} {FLOATS[kind]} {codes[1]})", FLOAT)
    return Typed(f"{CHECKED_FLOATS[kind]}(fault, {codes[0]}, {codes[1]})", FLOAT)


def whole_milliseconds(code: str) -> Typed:
    """A duration of the float that the code gives, rounded to whole milliseconds."""
    return Typed(f"round_of(fault, {code})", DURATION)


def _of_timestamps(node: Operation, left: Typed, right: Typed) -> Typed:
    """A sum or difference with a timestamp; integers are milliseconds."""
    first, second = left.code, right.code
    match type(node.op)(), left.kind, right.kind:
        case (ast.Sub(), "timestamp", "timestamp"):
            return Typed(f"subtract(fault, {first}, {second})", INTEGER, is_span=True)
        case (ast.Sub(), "timestamp", "integer"):
            return Typed(f"subtract(fault, {first}, {second})", TIMESTAMP)
        case (ast.Add(), "timestamp", "integer") | (ast.Add(), "integer", "timestamp"):
            return Typed(f"add(fault, {first}, {second})", TIMESTAMP)
        case (ast.Sub(), "timestamp", "duration"):
            # shift and not subtract, as it leaves what never comes where it is.
            return Typed(f"shift(fault, {first}, negate(fault, {second}))", TIMESTAMP)
        case (ast.Add(), "timestamp", "duration"):
            return Typed(f"shift(fault, {first}, {second})", TIMESTAMP)
        case (ast.Add(), "duration", "timestamp"):
            return Typed(f"shift(fault, {second}, {first})", TIMESTAMP)
    hint = "add or subtract a duration such as 8 h, subtract one timestamp from another, or convert it by int(...)"
    raise ExpressionError(node, f"{source(node)} is not allowed with timestamps. Hint: {hint}")


def _of_durations(node: Operation, sides: Sides, values: Values) -> Typed:
    """An operation with a duration: with another one, or with a number."""
    if all(value.kind == DURATION or value.is_span for value in values):
        return _of_two_durations(node, convert(sides[0], values[0], DURATION), convert(sides[1], values[1], DURATION))
    is_first = values[0].kind == DURATION
    if isinstance(node.op, ast.Div) and not is_first:
        return _per(sides[0], *values)
    long, factor = values if is_first else values[::-1]
    by = number(sides[is_first], factor)
    match node.op:
        case ast.Mult() if by.kind == INTEGER:
            return Typed(f"multiply(fault, {long.code}, {by.code})", DURATION)
        case ast.Mult():
            # Rounded, since timestamps are whole milliseconds, and a fraction would be lost somewhere else.
            return whole_milliseconds(f"(float({long.code}) * {by.code})")
        case ast.Div() if is_first:
            return whole_milliseconds(f"divide(fault, float({long.code}), {as_float(sides[1], by)})")
        case ast.FloorDiv() if is_first and by.kind == INTEGER:
            return Typed(f"floor_divide(fault, {long.code}, {by.code})", DURATION)
        case ast.Add() | ast.Sub():
            raise _refused(node, "give the number a unit, such as 5 min or ... * 1 min")
    raise _refused(node, "a duration can be multiplied and divided by a number, and divided by another duration")


def _per(node: ast.expr, amount: Typed, unit: Typed) -> Typed:
    """A number per unit of time."""
    # By the same division as in the run, so that a rate written as a constant has the same bits.
    if amount.constant is not None and unit.constant:
        rate = float(amount.constant) / float(unit.constant)
        return Typed(repr(rate), RATE, constant=rate)
    return Typed(f"divide(fault, {as_float(node, amount)}, float({unit.code}))", RATE)


def _of_rates(node: Operation, sides: Sides, values: Values) -> Typed:
    """An operation with a rate: with another one, with a number, or with a duration, which gives a number."""
    left, right = values
    sign, kinds = FLOATS.get(type(node.op)), (left.kind, right.kind)
    if kinds == (RATE, RATE) and sign and sign != "*":
        return Typed(f"({left.code} {sign} {right.code})", RATE)
    if kinds == (RATE, RATE) and isinstance(node.op, ast.Div):
        return Typed(f"divide(fault, {left.code}, {right.code})", FLOAT)
    if sign == "*" and DURATION in kinds:
        codes = (f"float({it.code})" if it.kind == DURATION else it.code for it in values)
        return Typed(f"({' * '.join(codes)})", FLOAT)
    if sign == "*" or (isinstance(node.op, ast.Div) and left.kind == RATE and right.kind != DURATION):
        codes = (it.code if it.kind == RATE else as_float(side, it) for side, it in zip(sides, values, strict=True))
        return Typed(f"({' * '.join(codes)})" if sign else f"divide(fault, {', '.join(codes)})", RATE)
    hint = "a rate can be multiplied and divided by a number, and added to another rate"
    raise ExpressionError(node, f"{source(node)} is not allowed with rates. Hint: {hint}")


def _of_two_durations(node: Operation, left: Typed, right: Typed) -> Typed:
    match node.op:
        case ast.Add() | ast.Sub() | ast.Mod():
            return Typed(f"{INTEGERS[type(node.op)]}(fault, {left.code}, {right.code})", DURATION)
        case ast.Div():
            return Typed(f"divide(fault, float({left.code}), float({right.code}))", FLOAT)
        case ast.FloorDiv():
            return Typed(f"floor_divide(fault, {left.code}, {right.code})", INTEGER)
    raise _refused(node, "divide one of them by a unit, such as ... / 1 h")


def _refused(node: Operation, hint: str) -> ExpressionError:
    return ExpressionError(node, f"{source(node)} is not allowed with durations. Hint: {hint}")


CALL = re.compile(r"(\w+)\(fault\b")
# What is not here may fail. It is a list of what cannot, so that a new function is taken for one that can.
HARMLESS = frozenset(
    {"random", "uniform", "float_absolute"}
    | {f"{part}_of" for part in ("year", "month", "day", "weekday", "hour", "minute", "second")}
)
"""Functions that take the ``fault`` parameter but never fail."""


def may_fault(code: str) -> bool:
    """Whether the code of an expression calls a function that can fail.

    >>> may_fault("floor_divide(fault, 100, a_balance)"), may_fault("(hour_of(fault, timestamp) < 8)")
    (True, False)
    """
    return any(name not in HARMLESS for name in CALL.findall(code))
