"""Measures how late a paced run delivers and commits."""

from __future__ import annotations

import math
from collections.abc import Callable

from doge_datagen.run.pacing.lag_alert import LagAlert, Seen
from doge_datagen.run.pacing.lag_histogram import LagHistogram
from doge_datagen.run.pacing.pace import Pace

PRESENT = 1.0
"""Seconds of lag at which a backfill counts as caught up."""


class LagMeter:
    """How late records were when they were delivered and, if they had to wait for a commit, when they were committed.

    What is backfilled has no lag. Lag is measured from the first delivery on that had to be waited for, or was made
    within a second of its time.

    Args:
        pace: the speed or rate.
        now: a clock, in seconds.
        backfilling: whether the run may begin with what is in the past.

    Attributes:
        latest: lag of the latest delivery in seconds; None if there was none yet, or only backfill.
        at_delivery: lags when the sinks had taken the records.
        at_commits: lags when the records were committed.
        delivered_at: when the latest delivery was made.

    >>> times = iter([10.5, 12.0])
    >>> meter = LagMeter(Pace.parse("1x"), lambda: next(times))
    >>> meter.done(due=10.0, held=True)
    >>> meter.committed()
    >>> meter.latest, meter.at_commits.longest
    (0.5, 2.0)
    """

    def __init__(self, pace: Pace, now: Callable[[], float], *, backfilling: bool = False) -> None:
        self.latest: float | None = None
        self.at_delivery = LagHistogram()
        self.at_commits = LagHistogram()
        self.delivered_at = 0.0
        self._now = now
        self._present: float | None = None if backfilling else -math.inf  # what is due from then on is not backfill
        self._alert = LagAlert(pace)
        self._held: list[float] = []

    @property
    def backfilling(self) -> bool:
        """Whether event time has not caught up with the wall clock yet, so that there is no lag to measure."""
        return self._present is None

    def delivering(self, due: float, seen: Seen, *, in_time: bool) -> None:
        """Record that a delivery begins.

        Args:
            due: when it is due.
            seen: what the alert is to know about it.
            in_time: whether it had to be waited for, or its first record is at most ``PRESENT`` late.
        """
        self.delivered_at = seen.now
        if self._present is None and in_time:
            self._present = due
        if self._present is not None:
            self._alert.see(seen)

    def done(self, due: float, *, held: bool = False) -> None:
        """Record that what was due at ``due`` has been passed to the sinks; the delay counts as lag.

        Args:
            due: when it was due.
            held: whether it is visible at its destination only after the next commit; see :meth:`committed`.
        """
        self.delivered_at = self._now()
        if self._present is None or due < self._present:
            return
        self.latest = max(0.0, self.delivered_at - due)
        self.at_delivery.add(self.latest)
        if held:
            self._held.append(due)

    def committed(self) -> None:
        """Record that everything held for a commit is now visible at its destination."""
        now = self._now()
        for due in self._held:
            self.at_commits.add(max(0.0, now - due))
        self._held.clear()

    def behind(self) -> str | None:
        """A message about how far the run is behind schedule, once per episode; None if it is not.

        A run is behind if for five seconds everything is delivered more than a second late, and the delay does not
        shrink. With ``stretch``, lateness is measured against the schedule as it was before it was postponed, if it has
        been postponed again and again without a pause.
        """
        return self._alert.message()
