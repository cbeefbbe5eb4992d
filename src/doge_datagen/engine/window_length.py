"""Chooses how many ticks a window has, so that it holds about the number of records that its engine prefers."""

from __future__ import annotations

from doge_datagen.model.spec import Population, Spec

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
        longest = ticks if cut else ticks * 8
        self.ticks = max(1, min(self._longest, longest, ticks * self._records // max(records, 1)))


def _attempts(population: Population) -> float:
    """How many events per tick the initial states let expect, where transitions have a probability per tick."""
    chances = sum(it.chance for it in population.transitions if it.from_state in population.initial) / 100
    return population.at_start * chances
