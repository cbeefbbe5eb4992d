"""Windows: what an engine produces for some consecutive ticks, how many ticks that are, and when one ends early."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from doge_datagen.batch import Batch
from doge_datagen.model.spec import Population, Spec


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The records and events of some consecutive ticks.

    Attributes:
        start: the first tick.
        end: the tick after the last.
        batches: pairs of stream and batch; the records of a stream are in order of tick and subject, and may be spread
            over several batches.
        events: by number of the transition in the spec, how often it happened.
        unseen: the same for what a warm-up before the window has changed in the states of subjects.
    """

    start: int
    end: int
    batches: Sequence[tuple[str, Batch]]
    events: Mapping[int, int] = field(default_factory=dict)
    unseen: Mapping[int, int] = field(default_factory=dict)

    @property
    def events_in_all(self) -> int:
        """How many transitions happened in total."""
        return sum(self.events.values())


LONGEST = 2**16  # ticks
LONGEST_TIMED = 2**31 - 1
"""Ticks of a window of a model in which things happen at any moment: what fits the 32 bits in which the engines record
the moment of an event within its window."""


class WindowLengths:
    """Learns from each window how many ticks hold a given number of records.

    Args:
        spec: the model.
        records: how many a window should hold, of all streams together.

    Attributes:
        ticks: how many ticks the next window should have.
    """

    def __init__(self, spec: Spec, records: int) -> None:
        # A cautious first window: the probabilities in the initial states say little about those in later states.
        attempts = sum(map(_attempts, spec.populations))
        self.ticks = max(1, min(LONGEST, int(records / 8 / max(attempts, 1))))
        self._longest = LONGEST_TIMED if any(it.is_timed for it in spec.populations) else LONGEST
        self._records = records

    def aim(self, records: int) -> None:
        """From the next window on, aim at so many records."""
        self.ticks = max(1, min(self._longest, self.ticks * records // self._records))
        self._records = records

    def learn(self, ticks: int, records: int, *, cut: bool = False) -> None:
        """Learn from a window.

        Args:
            ticks: how many ticks it had.
            records: how many records it held.
            cut: whether its engine has ended it early.
        """
        # A short quiet window says little about a long one, so the length grows by a limited factor. After one that was
        # cut it does not grow: longer ones would be cut again.
        longest = ticks if cut else ticks * 8
        self.ticks = max(1, min(self._longest, longest, ticks * self._records // max(records, 1)))


def _attempts(population: Population) -> float:
    """How many events per tick the initial states let expect, where transitions have a probability per tick."""
    chances = sum(it.chance for it in population.transitions if it.from_state in population.initial) / 100
    return population.at_start * chances


class WindowEnd:
    """The ticks of a window while threads walk subjects through it, each subject to the end as it is at that moment.

    A subject that was walked beyond the final end is ahead; the events after the end belong to later windows. Within a
    range of subjects, no subject is further ahead than those before it, since the end only ever comes closer.

    Args:
        start: the first tick.
        end: the tick after the last, unless the window is shortened.
        ranges: how many subjects each range has.

    Attributes:
        start: the first tick.
        end: the tick after the last, as it is now.
    """

    def __init__(self, start: int, end: int, ranges: Sequence[int]) -> None:
        self.start, self.end = start, end
        self._subjects = max(1, sum(ranges))
        self._walked = [0.0] * len(ranges)
        self._lock = Lock()

    @property
    def is_one_tick(self) -> bool:
        """Whether the window has a single tick, so that it cannot be shortened."""
        return self.end - self.start <= 1

    def walked(self, number: int, subjects: float) -> None:
        """Record that so many subjects of a range were walked to the end; a fraction stands for one on its way."""
        # No lock: each range is walked by one thread, and an estimate may miss the latest number of another.
        self._walked[number] = subjects

    def shorten(self) -> None:
        """End the window early enough that the remaining subjects produce at most half of what one thread may produce.

        They are assumed to produce as much as those before them; if they produce more, the window is shortened again.
        """
        with self._lock:
            done = sum(self._walked) / self._subjects
            share = min(0.5, done / (2 * (1 - done)) if done < 1 else 0.5)
            self.end = self.start + max(1, int((self.end - self.start) * share))
