"""How states are left, as columns: the choices of many subjects at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.plan import Plan
from doge_datagen.engine.reserve import Floats, Integers

PAST_ALL = 2.0  # a threshold above every choice


class Tries(NamedTuple):
    """Who tries what: subjects and numbers of ways, alike in length."""

    subjects: Integers
    ways: Integers

    @classmethod
    def of(cls, subjects: Sequence[int], chosen: Sequence[int]) -> Tries:
        """These subjects, each with the way that it has chosen."""
        return cls(np.array(subjects, dtype=np.int64), np.array([chosen[it] for it in subjects], dtype=np.int64))

    def joined(self, other: Tries) -> Tries:
        """Both, one behind the other."""
        return Tries(*map(np.concatenate, zip(self, other, strict=True)))

    def where(self, mask: npt.NDArray[np.bool_]) -> Tries:
        """Those for which the mask is true."""
        return Tries(self.subjects[mask], self.ways[mask])

    def in_order(self) -> Tries:
        """By subject."""
        order = self.subjects.argsort(kind="stable")
        return Tries(self.subjects[order], self.ways[order])


class Columns:
    """What a plan says of each state and of each way, by their numbers."""

    def __init__(self, plan: Plan) -> None:
        most = max(1, *(len(state.ways) for state in plan.leaving))
        self._target = np.array([way.target for way in plan.ways], dtype=np.int64)
        self._source = np.zeros_like(self._target)
        self.sure = np.array([state.sure for state in plan.leaving])
        self._scale = np.array([state.scale for state in plan.leaving])
        self._ways = np.zeros((len(plan.leaving), most), dtype=np.int64)
        self._thresholds = np.full((len(plan.leaving), most - 1), PAST_ALL)
        for index, state in enumerate(plan.leaving):
            self._ways[index, : len(state.ways)] = state.ways
            self._thresholds[index, : len(state.thresholds)] = state.thresholds
            self._source[list(state.ways)] = index

    def after(self, ways: Integers, blocked: npt.NDArray[np.bool_] | None) -> Integers:
        """The states in which those who tried these ways are now; None where nobody was blocked."""
        targets = self._target[ways]
        return targets if blocked is None else np.where(blocked, self._source[ways], targets)

    def choose(self, states: Integers, exponential: Floats, choice: Floats) -> tuple[Floats, Integers]:
        """How many ticks those in these states sleep, not rounded, infinity for ever; and by which way each leaves."""
        passed = (choice[:, None] >= self._thresholds[states]).sum(axis=1)
        return exponential * self._scale[states], self._ways[states, passed]
