"""Counts how many subjects are in each state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from doge_datagen.draws import philox
from doge_datagen.engine.initial_states import initial_states
from doge_datagen.model.spec import Population
from doge_datagen.numeric.functions import unit
from doge_datagen.program.program import Program
from doge_datagen.program.time.timing import OUTSIDE

AT_ONCE = 2**18  # subjects


class Census:
    """The number of subjects in each state: those at the start, updated by the events since then.

    The subjects at the start are counted only on demand, because that takes a draw for each of them if there are
    several initial states.

    Args:
        program: the model.
        seed: 64 bits.
    """

    def __init__(self, program: Program, seed: int) -> None:
        self._populations = program.spec.populations
        self._seed = seed
        self._began: list[int] | None = None
        self._since = [0] * len(program.states)
        self._moves = [(it.source, it.source if it.target is None else it.target) for it in program.ways]

    @property
    def counts(self) -> list[int]:
        """The number of subjects in each state, in the order of ``Program.states``."""
        if self._began is None:
            self._began = [count for it in self._populations for count in _at_start(it, self._seed)]
        return [began + since for began, since in zip(self._began, self._since, strict=True)]

    def continue_from(self, counts: list[int]) -> None:
        """Continue from counts of a checkpoint."""
        self._began, self._since = counts, [0] * len(counts)

    def move(self, events: Mapping[int, int]) -> None:
        """Take events into account: by number of the way, how often it happened."""
        for number, count in events.items():
            left, entered = self._moves[number]
            if left != OUTSIDE:
                self._since[left] -= count
            self._since[entered] += count


def _at_start(population: Population, seed: int) -> list[int]:
    limits, states, drawn_for = initial_states(population)
    counts = [0] * len(population.states)
    if population.arrive is not None:
        return counts
    if not limits:
        counts[states[0]] = population.at_start
        return counts
    # In pieces, so that the temporary arrays of the draws stay small however many subjects there are.
    for first in range(0, population.at_start, AT_ONCE):
        subjects = np.arange(first, min(first + AT_ONCE, population.at_start), dtype=np.uint64)
        nothing = np.zeros_like(subjects)
        key = seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF
        drawn = unit(philox(key, (subjects, nothing, nothing + drawn_for, nothing)))
        found = np.bincount(np.searchsorted(limits, drawn, side="right"), minlength=len(states))
        for state, count in zip(states, found.tolist(), strict=True):
            counts[state] += count
    return counts
