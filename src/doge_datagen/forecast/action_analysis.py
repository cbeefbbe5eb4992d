"""Find transitions that may be rejected by their actions, and names that are set and never read."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Collection, Iterator
from textwrap import dedent
from typing import Any

from doge_datagen.forecast.values import NeverRead
from doge_datagen.language.assignments import never_read
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.function_source import body_of, file_of
from doge_datagen.language.parse import statements
from doge_datagen.model import Population, Transition
from doge_datagen.program.program import Program


def may_be_rejected(transition: Transition) -> bool:
    """Whether its action may reject it: it has a ``require(...)`` or a ``return``, or its source is unavailable.

    >>> may_be_rejected(Transition('buy', 'shop', 'shop', 1, do='require(balance > 0); balance -= 1'))
    True
    >>> may_be_rejected(Transition('earn', 'shop', 'shop', 1, do='balance += 1; due = timestamp + 30 d'))
    False
    """
    if transition.action_callback is not None:
        return True
    if transition.do is None:
        return False
    do = transition.do
    try:
        body = statements(do) if isinstance(do, str) else [ast.parse(_source(do))]
        return any(_rejects(node) for statement in body for node in ast.walk(statement))
    except (ExpressionError, SyntaxError, ValueError, RecursionError):
        # Unknown counts as rejecting: that costs a sample, while the opposite would make figures wrong that are called
        # exact.
        return True


def rejecting(program: Program) -> tuple[bool, ...]:
    """For each transition of a program, whether its action may reject it; it, or its lines, may also draw nobody."""
    pairs = zip(program.spec.population.transitions, program.actions, strict=False)
    may_reject = [may_be_rejected(it) or (action is not None and action.may_reject) for it, action in pairs]
    lines = program.lines
    return tuple(it or (number in lines and lines[number].may_reject) for number, it in enumerate(may_reject))


def rejected_triggers(program: Program) -> tuple[str, ...]:
    """The triggers of these transitions."""
    pairs = zip(program.spec.population.transitions, rejecting(program), strict=True)
    return tuple(dict.fromkeys(it.trigger for it, rejects in pairs if rejects))


def _source(action: Callable[..., Any]) -> str:
    try:
        return dedent(inspect.getsource(action))
    except (OSError, TypeError):
        return "return"  # its source is unavailable, so assume that it may reject


def _rejects(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Name | ast.Attribute):
        return (called.id if isinstance(called, ast.Name) else called.attr) == "require"
    # A function rejects by what it returns, which is not known before it is called.
    return isinstance(node, ast.Return | ast.Lambda)


def names_never_read(population: Population) -> tuple[NeverRead, ...]:
    """Names that actions set and never read. Those similar to an attribute's name are errors elsewhere.

    >>> light = Transition('light', 'off', 'off', 1, do='price = 5')
    >>> names_never_read(Population('lamp', 5, {'times': 0}, states=['off'], initial='off', transitions=[light]))
    (NeverRead(transition=0, trigger='light', name='price', line=1, column=1, file='', population=None),)
    """
    attributes, arrival = population.attributes, population.arrival
    events: list[tuple[int | None, Transition]] = [*enumerate(population.transitions)]
    events += [] if arrival is None else [(None, arrival)]
    return tuple(found for number, it in events for found in _never_read_in(number, it, attributes))


def _never_read_in(number: int | None, transition: Transition, attributes: Collection[str]) -> Iterator[NeverRead]:
    try:
        body = body_of(transition.do, attributes) if transition.do is not None else []
    except (ExpressionError, RecursionError):
        return  # not a valid action, which is reported elsewhere
    for node in never_read(body, attributes):
        location = node.lineno, node.col_offset + 1, file_of(transition.do)
        yield NeverRead(number, transition.trigger, node.id, *location)
