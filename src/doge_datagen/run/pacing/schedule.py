"""The schedule of a paced run, by a clock that never goes back: waits until something is due, or postpones the rest."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from doge_datagen.model.clock import Clock
from doge_datagen.run.pacing.due_times import DueTimes, Portions, check_pace
from doge_datagen.run.pacing.lag import PRESENT, LagMeter, PaceReport, Seen, reached
from doge_datagen.run.pacing.pace import CATCH_UP, STRETCH, Pace

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
        # Its maximum so far is added to the steady clock, so that the sum never goes back.
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


SLICE = 0.05
"""The most seconds to sleep between two checks whether to stop."""
TOLERANCE = 0.25
"""Seconds that something may be late before the schedule is postponed."""
QUIET = 2.5
"""Seconds without being postponed, after which the postponed schedule counts as kept."""


class Schedule:
    """When ticks or records are due, how many of them are delivered together, and how late they were.

    With a speed, the first tick is due when the schedule begins, and every other tick as much later as its event time
    is, divided by the speed. With a rate, record ``k``, counted from 0, is due ``k / rate`` seconds after the
    beginning.

    With ``on_clock``, event time is the wall clock: a tick is due at its timestamp. Ticks that are in the past when the
    run starts, or become so during the backfill, are due immediately and do not count as lag.

    Nothing is dropped because it is late. With ``catch-up`` the schedule stays as it is, and what is late is delivered
    as fast as possible. With ``stretch`` the schedule is postponed by the delay, so that the pace is kept from there
    on; it is never exceeded by more than what is due in a quarter of a second.

    Args:
        pace: the speed or rate.
        clock: the ticks.
        first_tick: the first tick of this run.
        on_clock: whether event time is the wall clock.
        late: ``catch-up`` or ``stretch``.
        now: a clock, in seconds from any origin; None for a :class:`~doge_datagen.run.pacing.schedule.WallClock` with
            ``on_clock``, else for ``time.monotonic``, which does not jump.
        sleep: waits so many seconds.

    Attributes:
        portions: how much is delivered together; another thread may ask it.
        lag: how late deliveries were; reported by whoever delivers.
        stretched: seconds by which the schedule has been postponed so far.

    Raises:
        ModelError: ``late`` is unknown, or ``on_clock`` cannot be combined with the pace or with ``late``.
    """

    def __init__(
        self,
        pace: Pace,
        clock: Clock,
        first_tick: int = 0,
        *,
        on_clock: bool = False,
        late: str = CATCH_UP,
        now: Callable[[], float] | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        check_pace(pace, late, on_clock=on_clock)
        self.stretched = 0.0
        self._pace = pace
        self._late = late
        self._first_tick = first_tick
        # A schedule that only measures intervals must not follow a wall clock that is set.
        self._now = now or (WallClock() if on_clock else time.monotonic)
        self._sleep = sleep
        self._timetable = DueTimes(pace, clock, first_tick, on_clock=on_clock)
        self.portions = Portions(pace, late, self._timetable, self._now)
        self.lag = LagMeter(pace, self._now, backfilling=on_clock)
        self._began: float | None = None
        self._postponed = -math.inf, 0.0  # when, the last time; and by how much in earlier, settled delays

    def begin(self) -> None:
        """Start the schedule now, unless it has started already.

        Call it when the first window is ready, so that the time for preparing it does not count as lag. ``due``,
        ``due_records`` and ``wait`` start the schedule too.
        """
        if self._began is None:
            self._began = self._now()
            self._timetable.begin(self._began)

    def due(self, end: int) -> float:
        """When the ticks before ``end`` are due, that is, the last of them; with a rate, immediately."""
        self.begin()
        return self._timetable.tick(end - 1)

    def due_records(self, number: int) -> float:
        """When a record is due, counted from 0; with a speed, immediately.

        A piece is due when its last record is: number ``before + len(piece) - 1``.
        """
        self.begin()
        return self._timetable.record(number)

    def wait(self, until: float, stop: Callable[[], bool] | None = None) -> bool:
        """Wait until something is due, and record that it is delivered now.

        Ask for the due time anew before each wait: with ``stretch``, each wait may postpone the schedule.

        Args:
            until: when it is due.
            stop: polled while waiting; True ends the wait.

        Returns:
            True when it is due, False if the wait was stopped.
        """
        self.begin()
        waited = False
        while (left := until - self._now()) > 0:
            if stop is not None and stop():
                return False
            waited = True
            # In slices, to see a request to stop, and a wall clock that has jumped ahead meanwhile.
            self._sleep(min(left, SLICE))
        self._deliver(until, waited=waited)
        return True

    def report(self, *, generated: int, confirmed: int | None) -> PaceReport:
        """How well the pace was kept, for a run that ends now."""
        seconds = 0.0 if self._began is None else self._now() - self._began
        lags, commits = self.lag.at_delivery, self.lag.at_commits
        return PaceReport(
            asked=self._pace.text,
            reached=self._reached(),
            generated_per_second=_per(generated, seconds),
            confirmed_per_second=None if confirmed is None else _per(confirmed, seconds),
            lag_max=lags.longest,
            lag_p50=lags.quantile(0.5),
            lag_p99=lags.quantile(0.99),
            commit_lag_max=commits.longest,
            commit_lag_p50=commits.quantile(0.5),
            commit_lag_p99=commits.quantile(0.99),
            late=self._late,
            stretched=self.stretched,
        )

    def _deliver(self, due: float, *, waited: bool) -> None:
        now, before = self._now(), self.portions.delivered_due
        oldest = self._timetable.tick(self._first_tick) if before is None else self._timetable.after(before)
        # Against the schedule before it was postponed: with stretch each single delay is small, and a run that falls
        # behind all the time would never be noticed.
        seen = Seen(now, oldest - self.stretched, now - oldest + self._recently_postponed(now))
        self.lag.delivering(due, seen, in_time=waited or now - oldest <= PRESENT)
        late = now - due
        if self._late == STRETCH and late > TOLERANCE:
            self._postponed = now, self.stretched - self._recently_postponed(now)
            self._timetable.postpone(late)
            self.stretched += late
            # What is postponed is due now; the next delivery is measured from here.
            due = now
        self.portions.delivered_due = due

    def _recently_postponed(self, now: float) -> float:
        """Seconds by which the schedule was postponed in the current series of delays, each soon after the other."""
        postponed_at, settled = self._postponed
        return 0.0 if now - postponed_at > QUIET else self.stretched - settled

    def _reached(self) -> str | None:
        """The pace that was reached, in the form in which one is asked for; None before the first delivery."""
        due = self.portions.delivered_due
        if due is None:
            return None
        first = self._timetable.tick(self._first_tick)
        # Postponing has moved first, too, so the delays are added to the time that has really passed.
        took = self.lag.delivered_at - first + self.stretched
        return reached(self._pace, (due - first) / took if took > 0 else 1.0)


def _per(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0
