"""Prepares a state machine for simulation: for each state, how long until the next attempt, and which transition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any, NamedTuple

from doge_datagen.model import Action, Machine, Transition

EXACT = Context(prec=60)
NEVER_LEFT = float("inf")  # the scale of a state that is not left
LEAST = Fraction(1, 10**300)  # a probability below this needs more ticks than a float can count
TINY = Fraction(1, 10**30)


class Exit(NamedTuple):
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

    ways: tuple[Exit, ...]
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


def _way(transition: Transition, index: Mapping[str, int]) -> Exit:
    listeners = tuple(sink.collect for sink in transition.event_sinks)
    return Exit(transition, transition.action_callback, index[transition.target], listeners)


def _leaving(possible: Sequence[Transition], numbers: tuple[int, ...]) -> StateExits:
    sums = list(accumulate(Fraction(transition.chance) for transition in possible)) or [Fraction(0)]
    thresholds = tuple(int(2**53 * part / sums[-1]) * 2.0**-53 for part in sums[:-1])
    scale = scale_of(sums[-1] / 100)
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
