"""Python subjects and callbacks, walked in strict order of time; the cost follows events, not subjects x ticks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from doge_datagen.engine.agenda import Agenda
from doge_datagen.engine.plan import Way, plan
from doge_datagen.engine.reserve import Reserve
from doge_datagen.model import Clock, Machine, Transition


@dataclass(frozen=True, slots=True)
class Population:
    """The subjects of a run and where each of them is.

    Attributes:
        subjects: as the factory made them, in order of creation.
        states: for each the index of its state in the machine's states; changes as the run goes on.
    """

    subjects: Sequence[Any]
    states: list[int]


@dataclass(frozen=True, slots=True)
class Walk:
    """One run of a machine over a population.

    Attributes:
        counts: how often each transition has happened so far, in the order of ``machine.transitions()``.
        warned: the transitions whose callback has returned None.
    """

    machine: Machine
    population: Population
    clock: Clock
    seed: int
    counts: list[int] = field(default_factory=list)
    warned: set[Transition] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.counts.extend(0 for _ in self.machine.transitions())

    def __iter__(self) -> Iterator[int]:
        """Give each tick at which some subject wakes, then walk it: in order of subject, one transition at the most."""
        subjects, states = self.population.subjects, self.population.states
        agenda = Agenda(plan(self.machine), Reserve(self.seed, len(subjects)), self.clock.ticks)
        agenda.sleep(range(len(subjects)), states, 0)
        while agenda:
            tick, awake = agenda.wake()
            yield tick
            self._act(awake, agenda.chosen, self.clock.timestamp(tick))
            agenda.sleep(awake, states, tick + 1)

    def _act(self, awake: Sequence[int], chosen: Sequence[Way], timestamp: int) -> None:
        subjects, states, counts = self.population.subjects, self.population.states, self.counts
        for index in awake:
            transition, action, target, listeners, number = chosen[index]
            subject = subjects[index]
            try:
                verdict = True if action is None else action(subject, transition)
                if verdict:
                    states[index] = target
                    counts[number] += 1
                    for listener in listeners:
                        listener(timestamp, subject, transition)
                elif verdict is None:
                    self._warn_of_none(transition)
            except Exception as error:
                error.add_note(f"while subject {subject!r} tried {transition!r} at timestamp {timestamp}")
                raise

    def _warn_of_none(self, transition: Transition) -> None:
        if transition in self.warned:
            return
        self.warned.add(transition)
        warnings.warn(
            f"transitions.{transition.trigger}: action_callback returned None, which blocks as False does;"
            " return True to let the transition happen",
            stacklevel=2,
        )
