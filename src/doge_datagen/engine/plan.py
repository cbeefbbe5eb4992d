"""A machine made ready to walk: for each state, how long until the next try and which way it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any, NamedTuple

from doge_datagen.model import Action, Machine, Transition

EXACT = Context(prec=60)
NEVER = float("inf")
LEAST = Fraction(1, 10**300)  # a chance below this comes once in more ticks than a float can count
TINY = Fraction(1, 10**30)


class Way(NamedTuple):
    """One way out of a state.

    Attributes:
        transition: the edge.
        action: called before the state changes, if any.
        target: index of the state it leads to.
        listeners: called with timestamp, subject and transition after the state has changed.
        number: the transition's place in the count of events.
    """

    transition: Transition
    action: Action | None
    target: int
    listeners: tuple[Callable[[int, Any, Transition], Any], ...]
    number: int


class Leaving(NamedTuple):
    """All ways out of one state.

    A subject in a state whose transitions sum to p tries to leave after G ticks, and G is geometric:
    P(G = k) = (1 - p)**(k - 1) * p. With E exponential of mean 1, ``1 + floor(E * scale)`` has this law for
    ``scale = -1 / ln(1 - p)``: L. Devroye, "Non-Uniform Random Variate Generation", 1986, chapter X.2.

    Attributes:
        scale: as above; 0.0 where p is 1 (a try every tick), infinity where p is 0 (never).
        thresholds: 64-bit integers, ascending, one between each two ways: how many of them are not above 64 random
            bits is the number of the way taken.
        ways: those with a probability above zero, in the order they were added.
        sure: the one way that is taken every tick, where nothing is left to chance.
    """

    scale: float
    thresholds: tuple[int, ...]
    ways: tuple[Way, ...]
    sure: Way | None


def plan(machine: Machine) -> tuple[Leaving, ...]:
    """The ways out of each state, in the order of the machine's states."""
    numbers = {id(transition): number for number, transition in enumerate(machine.transitions())}
    targets = {state: index for index, state in enumerate(machine.states)}

    def way(transition: Transition) -> Way:
        listeners = tuple(sink.collect for sink in transition.event_sinks)
        target = targets[transition.to_state]
        return Way(transition, transition.action_callback, target, listeners, numbers[id(transition)])

    def leaving(transitions: Iterable[Transition]) -> Leaving:
        possible = [transition for transition in transitions if transition.probability > 0]
        sums = list(accumulate(Fraction(transition.probability) for transition in possible)) or [Fraction(0)]
        thresholds = tuple(int(2**64 * part / sums[-1]) for part in sums[:-1])
        scale, ways = scale_of(sums[-1] / 100), tuple(map(way, possible))
        return Leaving(scale, thresholds, ways, ways[0] if scale == 0 and len(ways) == 1 else None)

    return tuple(leaving(machine.matrix[state].values()) for state in machine.states)


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
