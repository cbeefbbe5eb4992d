"""How far a window goes: less far as soon as what it holds, or the work it takes, becomes too much."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock


class Reach:
    """The ticks of a window while threads walk subjects through it, each subject to the end that is known by then.

    Whoever was walked further than to the end that remains is ahead; what was noted of it belongs to later windows.
    Within a range of subjects nobody is further ahead than those before, as the end only ever comes closer.

    Args:
        start: the first tick.
        end: the tick after the last, as long as nobody shortens the window.
        ranges: how many subjects each range has.

    Attributes:
        start: the first tick.
        end: the tick after the last that is still meant.
    """

    def __init__(self, start: int, end: int, ranges: Sequence[int]) -> None:
        self.start, self.end = start, end
        self._subjects = sum(ranges)
        self._walked = [0.0] * len(ranges)
        self._lock = Lock()

    @property
    def is_one_tick(self) -> bool:
        """Whether it cannot be shorter."""
        return self.end - self.start <= 1

    def walked(self, number: int, subjects: float) -> None:
        """Take note that so many subjects of a range were walked to the end; one may be on its way."""
        self._walked[number] = subjects

    def shorten(self) -> None:
        """End the window so early that the subjects that are left make half of what one thread may make, at the most.

        They are supposed to make what those before them made; if they make more, it is shortened again.
        """
        with self._lock:
            done = sum(self._walked) / self._subjects
            share = min(0.5, done / (2 * (1 - done)) if done < 1 else 0.5)
            self.end = self.start + max(1, int((self.end - self.start) * share))
