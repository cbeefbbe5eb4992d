"""The transition plan as arrays by state, from which both engines read how long subjects sleep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.waiting.transition_plan import StateExits, TransitionPlan

NOT_REACHED = 2.0  # a threshold that no choice reaches
NO_WAY = -1
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class PlanArrays(NamedTuple):
    """How states are left, as :mod:`doge_datagen.engine.waiting.tick_waits` reads it.

    The ways out of each state are a row of entries, and all rows are equally long: the power of two that has room for
    the state with the most ways. So subjects in different states can be looked up in the same number of steps.

    Attributes:
        scale: by state; see :class:`~doge_datagen.engine.waiting.transition_plan.StateExits`.
        sure: by state, the way that is attempted every tick, or -1.
        first: by state, its first entry.
        half: by state, half of the entries that its ways need.
        limits: by entry, the threshold below which this way is chosen; no choice reaches those from the last way on.
        ways: by entry, the number of the way; of a state that is never left, -1.
        source: by number of the way, the state that it leaves.
        target: by number of the way, the state that it leads to.
    """

    scale: Floats
    sure: Integers
    first: Integers
    half: Integers
    limits: Floats
    ways: Integers
    source: Integers
    target: Integers

    def lists(self) -> list[list[Any]]:
        """The columns by state and by entry, in this order, as lists: faster than arrays to read one by one."""
        return [column.tolist() for column in self[:6]]


def plan_arrays(plan: TransitionPlan, numbers: Sequence[int]) -> PlanArrays:
    """Convert a plan to arrays; ``numbers`` has the number in the model of each way in the plan."""
    states = len(plan.leaving)
    width = max((_width(state) for state in plan.leaving), default=1)
    limits, ways = np.full((states, width), NOT_REACHED), np.full((states, width), NO_WAY, dtype=np.int64)
    source, target = (np.zeros(len(numbers), dtype=np.int64) for _ in range(2))
    for row, state in enumerate(plan.leaving):
        limits[row, : len(state.thresholds)] = state.thresholds
        for entry, way in enumerate(state.ways):
            number = numbers[way]
            ways[row, entry], source[number], target[number] = number, row, plan.ways[way].target
    return PlanArrays(
        np.array([state.scale for state in plan.leaving], dtype=np.float64),
        _integers([numbers[state.sure] if state.sure >= 0 else NO_WAY for state in plan.leaving]),
        _integers(range(0, states * width, width)),
        _integers([_width(state) // 2 for state in plan.leaving]),
        limits.ravel(),
        ways.ravel(),
        source,
        target,
    )


def _width(state: StateExits) -> int:
    """The smallest power of two with room for the ways of a state."""
    return 1 << max(0, len(state.ways) - 1).bit_length()


def _integers(values: Any) -> Integers:
    return np.array(values, dtype=np.int64)
