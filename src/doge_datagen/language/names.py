"""Translate names, and what follows a name after a dot or in brackets; say what else an unknown one can mean."""

from __future__ import annotations

import ast

from doge_datagen.errors import did_you_mean
from doge_datagen.language import hints
from doge_datagen.language.calls import FUNCTIONS
from doge_datagen.language.choices import SELECTIONS
from doge_datagen.language.errors import ExpressionError, LaterValueError
from doge_datagen.language.event_lines import LINES, of_line
from doge_datagen.language.operators import source
from doge_datagen.language.parameters import Translator
from doge_datagen.language.parse import Whole
from doge_datagen.language.scope import HIDDEN_WORDS, ID, ORDINAL_WORD, PARENT, POPULATION
from doge_datagen.language.table_rows import column_of, lookup
from doge_datagen.language.time.calls import CALENDAR
from doge_datagen.language.time.incident_names import edge, incident_named, under_way
from doge_datagen.language.types import TIMESTAMP, Typed

ONCE_ONLY = "for a rate use a rhythm; for a moment an attribute that an action sets, such as due = next('09:00')"


def read_name(node: ast.Name, within: Translator) -> Typed:
    """Translate a name.

    Raises:
        ExpressionError: it has no value here.
    """
    found = within.known(node.id)
    if found is not None and found.parts:
        hint = f"draw one by pick({node.id}), or write {node.id}[0]"
        raise ExpressionError(node, f"{node.id!r} is {len(found.parts)} {found.kind}. Hint: {hint}")
    if found is not None:
        return found
    if node.id in within.incidents:
        return under_way(node, node.id, within)
    if node.id in within.scope.initial_strings:
        problem = f"{node.id!r} is composed once at the start, so only fields, keys and headers can show it"
        raise ExpressionError(node, f"{problem}. Hint: to compare or assign it, give it values")
    within.follow_up(node)
    if node.id == TIMESTAMP and within.scope.population is not None:
        problem = f"{node.id!r} has no value here, and next(...) and hour(...) none without it"
        raise ExpressionError(node, f"{problem}. Hint: {ONCE_ONLY}")
    if node.id in FUNCTIONS:
        raise ExpressionError(node, f"{node.id!r} is a function. Hint: call it: {node.id}(...)")
    if node.id in within.scope.constants:  # where it is read, its value has taken its place
        raise ExpressionError(node, f"{node.id!r} is a constant and cannot be assigned. Hint: use another name")
    if node.id in within.own:
        near = did_you_mean(node.id, within.scope.names)
        hint = near if near.startswith("did") else "assign it on every path that leads here"
        raise ExpressionError(node, f"{node.id!r} may have no value here. Hint: {hint}")
    if node.id in within.scope.later:
        raise LaterValueError(node)
    return _word(node, within)


def _word(node: ast.Name, within: Translator) -> Typed:
    """A name that has a meaning unless the model gives it another one."""
    population = within.scope.population
    if node.id in HIDDEN_WORDS:
        return HIDDEN_WORDS[node.id]
    if node.id == POPULATION and population is not None:
        return population.typed(within.scope.data)
    if node.id in (ID, PARENT) and population is not None and (node.id == ID or population.path):
        problem = f"{node.id!r} is a string, which only fields, keys, headers and first values can show"
        raise ExpressionError(node, f"{problem}. Hint: use index, a number")
    raise ExpressionError(node, f"{node.id!r} is unknown. Hint: {_instead_of(node, within)}")


def _instead_of(node: ast.Name, within: Translator) -> str:
    name = node.id
    if name in hints.NAMES:
        return hints.NAMES[name]
    if name in (PARENT, ORDINAL_WORD) and within.scope.population is not None:
        return f"subjects of {within.scope.population.name} are not spawned, so they have no {name}"
    others = sorted(within.scope.initial_strings | within.scope.unknown)
    named = filter(str.isidentifier, within.scope.names)
    hint = did_you_mean(name, [*named, *others, *within.locals, *within.scope.constants, *within.incidents])
    # YAML removes the quotes around a whole value, so that a string needs two pairs.
    quoted = f'"{name!r}"' if isinstance(node.ctx, Whole) else repr(name)
    return hint if hint.startswith("did") else f"{hint}; a string needs quotes, such as {quoted}"


def attribute(node: ast.Attribute, within: Translator) -> Typed:
    """Translate a column of a row, a field of a line, or an edge of an incident.

    Raises:
        ExpressionError: it is any other dotted name.
    """
    incident = incident_named(node.value, within)
    if incident is not None:
        return edge(node, incident, within)
    found = of_line(node, within) or column_of(node, within)
    if found is not None:
        return found
    within.follow_up(node.value)
    hint = f"write the name alone: {node.attr}"
    if isinstance(node.value, ast.Attribute) and within.row(node.value.value) is not None:
        hint = f"keep it in an attribute first: {node.value.attr} = {source(node.value)}"
    if isinstance(node.value, ast.Name) and node.value.id == LINES and within.scope.lines is not None:
        hint = f"write sum({source(node)}), or its min or max"
    if node.attr in CALENDAR and _is_timestamp(node.value, within):
        hint = f"write {node.attr}({source(node.value)})"
    raise ExpressionError(node, f"{source(node)} is not allowed. Hint: {hint}")


def _is_timestamp(node: ast.expr, within: Translator) -> bool:
    found = within.known(node.id) if isinstance(node, ast.Name) else None
    return found is not None and found.kind == TIMESTAMP


def subscript(node: ast.Subscript, within: Translator) -> Typed:
    """Translate ``table[key]``, ``outage[region]``, and ``choices(...)[0]``, as in Python's ``random``.

    Raises:
        ExpressionError: anything else is followed by brackets.
    """
    incident = incident_named(node, within)
    if incident is not None:
        return under_way(node, incident, within)
    found = lookup(node, within)
    if found is not None:
        return found
    chosen = isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == SELECTIONS[1]
    if chosen and isinstance(node.slice, ast.Constant) and node.slice.value == 0:
        return within.scalar(node.value)
    hint = hints.of_lookup(node.value, node.slice) or "only choices(...) can be followed by [0]"
    raise ExpressionError(node, f"{source(node)} is not allowed. Hint: {hint}")
