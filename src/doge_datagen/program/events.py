"""The events of a population: their statements, the names of their draws, what they feed, and the strings they show."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from doge_datagen.model.arrival import NOWHERE
from doge_datagen.model.spec import Population, Spec
from doge_datagen.model.transition import Transition

Body = Sequence[ast.stmt]


def bodies_of(events: Sequence[Transition], read: Callable[[int, Transition], Body]) -> list[Body]:
    """The statements of the action of each event; those of the cells of a matrix are read once.

    Args:
        events: the events.
        read: reads the statements of one of them, given its number.
    """
    shared: dict[str | Callable[..., Any] | None, Body] = {}
    bodies = []
    for position, it in enumerate(events):
        if it.in_matrix and it.do in shared:
            bodies.append(shared[it.do])
        else:
            bodies.append(read(position, it))
            shared |= {it.do: bodies[-1]} if it.in_matrix else {}
    return bodies


def ends_of(spec: Spec, transition: Transition, *, referenced: bool = False) -> Mapping[str, tuple[str, ...]]:
    """What the strings of a transition can be."""
    ends = spec.population.ends(transition)
    if transition.from_state == NOWHERE:
        ends["to_state"] = entered_by_arrival(spec, referenced=referenced)
    return ends


def entered_by_arrival(spec: Spec, *, referenced: bool = False) -> tuple[str, ...]:
    """The states of those who arrive: the initial ones, and behind them the others in which they are after a warm-up.

    Args:
        spec: the model with one population.
        referenced: whether others name its subjects, so that those who have left are emitted, too.
    """
    population = spec.population
    later = population.states if referenced else population.lasting
    return tuple(dict.fromkeys((*population.initial, *(later if spec.clock.warm_up else ()))))


def names_of_draws(transition: Transition) -> tuple[str, ...]:
    """What names the draws of an action."""
    if transition.from_state == NOWHERE:
        return "arrive", "do"
    return ("matrix",) if transition.in_matrix else ("transitions", transition.source, transition.trigger)


def transitions_by_stream(population: Population) -> dict[str, list[Transition]]:
    """For each stream, the transitions that feed it."""
    feeding: dict[str, list[Transition]] = {}
    for transition in population.events:
        for stream in dict.fromkeys(transition.emit):
            feeding.setdefault(stream, []).append(transition)
    return feeding
