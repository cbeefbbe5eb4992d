"""The end of a window, which comes closer if the window holds too much or takes too much work."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock


class Reach:
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
        self._walked[number] = subjects

    def shorten(self) -> None:
        """End the window early enough that the remaining subjects produce at most half of what one thread may produce.

        They are assumed to produce as much as those before them; if they produce more, the window is shortened again.
        """
        with self._lock:
            done = sum(self._walked) / self._subjects
            share = min(0.5, done / (2 * (1 - done)) if done < 1 else 0.5)
            self.end = self.start + max(1, int((self.end - self.start) * share))
