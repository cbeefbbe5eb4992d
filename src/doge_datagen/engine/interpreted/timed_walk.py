"""Walks subjects whose transitions have rates, dwell times, timers or moments, one attempt after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import heapify, heapreplace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.timing_source import ENTERED, HAPPENED, NEVER, REJECTED, STARTED
from doge_datagen.language.scope import RECENCY, attribute_code
from doge_datagen.model.clock import Clock
from doge_datagen.program.timing import Timing

Integers = npt.NDArray[Any]  # Any: of different sizes
ENTERED_AT, PREVIOUS = (attribute_code(RECENCY[word]) for word in ("entered", "previous"))
Life = dict[str, Any]
Attempt = Callable[[int, int, Life, int], bool]
"""What runs the action of a way and records its event, and says whether it happened."""


class Code(Protocol):
    """The functions of a model's timing."""

    kept: tuple[str, ...]

    def wait(self, life: Life, tick: int, given: Mapping[str, int]) -> tuple[int, ...]:
        """When a subject attempts something next, its cause, and what it remembers."""

    def leave(self, life: Life, tick: int, given: Mapping[str, int]) -> tuple[int, ...]:
        """The exit of an attempt and its way, which is -1 if a condition does not hold."""


class TimedWalk:
    """The order of events: a queue of the moments at which subjects attempt something next.

    Args:
        timing: when and what subjects attempt.
        clock: of the engine.
        code: the same as functions.
        attempt: attempts a way.
        lives: the subjects.
        states: the first state of each.

    Attributes:
        attempts: how many transitions have been attempted so far.
        counts: by way, how often it has happened so far.
        states: by subject, its state.
    """

    def __init__(
        self,
        timing: Timing,
        clock: Clock,
        code: Code,
        attempt: Attempt,
        lives: Sequence[Life],
        states: Sequence[int],
    ) -> None:
        self._timing, self._clock, self._code = timing, clock, code
        self._attempt, self._lives = attempt, lives
        self.states = list(states)
        self._causes = [-1] * len(lives)
        self._kept: list[tuple[int, ...]] = [(0,) * len(self._code.kept)] * len(lives)
        self.attempts = 0
        self.counts = [0] * len(timing.ways)
        self._queue = [(self._wait(subject, 0, -1, STARTED), subject) for subject in range(len(lives))]
        heapify(self._queue)

    def advance(self, end: int) -> Iterator[int]:
        """Walk up to a moment in pieces; after each, yield the moment up to which it has got."""
        queue = self._queue
        while queue and queue[0][0] < end:
            now = queue[0][0]
            while queue[0][0] == now:
                _, subject = queue[0]
                heapreplace(queue, (self._step(subject, now), subject))
            yield now + 1

    def _step(self, subject: int, moment: int) -> int:
        """One attempt of a subject; the moment of its next."""
        life, state, timing = self._lives[subject], self.states[subject], self._timing
        self.attempts += 1
        exit_, way = self._code.leave(life, moment, {"state": state, "cause": self._causes[subject]})
        number, why = timing.exits[exit_].transition, REJECTED
        if way >= 0 and self._attempt(number, way, life, moment):
            self.counts[way] += 1
            target, why = timing.ways[way].target, HAPPENED
            life[PREVIOUS] = self._clock.timestamp(moment)
            if target is not None:
                self.states[subject], why = target, ENTERED
                life[ENTERED_AT] = life[PREVIOUS]
        return self._wait(subject, moment, exit_, why)

    def _wait(self, subject: int, moment: int, exit_: int, why: int) -> int:
        kept = dict(zip(self._code.kept, self._kept[subject], strict=True))
        given = {"state": self.states[subject], "exit": exit_, "why": why, **kept}
        best, cause, *after = self._code.wait(self._lives[subject], moment, given)
        self._causes[subject], self._kept[subject] = cause, tuple(after)
        return int(best)

    def columns(self) -> dict[str, Integers]:
        """By name what each subject remembers: when it wakes, the cause, its state, its slots and alarms."""
        wakes = np.full(len(self._lives), NEVER, dtype=np.int64)
        for moment, subject in self._queue:
            wakes[subject] = moment
        kept = np.array(self._kept, dtype=np.int64).reshape(len(self._lives), len(self._code.kept))
        causes, states = np.array(self._causes, dtype=np.int32), np.array(self.states, dtype=np.int64)
        kept_columns = {name: kept[:, place] for place, name in enumerate(self._code.kept)}
        return {"wakes": wakes, "causes": causes, "states": states, **kept_columns}

    def restore(self, columns: Mapping[str, Integers]) -> None:
        """Continue from what :meth:`columns` returned."""
        self._queue = [(moment, subject) for subject, moment in enumerate(columns["wakes"].tolist())]
        heapify(self._queue)
        self._causes, self.states = columns["causes"].tolist(), columns["states"].tolist()
        kept = [columns[name].tolist() for name in self._code.kept]
        self._kept = list(zip(*kept, strict=True)) if kept else [()] * len(self._lives)
