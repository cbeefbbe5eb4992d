"""Python subjects and callbacks, walked in strict order of time; the cost follows events, not subjects x ticks."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from doge_datagen.engine.agenda import Agenda
from doge_datagen.engine.plan import plan
from doge_datagen.engine.reserve import Reserve
from doge_datagen.model import Clock, Machine


class Population(NamedTuple):
    """The subjects of a run and where each of them is.

    Attributes:
        subjects: as the factory made them, in order of creation.
        states: for each the index of its state in the machine's states; changes as the run goes on.
    """

    subjects: Sequence[Any]
    states: list[int]


class Walk:
    """One run of a machine over a population.

    Args:
        machine: what subjects can do.
        population: who they are; their states change as the walk goes on.
        clock: the ticks.
        seed: 64 bits that decide every choice.
    """

    def __init__(self, machine: Machine, population: Population, clock: Clock, seed: int) -> None:
        self.machine = machine
        self.clock = clock
        self.seed = seed
        self._population = population
        ready = plan(machine)
        self._ways, self._leaving = ready
        self._reserve = Reserve(seed, len(population.states))
        self._agenda = Agenda(ready, self._reserve, clock.ticks)
        self._blocked = [0] * len(self._ways)
        self._warned: set[int] = set()

    @property
    def counts(self) -> list[int]:
        """How often each transition has happened until the last tick, in the order of ``machine.transitions()``."""
        return [tried - blocked for tried, blocked in zip(self._agenda.tried, self._blocked, strict=True)]

    def __iter__(self) -> Iterator[int]:
        """Give each tick at which some subject wakes, then walk it: in order of subject, one transition at the most."""
        agenda = self._agenda
        agenda.begin(self._population.states)
        while agenda:
            tick, subjects, ways, many = agenda.wake()
            yield tick
            blocked = self._tick(tick, zip(subjects, ways, strict=True), many=many)
            if many:
                agenda.sleep(blocked, tick + 1)

    def _tick(self, tick: int, tries: Iterable[tuple[int, int]], *, many: bool) -> list[int]:
        """Let happen what is tried, and lay few to sleep again; gives the subjects that a callback has blocked."""
        (subjects, states), ways, leaving, agenda = self._population, self._ways, self._leaving, self._agenda
        chosen, tried, due, reserve = agenda.chosen, agenda.tried, agenda.due, self._reserve
        cursor, exponential, choice, row_end = reserve.cursor, reserve.exponential, reserve.choice, reserve.width - 1
        timestamp, next_tick, left = self.clock.timestamp(tick), tick + 1, self.clock.ticks - tick - 1
        blocked: list[int] = []
        for index, number in tries:
            transition, action, target, listeners = ways[number]
            subject = subjects[index]
            try:
                if action is None or (verdict := action(subject, transition)):
                    states[index] = target
                    for listener in listeners:
                        listener(timestamp, subject, transition)
                else:
                    target = states[index]
                    blocked.append(index)
                    self._block(number, verdict)
            except Exception as error:
                error.add_note(f"while subject {subject!r} tried {transition!r} at timestamp {timestamp}")
                raise
            if many:
                continue
            tried[number] += 1
            scale, thresholds, out, sure = leaving[target]
            here, dwell = cursor[index], 0.0
            if sure < 0:
                if not here & row_end:
                    reserve.refill([index])
                    here = cursor[index]
                cursor[index] = here + 1
                dwell = exponential[here] * scale
            if dwell < left:
                chosen[index] = sure if sure >= 0 else out[bisect_right(thresholds, choice[here])]
                wake = next_tick + int(dwell)
                if wake in due:
                    due[wake].append(index)
                else:
                    agenda.note(wake, index)
        return blocked

    def _block(self, number: int, verdict: bool | None) -> None:  # noqa: FBT001 - as the callback returned it
        self._blocked[number] += 1
        if verdict is None and number not in self._warned:
            self._warned.add(number)
            trigger = self._ways[number].transition.trigger
            problem = "action_callback returned None, which blocks as False does; return True to let it happen"
            warnings.warn(f"transitions.{trigger}: {problem}", stacklevel=2)
