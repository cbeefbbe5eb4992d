"""The names that expressions and actions of a model read, such as those of incidents and of populations."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.function_source import body_of
from doge_datagen.language.parse import expression
from doge_datagen.model import Population, Spec, Transition
from doge_datagen.model.emission import conditions

PICKING = ("pick", "picks")


def incidents_of(spec: Spec, transition: Transition) -> tuple[str, ...]:
    """The incidents on which an event depends, by its expressions, its action or its rhythm, in the model's order."""
    return _among(spec, _trees(transition), transition.rhythm) if spec.incidents else ()


def incidents_of_dwell(spec: Spec, population: Population, state: str) -> tuple[str, ...]:
    """The incidents on which the dwell time of a state depends."""
    return _among(spec, _parsed([population.dwells[state]]), population.dwell_rhythms.get(state))


def _among(spec: Spec, trees: Iterable[ast.AST], rhythm: str | None) -> tuple[str, ...]:
    names = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)]
    variables = {it.id for it in names if isinstance(it.ctx, ast.Store)}
    read = {it.id for it in names} - variables
    by_rhythm = spec.rhythms[rhythm].incidents if rhythm is not None and rhythm in spec.rhythms else {}
    return tuple(name for name in spec.incidents if name in read or name in by_rhythm)


def populations_picked(population: Population) -> frozenset[str]:
    """The names of what a population draws from: tables, attributes and populations."""
    starts = _parsed(it.start for it in population.attributes.values())
    trees = (*starts, *(tree for event in population.events for tree in _trees(event)))
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    return frozenset(_picked(calls))


def _picked(calls: Iterable[ast.Call]) -> Iterator[str]:
    for call in calls:
        match call:
            case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=name), *_]) if function in PICKING:
                yield name


def _trees(transition: Transition) -> list[ast.AST]:
    """The syntax trees of an event."""
    given: list[object] = [*transition.causes.values(), transition.when, *conditions(transition.emit).values()]
    if isinstance(transition.to_state, Mapping):
        given += transition.to_state.values()
    if transition.lines is not None:
        given += (transition.lines.count, *transition.lines.fields.values())
    for it in transition.spawn:
        given += (it.times, *it.values.values())
    return [*_parsed(given), *_of_action(transition)]


def _parsed(given: Iterable[object]) -> Iterator[ast.AST]:
    """The trees of those that are expressions; what cannot be understood is reported elsewhere."""
    for it in given:
        if isinstance(it, str):
            try:
                yield expression(it)
            except ExpressionError:
                continue


def _of_action(transition: Transition) -> list[ast.stmt]:
    try:
        return [] if transition.do is None else body_of(transition.do)
    except ExpressionError:
        return []
