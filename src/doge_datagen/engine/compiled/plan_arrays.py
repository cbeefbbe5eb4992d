"""The transition plan as NumPy arrays, for the compiled engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.transition_plan import TransitionPlan

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class PlanArrays(NamedTuple):
    """How states are left; the ways out of state s are the entries ``begins[s]`` to ``begins[s + 1] - 1``.

    Attributes:
        scale: by state; see :class:`~doge_datagen.engine.transition_plan.StateExits`.
        sure: by state, the way that is attempted every tick, or -1.
        limits: by entry, the threshold below which this way is chosen; that of the last way of a state is not used.
        begins: by state, its first entry; then the number of all entries.
        ways: by entry, the number of the way.
        source: by number of the way, the state that it leaves.
        target: by number of the way, the state that it leads to.
    """

    scale: Floats
    sure: Integers
    limits: Floats
    begins: Integers
    ways: Integers
    source: Integers
    target: Integers


def plan_arrays(plan: TransitionPlan, numbers: Sequence[int]) -> PlanArrays:
    """Convert a plan to arrays; ``numbers`` has the number in the model of each way in the plan."""
    source, target = [0] * len(numbers), [0] * len(numbers)
    for number, leaving in enumerate(plan.leaving):
        for way in leaving.ways:
            source[numbers[way]], target[numbers[way]] = number, plan.ways[way].target
    limits: list[float] = []
    ways: list[int] = []
    begins = [0]
    for state in plan.leaving:
        limits += [*state.thresholds, 2.0] if state.ways else []
        ways += [numbers[way] for way in state.ways]
        begins.append(len(ways))
    return PlanArrays(
        np.array([state.scale for state in plan.leaving]),
        _integers([numbers[state.sure] if state.sure >= 0 else -1 for state in plan.leaving]),
        np.array(limits, dtype=np.float64),
        _integers(begins),
        _integers(ways),
        _integers(source),
        _integers(target),
    )


def _integers(values: Any) -> Integers:
    return np.array(values, dtype=np.int64)
