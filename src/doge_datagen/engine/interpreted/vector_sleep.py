"""Computes for many subjects at once when they wake and which transition they attempt then."""

from __future__ import annotations

import numpy as np

from doge_datagen.engine.interpreted.draw_buffer import DrawBuffer, Floats, Integers
from doge_datagen.engine.transition_plan import TransitionPlan

PAST_ALL = 2.0  # a threshold that no choice reaches
COMPARED_AT_ONCE = 2**20
NEVER = np.iinfo(np.int64).max


class VectorSleep:
    """A transition plan as NumPy arrays, and the draws to apply it to many subjects.

    Args:
        plan: how each state is left.
        reserve: the draws.
        ticks: the number of ticks in the run.

    Attributes:
        target: by number of the way, the state that it leads to.
    """

    def __init__(self, plan: TransitionPlan, reserve: DrawBuffer, ticks: int) -> None:
        most = max(1, *(len(state.ways) for state in plan.leaving))
        self.target = np.array([way.target for way in plan.ways], dtype=np.int64)
        self._reserve = reserve
        self._ticks = ticks
        self._sure = np.array([state.sure for state in plan.leaving])
        self._scale = np.array([state.scale for state in plan.leaving])
        self._ways = np.zeros((len(plan.leaving), most), dtype=np.int64)
        self._thresholds = np.full((most - 1, len(plan.leaving)), PAST_ALL)
        for index, state in enumerate(plan.leaving):
            self._ways[index, : len(state.ways)] = state.ways
            self._thresholds[: len(state.thresholds), index] = state.thresholds

    def sleep(self, subjects: Integers, states: Integers, ticks: Integers) -> tuple[Integers, Integers]:
        """When subjects wake and which way they attempt then; ``NEVER`` if that is not before the last tick.

        Args:
            subjects: their indexes.
            states: the state of each.
            ticks: the earliest tick at which each may wake.
        """
        sure = self._sure[states]
        drawing = np.flatnonzero(sure < 0)
        wakes, ways = ticks.copy(), sure.copy()
        if drawing.size:
            exponential, choice = self._reserve.take(subjects[drawing])
            states = states[drawing]
            dwell = exponential * self._scale[states]
            in_time = dwell < self._ticks - ticks[drawing]
            wakes[drawing] += np.where(in_time, dwell, 0.0).astype(np.int64)
            wakes[drawing[~in_time]] = NEVER
            ways[drawing] = self._ways[states, self._passed(states, choice)]
        return wakes, ways

    def _passed(self, states: Integers, choice: Floats) -> Integers:
        """How many thresholds of its state each choice has reached, computed in parts to limit memory."""
        passed = np.zeros_like(states)
        at_once = max(1, COMPARED_AT_ONCE // max(1, len(self._thresholds)))
        for first in range(0, len(states), at_once):
            part = slice(first, first + at_once)
            passed[part] = (choice[part] >= self._thresholds[:, states[part]]).sum(axis=0)
        return passed
