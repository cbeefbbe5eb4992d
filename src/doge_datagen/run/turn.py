"""Whose turn it is: the ticks of a walk, each when its time has come."""

from __future__ import annotations

from collections.abc import Callable

from doge_datagen.engine.interpreted import Walk
from doge_datagen.run.schedule import Schedule


class Turn:
    """Lets the ticks of a walk wait for their time.

    By a speed a tick's turn comes when it is due; by a rate, as soon as there is room for one more event: how many the
    tick makes shows only when it is walked. What it has made counts as acknowledged when the sinks have taken it.

    Args:
        walk: what is walked.
        schedule: says when; None for at once.
        stop: asked before each tick and while it is waited for; None for never.
    """

    def __init__(self, walk: Walk, schedule: Schedule | None, stop: Callable[[], bool] | None) -> None:
        self._walk = walk
        self._schedule = schedule
        self._stop = stop
        self._due: float | None = None  # of the tick that is walked now

    @property
    def lag(self) -> float | None:
        """Seconds that the latest tick was late; None where there is no schedule."""
        return None if self._schedule is None else self._schedule.lag

    def comes(self, tick: int) -> bool:
        """Wait for a tick's time, when the one before it has been walked; False where the run is stopped."""
        self.over()
        if self._stop is not None and self._stop():
            return False
        if self._schedule is None:
            return True
        due = max(self._schedule.due(tick + 1), self._schedule.due_records(sum(self._walk.counts)))
        if not self._schedule.wait(due, self._stop):
            return False
        self._due = due
        return True

    def over(self) -> None:
        """The tick whose turn it was has been walked."""
        if self._schedule is not None and self._due is not None:
            self._schedule.done(self._due)
        self._due = None
