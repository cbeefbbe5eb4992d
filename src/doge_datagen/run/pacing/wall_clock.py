"""A wall clock that never goes back, for runs in real time."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

SET_BACK = 1.0
"""Seconds; a smaller step back is a normal correction and not reported."""


class WallClock:
    """Seconds since the epoch that never go back.

    It follows the wall clock as long as that moves forward, including jumps ahead, such as after a computer has slept.
    If the wall clock is set back, this clock continues with the steady clock instead: otherwise a run would be idle
    until the wall clock had reached the old time again.

    Args:
        wall: the wall clock, in seconds since the epoch.
        steady: a clock that does not jump, in seconds.

    >>> wall = iter([1000.0, 1001.0, 402.0, 403.0])
    >>> steady = iter([7.0, 8.0, 9.0, 10.0])
    >>> clock = WallClock(lambda: next(wall), lambda: next(steady))
    >>> [clock() for _ in range(4)]
    [1000.0, 1001.0, 1002.0, 1003.0]
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._ahead = -math.inf  # how far the wall clock is ahead of the steady clock
        self._warned = False

    def __call__(self) -> float:
        """The time, in seconds since the epoch."""
        steady = self._steady()
        ahead = self._wall() - steady
        back = self._ahead - ahead
        if back <= 0:
            self._ahead, self._warned = ahead, False
        elif back >= SET_BACK and not self._warned:
            self._warned = True
            log.warning("the clock was set back by %.0f s; event time continues from where it was", back)
        return steady + self._ahead
