"""A machine made ready to walk: for each state, how long until the next try and which way it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any, NamedTuple

from doge_datagen.model import Action, Machine, Transition

EXACT = Context(prec=60)
NEVER = float("inf")
LEAST = Fraction(1, 10**300)  # a chance below this comes once in more ticks than a float can count
TINY = Fraction(1, 10**30)


class Exit(NamedTuple):
    """One way out of a state.

    Attributes:
        transition: the edge.
        action: called before the state changes, if any.
        target: index of the state it leads to.
        listeners: called with timestamp, subject and transition after the state has changed.
    """

    transition: Transition
    action: Action | None
    target: int
    listeners: tuple[Callable[[int, Any, Transition], Any], ...]


class StateExits(NamedTuple):
    """How one state is left.

    A subject in a state whose transitions sum to p tries to leave after G ticks, and G is geometric:
    P(G = k) = (1 - p)**(k - 1) * p. With E exponential of mean 1, ``1 + floor(E * scale)`` has this law for
    ``scale = -1 / ln(1 - p)``: L. Devroye, "Non-Uniform Random Variate Generation", 1986, chapter X.2.

    Attributes:
        scale: as above; 0.0 where p is 1 (a try every tick), infinity where p is 0 (never).
        thresholds: multiples of 2**-53, ascending, one between each two ways: how many of them are not above 53 random
            bits says which way is taken.
        ways: numbers of the ways with a probability above zero, in the order they were added.
        sure: number of the one way that is taken every tick, where nothing is left to chance; -1 elsewhere.
    """

    scale: float
    thresholds: tuple[float, ...]
    ways: tuple[int, ...]
    sure: int


class TransitionPlan(NamedTuple):
    """A machine made ready to walk.

    Attributes:
        ways: all ways of all states, by number: that of the transition among the machine's transitions.
        leaving: how each state is left, in the order of the machine's states.
    """

    ways: tuple[Exit, ...]
    leaving: tuple[StateExits, ...]


def plan(machine: Machine) -> TransitionPlan:
    """Make a machine ready to walk."""
    index = {state: position for position, state in enumerate(machine.states)}
    ways = tuple(_way(transition, index) for transition in machine.transitions())
    numbers = {id(way.transition): number for number, way in enumerate(ways)}
    leaving = []
    for state in machine.states:
        possible = [transition for transition in machine.matrix[state].values() if transition.probability > 0]
        leaving.append(_leaving(possible, tuple(numbers[id(transition)] for transition in possible)))
    return TransitionPlan(ways, tuple(leaving))


def _way(transition: Transition, index: Mapping[str, int]) -> Exit:
    listeners = tuple(sink.collect for sink in transition.event_sinks)
    return Exit(transition, transition.action_callback, index[transition.to_state], listeners)


def _leaving(possible: Sequence[Transition], numbers: tuple[int, ...]) -> StateExits:
    sums = list(accumulate(Fraction(transition.probability) for transition in possible)) or [Fraction(0)]
    thresholds = tuple(int(2**53 * part / sums[-1]) * 2.0**-53 for part in sums[:-1])
    scale = scale_of(sums[-1] / 100)
    return StateExits(scale, thresholds, numbers, numbers[0] if scale == 0 and len(numbers) == 1 else -1)


def scale_of(probability: Fraction) -> float:
    """-1 / ln(1 - p), computed in decimal, so that it is the same to the last bit on every platform.

    >>> scale_of(Fraction(1, 2))
    1.4426950408889634
    """
    if probability < LEAST:
        return NEVER
    if probability < TINY:
        return float(1 / probability)  # ln(1 - p) is -p to well beyond the last bit
    if probability >= 1:
        return 0.0
    staying = 1 - probability
    logarithm = EXACT.ln(EXACT.divide(Decimal(staying.numerator), Decimal(staying.denominator)))
    return float(EXACT.divide(Decimal(-1), logarithm))
