"""The Markov chain that one subject walks: its numbers as columns, and which states lead to which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.plan import LEAST
from doge_datagen.model import Spec

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """What a model says of one subject and one tick, if no action blocks anything.

    Attributes:
        start: by state, the share of subjects that start in it; sums to 1.
        source: by transition, the number of the state it leaves.
        target: by transition, the number of the state it leads to.
        chance: by transition, the chance per tick in a subject that is in its state, 0 to 1.
    """

    start: Floats
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    chance: Floats

    @property
    def leaving(self) -> Floats:
        """By state, the chance per tick that any transition happens, also one that leads back to it."""
        return np.bincount(self.source, self.chance, self.start.size).clip(0.0, 1.0)

    def moves(self) -> Floats:
        """The chance per tick to go from state (row) to another (column); 0 on the diagonal."""
        moves = np.zeros((self.start.size, self.start.size))
        np.add.at(moves, (self.source, self.target), self.chance)
        np.fill_diagonal(moves, 0.0)
        return moves


def chain_of(spec: Spec) -> Chain:
    """The chain of a model whose parts fit together."""
    number = {state: position for position, state in enumerate(spec.states)}
    start = np.zeros(len(number))
    for state, weight in spec.initial.items():
        start[number[state]] = weight
    start /= start.max()  # before they are added up: a sum of huge weights may be too large for a float
    percent = np.array([transition.probability for transition in spec.transitions], dtype=np.float64)
    chance = percent / 100
    chance[chance < float(LEAST)] = 0.0  # no run is long enough to see one happen
    return Chain(
        start / start.sum(),
        np.array([number[transition.from_state] for transition in spec.transitions], dtype=np.int64),
        np.array([number[transition.to_state] for transition in spec.transitions], dtype=np.int64),
        chance,
    )


def led_to(moves: Floats) -> Bools:
    """Whether each state (row) leads to each (column), by however many moves, none included."""
    reach = (moves > 0) | np.eye(len(moves), dtype=np.bool_)
    while True:
        further = reach.astype(np.float32) @ reach.astype(np.float32) > 0
        if (further == reach).all():
            return reach
        reach = further


def closed_classes(reach: Bools) -> list[list[int]]:
    """The sets of states, by their numbers, that lead to one another and to no other: never left again."""
    mutual = reach & reach.T
    closed = (mutual == reach).all(axis=1)
    firsts = [state for state in np.flatnonzero(closed) if mutual[state].argmax() == state]
    return [np.flatnonzero(mutual[first]).tolist() for first in firsts]
