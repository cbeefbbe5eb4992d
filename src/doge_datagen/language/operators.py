"""Translate arithmetic, comparison and conversion between types to calls of checked functions."""

from __future__ import annotations

import ast

from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.types import ANY_TEXT, BOOLEAN, FLOAT, INTEGER, STRING, TIMESTAMP, Typed, a

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
COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
ALIKE = (ast.Eq, ast.NotEq)
CONVERSION_HINTS = {
    (FLOAT, INTEGER): ". Hint: write round(...) or int(...), or begin with a float such as 0.0",
    (TIMESTAMP, INTEGER): ". Hint: write int(...)",
    (INTEGER, TIMESTAMP): ". Hint: add the milliseconds to a timestamp, or write one such as timestamp('2024-05-06')",
    (STRING, TIMESTAMP): ". Hint: write timestamp('2024-05-06T12:00:00Z')",
    (INTEGER, BOOLEAN): ". Hint: write a comparison, or bool(...)",
    (FLOAT, BOOLEAN): ". Hint: write a comparison, or bool(...)",
}
"""How to convert one type to another explicitly, if the conversion may lose something."""
MIXED = {
    frozenset({INTEGER, TIMESTAMP}): ". Hint: write int(...) to make an integer of a timestamp",
    frozenset({STRING, TIMESTAMP}): ". Hint: write a moment such as timestamp('2024-05-06T12:00:00Z')",
}
"""Hints for values of different types in one expression."""
LONGEST_QUOTE = 60


def number(node: ast.expr, value: Typed) -> Typed:
    """The value where a number is required; a boolean becomes 0 or 1.

    Raises:
        ExpressionError: it is a string or a timestamp.
    """
    if value.kind == BOOLEAN:
        return Typed(f"int({value.code})", INTEGER)
    if value.kind in (INTEGER, FLOAT):
        return value
    hint = ". Hint: write int(...)" if value.kind == TIMESTAMP else ""
    raise ExpressionError(node, f"{source(node)} is {a(value.kind)}, but a number is required{hint}")


def as_float(node: ast.expr, value: Typed) -> str:
    """The code of the value as a float."""
    found = number(node, value)
    return found.code if found.kind == FLOAT else f"float({found.code})"


def as_integer(node: ast.expr, value: Typed) -> str:
    """The code of the value where an integer is required.

    Raises:
        ExpressionError: it is not an integer.
    """
    found = number(node, value)
    if found.kind == FLOAT:
        raise ExpressionError(
            node, f"{source(node)} is a float, but an integer is required. Hint: write int(...) or round(...)"
        )
    return found.code


def truth(node: ast.expr, value: Typed) -> str:
    """The code of the value as a boolean, by Python's rules.

    Raises:
        ExpressionError: it is a string or a timestamp.
    """
    if value.kind == BOOLEAN:
        return value.code
    if value.kind in (INTEGER, FLOAT):
        return f"({value.code} != 0)"
    raise ExpressionError(
        node, f"{source(node)} is {a(value.kind)}, but a boolean is required. Hint: compare it by == or <"
    )


def convert(node: ast.AST, value: Typed, kind: str) -> Typed:
    """Convert a value to another type without loss.

    Raises:
        ExpressionError: the conversion may lose something.
    """
    if value.kind == kind:
        return value
    if kind == FLOAT and value.kind in (INTEGER, BOOLEAN):
        constant = None if value.constant is None else float(value.constant)
        integer = f"int({value.code})" if value.kind == BOOLEAN else value.code  # Numba has no float(bool)
        return Typed(f"float({integer})", FLOAT, constant=constant)
    if (kind, value.kind) == (INTEGER, BOOLEAN):
        return Typed(f"int({value.code})", INTEGER)
    hint = CONVERSION_HINTS.get((value.kind, kind), "")
    raise ExpressionError(node, f"{source(node)} is {a(value.kind)} and cannot become {a(kind)}{hint}")


def common(node: ast.expr, values: list[Typed]) -> list[Typed]:
    """Convert the values to a common type; numbers become floats if one of them is a float.

    Raises:
        ExpressionError: there is no common type.
    """
    kinds = {value.kind for value in values}
    if len(kinds) == 1:
        return values
    if kinds <= {INTEGER, FLOAT, BOOLEAN}:
        return [convert(node, value, FLOAT if FLOAT in kinds else INTEGER) for value in values]
    hint = MIXED.get(frozenset(kinds), ". Hint: give values of one type")
    if "weekday(" in source(node):
        hint += "; weekday(...) is 0 on Mondays"
    mixed = " and ".join(a(kind) for kind in sorted(kinds))
    raise ExpressionError(node, f"{source(node)} mixes {mixed}{hint}")


def arithmetic(node: ast.BinOp | ast.AugAssign, sides: tuple[ast.expr, ast.expr], values: tuple[Typed, Typed]) -> Typed:
    """Translate an arithmetic operation on two values.

    Raises:
        ExpressionError: the operation does not exist for these types.
    """
    kind = type(node.op)
    left, right = values
    if kind not in INTEGERS and kind not in CHECKED_FLOATS:
        raise ExpressionError(node, f"{source(node)} is not allowed. Hint: the operators are + - * / // % **")
    if TIMESTAMP in (left.kind, right.kind):
        return _of_times(node, left, right)
    if STRING in (left.kind, right.kind):
        raise ExpressionError(
            node, f"{source(node)} calculates with a string; only fields, keys and headers can join strings by +"
        )
    first, second = number(sides[0], left), number(sides[1], right)
    if kind is not ast.Div and first.kind == second.kind == INTEGER:
        return Typed(f"{INTEGERS[kind]}(fault, {first.code}, {second.code})", INTEGER)
    codes = as_float(sides[0], first), as_float(sides[1], second)
    if kind in FLOATS:
        return Typed(f"({codes[0]} {FLOATS[kind]} {codes[1]})", FLOAT)
    return Typed(f"{CHECKED_FLOATS[kind]}(fault, {codes[0]}, {codes[1]})", FLOAT)


def _of_times(node: ast.BinOp | ast.AugAssign, left: Typed, right: Typed) -> Typed:
    operation: type[ast.operator] = type(node.op)
    kinds = left.kind, right.kind
    allowed: dict[tuple[type[ast.operator], tuple[str, str]], str] = {
        (ast.Sub, (TIMESTAMP, TIMESTAMP)): INTEGER,
        (ast.Sub, (TIMESTAMP, INTEGER)): TIMESTAMP,
        (ast.Add, (TIMESTAMP, INTEGER)): TIMESTAMP,
        (ast.Add, (INTEGER, TIMESTAMP)): TIMESTAMP,
    }
    kind = allowed.get((operation, kinds))
    if kind is None:
        raise ExpressionError(
            node,
            f"{source(node)} is not allowed with timestamps. Hint: add or subtract milliseconds, such as "
            "duration('8 h'), subtract one timestamp from another, or convert it by int(...)",
        )
    return Typed(f"{INTEGERS[operation]}(fault, {left.code}, {right.code})", kind)


def comparison(node: ast.Compare, operator: ast.cmpop, sides: list[ast.expr], values: list[Typed]) -> str:
    """Translate a comparison of two values.

    Raises:
        ExpressionError: these values cannot be compared this way.
    """
    sign = COMPARISONS.get(type(operator))
    if sign is None:
        raise ExpressionError(node, f"{source(node)} is not allowed. Hint: use ==, !=, <, <=, >, >=, in or not in")
    if values[0].kind == values[1].kind == STRING:
        if not isinstance(operator, ALIKE):
            raise ExpressionError(node, f"{source(node)} orders strings. Hint: compare them by == or !=")
        _can_be_equal(sides, values)
    left, right = common(node, values)
    return f"({left.code} {sign} {right.code})"


def _can_be_equal(sides: list[ast.expr], values: list[Typed]) -> None:
    for mine, other, side in ((values[0], values[1], sides[0]), (values[1], values[0], sides[1])):
        known = other.among or other.values
        if not isinstance(side, ast.Constant) or not isinstance(mine.constant, str) or ANY_TEXT in known:
            continue
        if known and mine.constant not in known:
            hint = did_you_mean(mine.constant, sorted(known))
            raise ExpressionError(side, f"{mine.constant!r} is not a value of the other side. Hint: {hint}")


def source(node: ast.AST) -> str:
    """The source of a node, as an error quotes it."""
    try:
        text = ast.unparse(node)
    except (ValueError, RecursionError):  # Python cannot write it: thousands of digits, or nested too deeply
        return "this part"
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 3]}..."
