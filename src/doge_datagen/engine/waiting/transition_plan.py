"""Prepares a state machine for simulation: for each state, how long until the next attempt, and which transition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from doge_datagen.model import Action, Machine, Transition

# Far beyond the 53 bits of a float, so the last rounding is right; a constant is calculated once, so it may be slow.
EXACT = Context(prec=60)
NEVER_LEFT = float("inf")  # the scale of a state that is not left
LEAST = Fraction(1, 10**300)  # a probability below this needs more ticks than a float can count
TINY = Fraction(1, 10**30)


class TickWay(NamedTuple):
    """One way out of a state, called a *way* here.

    Attributes:
        transition: the transition.
        action: called before the state changes, if there is one.
        target: the index of the state that it leads to.
        listeners: called with timestamp, subject and transition after the state has changed.
    """

    transition: Transition
    action: Action | None
    target: int
    listeners: tuple[Callable[[int, Any, Transition], Any], ...]


class StateExits(NamedTuple):
    """How one state is left.

    If the probabilities of a state's transitions sum to p, a subject attempts to leave it after G ticks, where G is
    geometric: P(G = k) = (1 - p)**(k - 1) * p. With E exponential of mean 1, ``1 + floor(E * scale)`` has this
    distribution for ``scale = -1 / ln(1 - p)``: L. Devroye, "Non-Uniform Random Variate Generation", 1986, chapter X.2.

    Attributes:
        scale: as above; 0.0 if p is 1 (an attempt every tick), infinity if p is 0 (never).
        thresholds: cumulative probabilities of the ways but the last, given that one is taken: ascending multiples of
            2**-53. The number of thresholds that a uniform draw of 53 bits has reached is the index in ``ways``.
        ways: the numbers of the ways with a probability above zero, in the order in which they were added.
        sure: the number of the only way if it is attempted every tick, so that no draw is needed; else -1.
    """

    scale: float
    thresholds: tuple[float, ...]
    ways: tuple[int, ...]
    sure: int


class TransitionPlan(NamedTuple):
    """A state machine prepared for simulation.

    Attributes:
        ways: all ways of all states; their numbers are those of the transitions among the machine's transitions.
        leaving: how each state is left, in the order of the machine's states.
    """

    ways: tuple[TickWay, ...]
    leaving: tuple[StateExits, ...]


def plan(machine: Machine) -> TransitionPlan:
    """Prepare a state machine for simulation."""
    index = {state: position for position, state in enumerate(machine.states)}
    ways = tuple(_way(transition, index) for transition in machine.transitions())
    numbers = {id(way.transition): number for number, way in enumerate(ways)}
    leaving = []
    for state in machine.states:
        possible = [transition for transition in machine.matrix[state].values() if transition.chance > 0]
        leaving.append(_leaving(possible, tuple(numbers[id(transition)] for transition in possible)))
    return TransitionPlan(ways, tuple(leaving))


def _way(transition: Transition, index: Mapping[str, int]) -> TickWay:
    listeners = tuple(sink.collect for sink in transition.event_sinks)
    return TickWay(transition, transition.action_callback, index[transition.target], listeners)


def _leaving(possible: Sequence[Transition], numbers: tuple[int, ...]) -> StateExits:
    # In fractions, and then as multiples of 2**-53, which is what draws are: so every platform takes the same way for a
    # draw.
    sums = list(accumulate(Fraction(transition.chance) for transition in possible)) or [Fraction(0)]
    thresholds = tuple(int(2**53 * part / sums[-1]) * 2.0**-53 for part in sums[:-1])
    scale = scale_of(sums[-1] / 100)
    # One way that is attempted every tick takes no draw: nothing is left to decide.
    return StateExits(scale, thresholds, numbers, numbers[0] if scale == 0 and len(numbers) == 1 else -1)


def scale_of(probability: Fraction) -> float:
    """-1 / ln(1 - p), computed with decimals so that every platform gives the same bits.

    >>> scale_of(Fraction(1, 2))
    1.4426950408889634
    """
    if probability < LEAST:
        return NEVER_LEFT
    if probability < TINY:
        return float(1 / probability)  # ln(1 - p) equals -p to well beyond the last bit
    if probability >= 1:
        return 0.0
    staying = 1 - probability
    logarithm = EXACT.ln(EXACT.divide(Decimal(staying.numerator), Decimal(staying.denominator)))
    return float(EXACT.divide(Decimal(-1), logarithm))


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
        # Entries that a state does not need keep a limit that no choice reaches, so a search that takes more steps than
        # the state has entries ends at the same one.
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
