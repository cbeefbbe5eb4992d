"""The plain per-tick simulator of 1.0.4, the reference for the engine's law and speed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from doge_datagen import Transition


def simulate(
    matrix: Mapping[str, Mapping[str, Transition]], initial: str, subjects: Sequence[Any], ticks: int, random: Random
) -> Iterator[int]:
    """Yield each tick and the trigger of every subject on it, or None."""
    chances = {state: {t.trigger: t.chance for t in leaving.values()} for state, leaving in matrix.items()}
    states = [initial] * len(subjects)
    for tick in range(ticks):
        yield tick
        for index, subject in enumerate(subjects):
            trigger = pulled(chances[states[index]], random)
            if trigger is None:
                continue
            transition = matrix[states[index]][trigger]
            if transition.action_callback is None or transition.action_callback(subject, transition):
                states[index] = transition.target
                for sink in transition.event_sinks:
                    sink.collect(tick, subject, transition)


def pulled(chances: Mapping[str, float], random: Random) -> str | None:
    """A trigger drawn by its probability in percent; None, for staying, with the rest."""
    dice = random.random() * 100
    total = 0.0
    for trigger, probability in chances.items():
        total += probability
        if dice < total:
            return trigger
    return None
