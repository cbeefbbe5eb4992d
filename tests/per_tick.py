"""The plain per-tick simulator, which asks every subject in every tick: the measure of the engine's law and speed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from doge_datagen import Transition


def simulate(
    matrix: Mapping[str, Mapping[str, Transition]], initial: str, subjects: Sequence[Any], ticks: int, random: Random
) -> Iterator[int]:
    """Give each tick, then walk it as one would first write it down."""
    chances = {state: [(t.probability, t) for t in leaving.values()] for state, leaving in matrix.items()}
    states = [initial] * len(subjects)
    for tick in range(ticks):
        yield tick
        for index, subject in enumerate(subjects):
            transition = _choose(chances[states[index]], random)
            if transition is None:
                continue
            if transition.action_callback is None or transition.action_callback(subject, transition):
                states[index] = transition.to_state
                for sink in transition.event_sinks:
                    sink.collect(tick, subject, transition)


def _choose(chances: Sequence[tuple[float, Transition]], random: Random) -> Transition | None:
    dice = random.random() * 100
    total = 0.0
    for probability, transition in chances:
        total += probability
        if dice < total:
            return transition
    return None
