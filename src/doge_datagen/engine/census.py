"""How many subjects are in each state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from doge_datagen.draws import philox
from doge_datagen.engine.initial_states import initial_states
from doge_datagen.engine.runtime_calls import UNIT
from doge_datagen.model.spec import Spec

AT_ONCE = 2**18  # subjects


class Census:
    """Subjects by state: counted where they begin, and brought up to date by what happened since.

    They are counted when somebody asks: it takes a draw for each subject where they begin in several states.

    Args:
        spec: the model.
        seed: 64 bits.
    """

    def __init__(self, spec: Spec, seed: int) -> None:
        self._spec = spec
        self._seed = seed
        self._began: list[int] | None = None
        self._since = [0] * len(spec.states)
        places = {state: number for number, state in enumerate(spec.states)}
        self._moves = [(places[it.from_state], places[it.to_state]) for it in spec.transitions]

    @property
    def counts(self) -> list[int]:
        """In the order of the model's states."""
        if self._began is None:
            self._began = _at_start(self._spec, self._seed)
        return [began + since for began, since in zip(self._began, self._since, strict=True)]

    def go_on(self, counts: list[int]) -> None:
        """Go on from what was counted before."""
        self._began, self._since = counts, [0] * len(counts)

    def move(self, events: Mapping[int, int]) -> None:
        """Take what happened into account: by the transition's number, how often."""
        for number, count in events.items():
            left, entered = self._moves[number]
            self._since[left] -= count
            self._since[entered] += count


def _at_start(spec: Spec, seed: int) -> list[int]:
    limits, states, drawn_for = initial_states(spec)
    counts = [0] * len(spec.states)
    if not limits:
        counts[states[0]] = spec.subjects.count
        return counts
    for first in range(0, spec.subjects.count, AT_ONCE):
        subjects = np.arange(first, min(first + AT_ONCE, spec.subjects.count), dtype=np.uint64)
        nothing = np.zeros_like(subjects)
        words = philox((seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF), (subjects, nothing, nothing + drawn_for, nothing))
        drawn = ((words[1] << 21) | (words[0] >> 11)) * UNIT
        found = np.bincount(np.searchsorted(limits, drawn, side="right"), minlength=len(states))
        for state, count in zip(states, found.tolist(), strict=True):
            counts[state] += count
    return counts
