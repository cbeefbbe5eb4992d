"""Applies the law of waiting to many subjects at once, as NumPy columns."""

from __future__ import annotations

import numpy as np

from doge_datagen.engine.interpreted.draw_buffer import DrawBuffer, Floats, Integers
from doge_datagen.engine.waiting.plan_arrays import PlanArrays
from doge_datagen.engine.waiting.tick_waits import LONGEST_WAIT, next_tick, next_way, whole
from doge_datagen.numeric.functions import calling


def whole_of_column(waits: Floats) -> Integers:
    """The equivalent of :func:`~doge_datagen.engine.waiting.tick_waits.whole` for a column."""
    return np.fmin(waits, LONGEST_WAIT).astype(np.int64)  # fmin prefers a number to nan


next_ticks, next_ways = (calling(law, {id(whole): whole_of_column}) for law in (next_tick, next_way))
"""The same sources as in :mod:`doge_datagen.engine.waiting.tick_waits`, for columns."""


class VectorSleep:
    """Finds for many subjects at once when they wake and what they attempt then.

    Args:
        plan: how each state is left.
        reserve: the draws.
    """

    def __init__(self, plan: PlanArrays, reserve: DrawBuffer) -> None:
        self._plan = plan
        self._reserve = reserve
        self._half = int(plan.half.max(initial=0))  # steps that a state does not need change nothing: see PlanArrays

    def sleep(self, subjects: Integers, states: Integers, ticks: Integers) -> tuple[Integers, Integers]:
        """When subjects wake and which way they attempt then.

        Args:
            subjects: their indexes.
            states: the state of each.
            ticks: the earliest tick at which each may wake.
        """
        plan = self._plan
        wakes, ways = ticks.copy(), plan.sure[states]
        drawing = np.flatnonzero(ways < 0)
        if drawing.size:
            exponential, choice = self._reserve.take(subjects[drawing])
            states = states[drawing]
            with np.errstate(invalid="ignore"):  # where the exponential is 0 in a state that is never left
                wakes[drawing] = next_ticks(ticks[drawing], exponential, plan.scale[states])
            ways[drawing] = next_ways(choice, plan.first[states], self._half, plan.limits, plan.ways)
        return wakes, ways
