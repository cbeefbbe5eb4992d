"""The lines of an event in expressions: ``line.amount`` of one line, ``sum(lines.amount)`` of all of them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import source
from doge_datagen.language.parameters import Translator
from doge_datagen.language.types import BOOLEAN, DURATION, FLOAT, INTEGER, TIMESTAMP, Typed, a

LINE, LINES, NUMBER = "line", "lines", "number"
MOST_LINES = 100
"""How many lines an event has at most."""
DRAWS_OF_A_LINE = 512
"""How many draws an expression has for each line: the draws of all lines together fit 16 bits."""
LINE_NUMBER, LINE_COUNT = "line_number", "line_count"
"""In the code, the number of a line from 1, and how many there are."""
SUMS = {INTEGER: "sum_of_integers(fault, {})", BOOLEAN: "sum_of_integers(fault, {})", FLOAT: "sum_of_floats({})"}
SUMS[DURATION] = SUMS[INTEGER]
EXTREMES = {"min": "least_of", "max": "greatest_of"}
OVER_LINES = ("sum", "len", *EXTREMES)


@dataclass(frozen=True, slots=True)
class LineNames:
    """What an expression may use of an event's lines.

    Attributes:
        fields: by name, the fields that all of them have.
        within: whether the expression is about one of them, which is called ``line``.
        lacking: by name, a transition that feeds the same stream and has no such field.
    """

    fields: Mapping[str, Typed]
    within: bool = False
    lacking: Mapping[str, str] = field(default_factory=dict)


def line_array(name: str) -> str:
    """The name of a field's values, one for each line, in the code."""
    return f"l_{name}"


def field_of_line(name: str, found: Typed) -> Typed:
    """A field of a line as the expressions behind it read it."""
    # Lines are counted from 1 for people, and arrays from 0.
    return Typed(f"{line_array(name)}[{LINE_NUMBER} - 1]", found.kind, found.values, is_span=found.is_span)


def is_of_line(node: ast.AST, within: Translator) -> bool:
    """Whether this is ``line.NAME``."""
    return isinstance(node, ast.Attribute) and _is_name(node.value, LINE) and not within.hides(LINE)


def of_line(node: ast.Attribute, within: Translator) -> Typed | None:
    """Translate ``line.NAME``; None if it is something else.

    Raises:
        ExpressionError: there is no line here, or lines have no such field.
    """
    if not is_of_line(node, within):
        return None
    names = within.scope.lines
    if names is None or not names.within:
        problem = f"{source(node)} is of one line, and there is none here"
        raise ExpressionError(
            node, f"{problem}. Hint: use it in a stream with 'each: lines', or sum(lines.{node.attr})"
        )
    return Typed(LINE_NUMBER, INTEGER) if node.attr == NUMBER else _field(node, names)


def of_lines(node: ast.Call, within: Translator) -> Typed | None:
    """Translate ``len(lines)``, ``sum(lines.NAME)``, and its ``min`` and ``max``; None if it is something else.

    Raises:
        ExpressionError: there are no lines here, lines have no such field, or it is of another type.
    """
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    given = node.args[0] if len(node.args) == 1 and not node.keywords and name in OVER_LINES else None
    whole = given if name == "len" else given.value if isinstance(given, ast.Attribute) else None
    if whole is None or not _is_name(whole, LINES) or within.hides(LINES) or within.hides(name):
        if given is not None and within.scope.lines is not None and not within.hides(LINES) and not within.hides(name):
            _check_field(node, name, given, within.scope.lines)
        return None
    names = within.scope.lines
    if names is None:
        hint = "give lines to the transition, or to all that feed the stream"
        raise ExpressionError(node, f"{source(node)}: there are no lines here. Hint: {hint}")
    if name == "len" or not isinstance(given, ast.Attribute):
        return Typed(LINE_COUNT, INTEGER)
    return _over(node, name, given, _field(given, names))


def _check_field(node: ast.Call, name: str, given: ast.expr, names: LineNames) -> None:
    """Refuse to sum up all lines, or what is calculated of them, as there is no value for each line."""
    if any(_is_name(it, LINES) for it in ast.walk(given)):
        field_name = next(iter(names.fields), "amount")
        problem = f"{source(node)}: {name} takes one field of the lines, such as {name}(lines.{field_name})"
        raise ExpressionError(node, f"{problem}. Hint: calculate it in a field of the lines first")


def _over(node: ast.Call, name: str, given: ast.Attribute, found: Typed) -> Typed:
    values = f"{line_array(given.attr)}, {LINE_COUNT}"
    if name in EXTREMES and found.kind in (INTEGER, FLOAT, TIMESTAMP, DURATION):
        return Typed(f"{EXTREMES[name]}(fault, {values})", found.kind, is_span=found.is_span)
    if name not in EXTREMES and found.kind in SUMS:
        kind = INTEGER if found.kind == BOOLEAN else found.kind
        return Typed(SUMS[found.kind].format(values), kind, is_span=found.is_span)
    raise ExpressionError(node, f"{source(given)} is {a(found.kind)}, which {name} does not take. Hint: use numbers")


def _field(node: ast.Attribute, names: LineNames) -> Typed:
    if node.attr in names.fields:
        return names.fields[node.attr]
    if node.attr in names.lacking:
        problem = f"the lines of {names.lacking[node.attr]!r} have no field {node.attr!r}"
        raise ExpressionError(node, f"{problem}. Hint: add it there, or feed another stream")
    hint = did_you_mean(node.attr, [*names.fields, NUMBER])
    raise ExpressionError(node, f"{node.attr!r} is not a field of the lines. Hint: {hint}")


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
