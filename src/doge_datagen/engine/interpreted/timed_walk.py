"""Walks subjects whose transitions have rates, dwell times, timers or moments, one attempt after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.checkpoint import IDS
from doge_datagen.engine.interpreted.model_code import ORDER, Attributes, TimedCode
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.engine.waiting.timing_code import ENTERED, HAPPENED, REJECTED, STARTED
from doge_datagen.language.scope import RECENCY, attribute_code
from doge_datagen.model.clock import Clock
from doge_datagen.program.spawning import lineage
from doge_datagen.program.time.timing import Timing

Integers = npt.NDArray[Any]  # Any: of different sizes
ENTERED_AT, PREVIOUS = (attribute_code(RECENCY[word]) for word in ("entered", "previous"))
SERIAL = attribute_code(lineage.SERIAL)
Attempt = Callable[[int, int, Attributes, int], bool]
"""What runs the action of a way and records its event, and says whether it happened."""
Begin = Callable[[Attributes, int], int]
"""Gives a subject that arrives its first values at a moment; returns its position among the initial states."""


@dataclass(slots=True, eq=False)
class TimedSubject:
    """A subject in the queue.

    Attributes:
        attributes: its attributes.
        state: the number of its state.
        cause: of its next attempt.
        kept: its slots and alarms.
    """

    attributes: Attributes
    state: int
    cause: int
    kept: tuple[int, ...]


Waiting = tuple[int, int, TimedSubject]
"""When a subject attempts something, what decides which of several at that moment comes first, and the subject."""


def _id(waiting: Waiting) -> int:
    """The number of a subject in checkpoints: its index, or how many of its population were spawned before it."""
    _, index, subject = waiting
    return int(subject.attributes.get(SERIAL, index))


class TimedWalk:
    """The order of events: a queue of the moments at which subjects attempt something next.

    Subjects that arrive are in the queue only until nothing can happen to them any more; then nothing is kept of them,
    unless :meth:`keep_gone` says so.

    Args:
        timing: when and what subjects attempt.
        clock: of the engine.
        code: the same as functions.
        attempt: attempts a way.
        begin: begins a subject that arrives.

    Attributes:
        attempts: how many transitions have been attempted so far.
        counts: by way, how often it has happened so far.
    """

    def __init__(self, timing: Timing, clock: Clock, code: TimedCode, attempt: Attempt, begin: Begin) -> None:
        self._timing, self._clock, self._code = timing, clock, code
        self._attempt, self._begin = attempt, begin
        self._nothing = (0,) * len(code.kept)
        self._arriving = None if timing.arrivals is None else timing.arriving
        self.attempts = 0
        self.counts = [0] * len(timing.ways)
        self._queue: list[Waiting] = []
        self._forgets = timing.arrivals is not None

    def start(self, attributes: Attributes, state: int) -> TimedSubject:
        """Add a subject that is there from the start."""
        subject = TimedSubject(attributes, state, -1, self._nothing)
        heappush(self._queue, (self._wait(subject, 0, -1, STARTED), attributes[ORDER], subject))
        return subject

    def arrive(self, attributes: Attributes, moment: int) -> TimedSubject:
        """Add a subject without attributes, which arrives at a moment."""
        subject = TimedSubject(attributes, -1, self._timing.arriving, self._nothing)
        heappush(self._queue, (moment, attributes[ORDER], subject))
        return subject

    def keep_gone(self, *, keep: bool) -> None:
        """From now on, keep those to whom nothing can happen any more, or forget them and all who were kept."""
        # Only when it changes, since the queue is made anew.
        if self._forgets == keep:
            self._forgets = not keep
            self._queue = [it for it in self._queue if keep or it[0] < NEVER]
            heapify(self._queue)

    def __len__(self) -> int:
        return len(self._queue)

    def advance(self, end: int) -> Iterator[int]:
        """Walk up to a moment in pieces; after each, yield the moment up to which it has got."""
        queue, forgets = self._queue, self._forgets
        while queue and queue[0][0] < end:
            now = queue[0][0]
            while queue and queue[0][0] == now:
                _, index, subject = queue[0]
                # Left in the queue meanwhile, since replacing the first entry is cheaper than removing and adding one.
                # Its next attempt is a millisecond later at least, so nobody has two at this moment.
                following = self._step(subject, now)
                if forgets and following >= NEVER:
                    heappop(queue)
                else:
                    heapreplace(queue, (following, index, subject))
            yield now + 1

    def _step(self, subject: TimedSubject, moment: int) -> int:
        """One attempt of a subject; the moment of its next."""
        attributes, timing = subject.attributes, self._timing
        self.attempts += 1
        exit_ = -1
        if subject.cause == self._arriving and timing.arrivals is not None:
            way, number = timing.first_arrival + self._begin(attributes, moment), timing.arrivals.transition
        else:
            exit_, way = self._code.leave(attributes, moment, {"state": subject.state, "cause": subject.cause})
            number = timing.exits[exit_].transition
        why = REJECTED
        if way >= 0 and self._attempt(number, way, attributes, moment):
            self.counts[way] += 1
            target, why = timing.ways[way].target, HAPPENED
            # After the action and the records, which see the event before this one.
            attributes[PREVIOUS] = self._clock.timestamp(moment)
            if target is not None:
                subject.state, why = target, ENTERED
                attributes[ENTERED_AT] = attributes[PREVIOUS]
        return self._wait(subject, moment, exit_, why)

    def _wait(self, subject: TimedSubject, moment: int, exit_: int, why: int) -> int:
        kept = dict(zip(self._code.kept, subject.kept, strict=True))
        given = {"state": subject.state, "exit": exit_, "why": why, **kept}
        best, subject.cause, *after = self._code.wait(subject.attributes, moment, given)
        subject.kept = tuple(after)
        return int(best)

    def subjects(self) -> list[Attributes]:
        """The subjects in the order of their indexes, except for those who have not arrived yet."""
        return [subject.attributes for _, _, subject in self._present()]

    def _present(self) -> list[Waiting]:
        # Whoever is still to arrive comes from the schedule again.
        present = (it for it in self._queue if it[2].cause != self._arriving)
        return sorted(present, key=_id)

    def columns(self) -> dict[str, Integers]:
        """What each of :meth:`subjects` remembers: when it wakes, its cause, its state, its slots and alarms."""
        present = self._present()
        subjects = [subject for _, _, subject in present]
        kept = np.array([it.kept for it in subjects], dtype=np.int64).reshape(len(subjects), len(self._nothing))
        columns: dict[str, Integers] = {
            "wakes": np.array([moment for moment, _, _ in present], dtype=np.int64),
            "causes": np.array([it.cause for it in subjects], dtype=np.int32),
            "states": np.array([it.state for it in subjects], dtype=np.int64),
            **{name: kept[:, index] for index, name in enumerate(self._code.kept)},
        }
        if self._timing.arrivals is not None:
            columns[IDS] = np.array([_id(it) for it in present], dtype=np.uint32)
        return columns

    def restore(self, columns: Mapping[str, Integers], subjects: Sequence[Attributes]) -> None:
        """Continue from what :meth:`columns` returned, with these subjects."""
        kept = [columns[name].tolist() for name in self._code.kept]
        rows = zip(*kept, strict=True) if kept else iter([()] * len(subjects))
        causes, states = columns["causes"].tolist(), columns["states"].tolist()
        restored = map(TimedSubject, subjects, states, causes, rows)
        moments = columns["wakes"].tolist()
        self._queue = [(wakes, it.attributes[ORDER], it) for wakes, it in zip(moments, restored, strict=True)]
        heapify(self._queue)
