"""The translated timing of a model: when a subject leaves a state, and which way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from doge_datagen.language.types import Typed

AT, AFTER, EVERY, WEIGHT, RATE, PROBABILITY = KINDS = ("at", "after", "every", "weight", "rate", "probability")
"""How a transition comes about; of several at the same moment the one that is earlier in this list wins."""
TIMERS = frozenset({AFTER, EVERY})
OUTSIDE = -1
"""Instead of the number of a state, where a subject is before it arrives."""


@dataclass(frozen=True, slots=True)
class Located:
    """A translated expression and its location in the model, for errors.

    Attributes:
        path: in the model, such as ``transitions.visit.rate``.
        typed: the expression.
        rhythm: the number of the rhythm that multiplies it, if it is a rate, or runs its clock, if it is a duration;
            None if it has none.
    """

    path: str
    typed: Typed
    rhythm: int | None = None

    @property
    def code(self) -> str:
        """The code of the expression."""
        return self.typed.code


@dataclass(frozen=True, slots=True)
class Way:
    """A transition from one state to one state.

    Attributes:
        transition: its number among the model's transitions.
        source: the number of the state it leaves; ``OUTSIDE`` for an arrival.
        target: the number of the state it leads to; None for an internal transition, which leaves the state as it is.
    """

    transition: int
    source: int
    target: int | None


@dataclass(frozen=True, slots=True)
class Exit:
    """A transition as it leaves one state: it has several ways if it branches.

    Attributes:
        transition: its number among the model's transitions.
        state: the number of the state.
        kind: one of ``KINDS``.
        amount: a rate per millisecond, a weight, a duration in milliseconds, a moment in milliseconds since the epoch,
            or a percentage.
        when: the condition under which the transition exists; None if it always does.
        targets: the state that each way leads to; None for the way that leaves the state as it is.
        shares: for each way the weight with which it is taken; empty if there is only one.
    """

    transition: int
    state: int
    kind: str
    amount: Located
    when: Located | None
    targets: tuple[int | None, ...]
    shares: tuple[Located, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How subjects arrive.

    Attributes:
        rate: how many per millisecond.
        rhythm: the number of the rhythm that multiplies the rate; None if it has none.
        transition: the number of the arrival, which is behind those of the model's transitions.
        states: the numbers of the initial states, each of which is led to by a way of its own; with a warm-up, behind
            them those of the others in which subjects are emitted who have arrived in it.
        counts: the number that makes the draws of how many arrive independent of others.
        moments: the same for the draws of when.
        varying: the code of the rate, if incidents change it.
    """

    rate: float
    rhythm: int | None
    transition: int
    states: tuple[int, ...]
    counts: int
    moments: int
    varying: str = ""


@dataclass(frozen=True)
class Timing:
    """When the subjects of a model do something next, and what.

    Attributes:
        dwells: for each state how long a subject stays before it leaves by weight; None if it is not left so.
        exits: all exits, grouped by state and within it in the order of the model's transitions.
        tick: how many milliseconds apart the attempts of transitions with a probability are.
        purpose: the number that makes the draws of rates, weights, branches and probabilities independent of others.
        rhythm_purposes: for each rhythm, the same for the rates that have it.
        arrivals: how subjects arrive; None if they are there from the start.
        states: the names of the states, for errors.
    """

    dwells: tuple[Located | None, ...]
    exits: tuple[Exit, ...]
    tick: int
    purpose: int
    rhythm_purposes: tuple[int, ...] = ()
    arrivals: Arrivals | None = None
    states: tuple[str, ...] = ()

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """All ways of all exits, in order; behind them, those of an arrival, whose source is ``OUTSIDE``."""
        arrivals = self.arrivals
        arriving = () if arrivals is None else (Way(arrivals.transition, OUTSIDE, it) for it in arrivals.states)
        return (*(Way(it.transition, it.state, target) for it in self.exits for target in it.targets), *arriving)

    @cached_property
    def arriving(self) -> int:
        """The cause of an arrival, which is behind those of exits and dwell times."""
        return len(self.exits) + len(self.dwells)

    @cached_property
    def first_arrival(self) -> int:
        """The number of the first way of an arrival."""
        return sum(len(it.targets) for it in self.exits)

    @cached_property
    def first_ways(self) -> tuple[int, ...]:
        """For each exit the number of its first way."""
        firsts, number = [], 0
        for it in self.exits:
            firsts.append(number)
            number += len(it.targets)
        return tuple(firsts)

    @cached_property
    def alarms(self) -> tuple[int, ...]:
        """The transitions at a moment, each of which is armed or spent."""
        return tuple(dict.fromkeys(it.transition for it in self.exits if it.kind == AT))

    @cached_property
    def timers(self) -> dict[int, int]:
        """For each exit by a timer the slot with its moment; a dwell time takes the first slot of its state."""
        found = {}
        for state, dwell in enumerate(self.dwells):
            # Both kinds of moments share one array per subject, whose memory counts with millions of them.
            slot = 0 if dwell is None else 1
            for number, _ in self.of(state, *TIMERS):
                found[number] = slot
                slot += 1
        return found

    @cached_property
    def slots(self) -> int:
        """How many moments a subject has to remember at most."""
        dwells = any(it is not None for it in self.dwells)
        return max([int(dwells), *(slot + 1 for slot in self.timers.values())])

    def of(self, state: int, *kinds: str) -> Iterator[tuple[int, Exit]]:
        """The exits of a state by one of these kinds, with their numbers."""
        return ((number, it) for number, it in self._by_state[state] if it.kind in kinds)

    @cached_property
    def _by_state(self) -> list[list[tuple[int, Exit]]]:
        found: list[list[tuple[int, Exit]]] = [[] for _ in self.dwells]
        for number, it in enumerate(self.exits):
            found[it.state].append((number, it))
        return found
