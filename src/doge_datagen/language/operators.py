"""Translate comparison, and conversion between types."""

from __future__ import annotations

import ast

from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.types import ANY_TEXT, BOOLEAN, DURATION, FLOAT, INTEGER, ROW_OF, STRING, TIMESTAMP, Typed, a

COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
ALIKE = (ast.Eq, ast.NotEq)
CONVERSION_HINTS = {
    (FLOAT, INTEGER): ". Hint: write round(...) or int(...), or begin with a float such as 0.0",
    (TIMESTAMP, INTEGER): ". Hint: write int(...)",
    (INTEGER, TIMESTAMP): ". Hint: add the milliseconds to a timestamp, or write one such as timestamp('2024-05-06')",
    (STRING, TIMESTAMP): ". Hint: write timestamp('2024-05-06T12:00:00Z')",
    (INTEGER, BOOLEAN): ". Hint: write a comparison, or bool(...)",
    (FLOAT, BOOLEAN): ". Hint: write a comparison, or bool(...)",
    (DURATION, INTEGER): ". Hint: write int(...) for its milliseconds, or begin with a duration such as 0 s",
    (DURATION, FLOAT): ". Hint: divide it by a unit, such as ... / 1 h",
    (INTEGER, DURATION): ". Hint: write a unit, such as 5 min, or multiply by one, such as ... * 1 min",
    (FLOAT, DURATION): ". Hint: write a unit, such as 1.5 h, or multiply by one, such as ... * 1 h",
    (DURATION, TIMESTAMP): ". Hint: add it to a moment, such as timestamp + ...",
    (TIMESTAMP, DURATION): ". Hint: subtract a moment from it, such as ... - timestamp",
}
"""How to convert one type to another explicitly, if the conversion may lose something."""
MIXED = {
    frozenset({INTEGER, TIMESTAMP}): ". Hint: write int(...) to make an integer of a timestamp",
    frozenset({STRING, TIMESTAMP}): ". Hint: write a moment such as timestamp('2024-05-06T12:00:00Z')",
    frozenset({INTEGER, DURATION}): ". Hint: give the number a unit, such as 5 min or ... * 1 min",
    frozenset({FLOAT, DURATION}): ". Hint: divide the duration by a unit, such as ... / 1 h",
    frozenset({STRING, DURATION}): ". Hint: write a duration without quotes, such as 8 h",
}
"""Hints for values of different types in one expression."""
NUMBER_HINTS = {
    TIMESTAMP: ". Hint: write int(...)",
    DURATION: ". Hint: divide it by a unit, such as ... / 1 h, or write int(...) for its milliseconds",
}
LONGEST_QUOTE = 60


def number(node: ast.expr, value: Typed) -> Typed:
    """The value where a number is required; a boolean becomes 0 or 1.

    Raises:
        ExpressionError: it is a string, a timestamp or a duration.
    """
    if value.kind == BOOLEAN:
        return Typed(f"int({value.code})", INTEGER)
    if value.kind in (INTEGER, FLOAT):
        return value
    hint = NUMBER_HINTS.get(value.kind, "")
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
        ExpressionError: it is a string, a timestamp or a duration.
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
    if kind == DURATION and value.is_span:
        return Typed(value.code, DURATION, constant=value.constant)
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
    # As in Python, where 1 == 1.0 and True + 1 is 2; no other types are mixed.
    if kinds <= {INTEGER, FLOAT, BOOLEAN}:
        return [convert(node, value, FLOAT if FLOAT in kinds else INTEGER) for value in values]
    if DURATION in kinds and all(value.kind == DURATION or value.is_span for value in values):
        return [convert(node, value, DURATION) for value in values]
    hint = MIXED.get(frozenset(kinds), ". Hint: give values of one type")
    if "weekday(" in source(node):
        hint += "; weekday(...) is 0 on Mondays"
    mixed = " and ".join(a(kind) for kind in sorted(kinds))
    raise ExpressionError(node, f"{source(node)} mixes {mixed}{hint}")


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
    if values[0].kind.startswith(ROW_OF) and not isinstance(operator, ALIKE):
        raise ExpressionError(node, f"{source(node)} orders rows. Hint: compare a column of each")
    left, right = common(node, values)
    return f"({left.code} {sign} {right.code})"


def _can_be_equal(sides: list[ast.expr], values: list[Typed]) -> None:
    for mine, other, side in ((values[0], values[1], sides[0]), (values[1], values[0], sides[1])):
        # A comparison with a string that the other side never has is always False, and most often misspelt.
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
