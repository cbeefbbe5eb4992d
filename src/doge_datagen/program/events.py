"""What the events of a population are called in purposes of draws, what they feed, and which strings they show."""

from __future__ import annotations

from collections.abc import Mapping

from doge_datagen.model.arrival import NOWHERE
from doge_datagen.model.spec import Population, Spec
from doge_datagen.model.transition import Transition


def ends_of(spec: Spec, transition: Transition) -> Mapping[str, tuple[str, ...]]:
    """What the strings of a transition can be: after a warm-up, those who have arrived are in any state."""
    population = spec.population
    ends = population.ends(transition)
    if transition.from_state == NOWHERE and spec.clock.warm_up:
        ends["to_state"] = tuple(dict.fromkeys((*ends["to_state"], *population.lasting)))
    return ends


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
