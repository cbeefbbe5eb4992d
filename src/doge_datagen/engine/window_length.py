"""How many ticks a window has, so that it holds about as many records as its engine likes to make at once."""

from __future__ import annotations

from doge_datagen.model.spec import Spec

LONGEST = 2**16  # ticks


class WindowLengths:
    """Finds out, window by window, how many ticks hold so many records.

    Args:
        spec: the model.
        records: how many a window should hold, of all streams together.

    Attributes:
        ticks: of the next window.
    """

    def __init__(self, spec: Spec, records: int) -> None:
        # A first window, cautiously: tries in the states where subjects begin say little of those they get to.
        chances = sum(it.probability for it in spec.transitions if it.from_state in spec.initial) / 100
        self.ticks = max(1, min(LONGEST, int(records / 8 / max(spec.subjects.count * chances, 1))))
        self._records = records

    def aim(self, records: int) -> None:
        """From the next window on, hold about so many."""
        self.ticks = max(1, min(LONGEST, self.ticks * records // self._records))
        self._records = records

    def learn(self, ticks: int, records: int, *, cut: bool = False) -> None:
        """Take into account that a window of so many ticks held so many records.

        Args:
            ticks: that it had.
            records: that it held.
            cut: whether its engine did not want it to be longer.
        """
        longest = ticks if cut else ticks * 8
        self.ticks = max(1, min(LONGEST, longest, ticks * self._records // max(records, 1)))
