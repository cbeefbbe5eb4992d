"""Translate the names of incidents: whether one is under way, and when it begins and ends."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import source, truth
from doge_datagen.language.time.units import NEVER
from doge_datagen.language.types import BOOLEAN, STRING, TIMESTAMP, Typed, a

if TYPE_CHECKING:
    from doge_datagen.language.parameters import Translator

EDGES = {"begins": "incident_begins", "ends": "incident_ends"}
"""What can follow the name of an incident after a dot, and the function that it calls."""
NOBODY = -1
"""The history of values that have none."""


@dataclass(frozen=True, slots=True)
class IncidentName:
    """What the name of an incident stands for.

    Attributes:
        first: the number of its history; the first of several, if it has one for each of ``values``.
        values: each has a history of its own; empty if there is only one.
        affects: the condition under which it concerns a subject; None if it concerns all.
    """

    first: int
    values: tuple[str, ...] = ()
    affects: ast.expr | None = None


def incident_named(node: ast.expr, within: Translator) -> str | None:
    """The name of the incident that an expression such as ``outage`` or ``outage[region]`` is about; None if none."""
    name = node.value if isinstance(node, ast.Subscript) else node
    return name.id if isinstance(name, ast.Name) and name.id in within.incidents else None


def under_way(node: ast.expr, name: str, within: Translator) -> Typed:
    """Translate whether an incident is under way.

    Raises:
        ExpressionError: it needs a value in brackets, or must not have one, or it is unknown here whom it affects.
    """
    code = f"under_way(incidents, {_history(node, name, within)}, timestamp)"
    test = _affects(node, name, within)
    return Typed(code if test is None else f"({test} and {code})", BOOLEAN)


def edge(node: ast.Attribute, name: str, within: Translator) -> Typed:
    """Translate when the incident that is under way begins or ends, or the next one if none is.

    Raises:
        ExpressionError: as :func:`under_way`, or it is neither ``begins`` nor ``ends``.
    """
    if node.attr not in EDGES:
        hint = did_you_mean(node.attr, EDGES)
        raise ExpressionError(node, f"{source(node)} is unknown: an incident has begins and ends. Hint: {hint}")
    code = f"{EDGES[node.attr]}(incidents, {_history(node.value, name, within)}, timestamp, 0)"
    test = _affects(node, name, within)
    return Typed(code if test is None else f"({code} if {test} else {NEVER})", TIMESTAMP)


def _history(node: ast.expr, name: str, within: Translator) -> str:
    """The code of the number of the history."""
    of = within.incidents[name]
    if not isinstance(node, ast.Subscript):
        if of.values:
            hint = f"write {name}[...] with one of them, or an attribute that has one"
            raise ExpressionError(node, f"{name!r} has a history for each of {', '.join(of.values)}. Hint: {hint}")
        return str(of.first)
    if not of.values:
        raise ExpressionError(node, f"{name!r} is the same for everybody. Hint: write {name}, or give it values as per")
    value = within.scalar(node.slice)
    if value.kind != STRING:
        raise ExpressionError(node, f"{source(node.slice)} is {a(value.kind)}, but a string is required")
    if isinstance(value.constant, str):
        if value.constant not in of.values:
            hint = did_you_mean(value.constant, of.values)
            raise ExpressionError(node, f"{name!r} has no history of {value.constant!r}. Hint: {hint}")
        return str(of.first + of.values.index(value.constant))
    numbers = [within.scope.data.text(text).code for text in of.values]
    # A chain of comparisons: the values are few, and have no order among the numbers of strings.
    found = "".join(f"{of.first + it} if {value.code} == {number} else " for it, number in enumerate(numbers))
    return f"({found}{NOBODY})"


def _affects(node: ast.expr, name: str, within: Translator) -> str | None:
    """The code of whether the incident concerns the subject; None if it concerns all."""
    condition = within.incidents[name].affects
    if condition is None:
        return None
    try:
        return truth(condition, within.scalar(condition))
    except ExpressionError as refused:
        problem = f"{name!r} affects those with {source(condition)}, which cannot be used here: {refused.message}"
        raise ExpressionError(node, problem) from None
