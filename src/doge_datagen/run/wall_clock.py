"""The time of day for a run in real time, which waits no longer because somebody sets the clock back."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

SET_BACK = 1.0
"""Seconds; less is no more than a correction."""


class WallClock:
    """Seconds since the epoch that never go back.

    It is the wall clock as long as that goes on, also where it is set ahead, as it is after a computer has slept. Where
    it is set back, this one goes on with the steady clock: a run that waited for the old time would be idle until then.

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
        self._ahead = -math.inf  # of the steady clock
        self._told = False

    def __call__(self) -> float:
        """The time."""
        steady = self._steady()
        ahead = self._wall() - steady
        back = self._ahead - ahead
        if back <= 0:
            self._ahead, self._told = ahead, False
        elif back >= SET_BACK and not self._told:
            self._told = True
            log.warning("the clock was set back by %.0f s; event time goes on from where it was", back)
        return steady + self._ahead
