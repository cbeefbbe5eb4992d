"""The schedule of a paced run: waits until something is due, and measures how late it is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.run.due_times import DueTimes, check_pace
from doge_datagen.run.lag import LagAlert, Lateness, PaceReport, Seen, reached
from doge_datagen.run.pace import CATCH_UP, STRETCH, Pace
from doge_datagen.run.wall_clock import WallClock

PIECE = 0.1
"""Seconds of wall time whose records are delivered together."""
SLICE = 0.05
"""The most seconds to sleep between two checks whether to stop."""
TOLERANCE = 0.25
"""Seconds that something may be late before the schedule is postponed."""
PRESENT = 1.0
"""Seconds of lag at which a backfill counts as caught up."""
QUIET = 2.5
"""Seconds without being postponed, after which the postponed schedule counts as kept."""
MOST_RECORDS = 2**18
"""The most records that are delivered together, however many are late."""


class Schedule:
    """When ticks or records are due, and how late they were.

    With a speed, the first tick is due when the schedule begins, and every other tick as much later as its event time
    is, divided by the speed. With a rate, record ``k``, counted from 0, is due ``k / rate`` seconds after the
    beginning.

    With ``on_clock``, event time is the wall clock: a tick is due at its timestamp. Ticks that are in the past when the
    run starts, or become so during the backfill, are due immediately and do not count as lag. Lag is measured from the
    first tick on that had to be waited for, or was delivered within a second of its time.

    Nothing is dropped because it is late. With ``catch-up`` the schedule stays as it is, and what is late is delivered
    as fast as possible. With ``stretch`` the schedule is postponed by the delay, so that the pace is kept from there
    on; it is never exceeded by more than what is due in a quarter of a second.

    One thread calls ``wait`` and ``done``; another thread may call ``longest`` and ``records`` at the same time.

    Args:
        pace: the speed or rate.
        clock: the ticks.
        first_tick: the first tick of this run.
        on_clock: whether event time is the wall clock.
        late: ``catch-up`` or ``stretch``.
        now: a clock, in seconds from any origin; None for a :class:`~doge_datagen.run.wall_clock.WallClock` with
            ``on_clock``, else for ``time.monotonic``, which does not jump.
        sleep: waits so many seconds.

    Attributes:
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
        self._now = now or (WallClock() if on_clock else time.monotonic)
        self._sleep = sleep
        self._timetable = DueTimes(pace, clock, first_tick, on_clock=on_clock)
        self._began: float | None = None
        self._delivered_due: float | None = None  # due time of the latest delivery
        self._present: float | None = None if on_clock else -math.inf  # what is due from then on is not backfill
        self._lateness = Lateness()
        self._last = (
            -math.inf,
            0.0,
        )  # when the schedule was last postponed, and by how much in earlier, settled delays
        self._delivered_at = 0.0
        self._behind = LagAlert(pace)

    def begin(self) -> None:
        """Start the schedule now, unless it has started already.

        Call it when the first window is ready, so that the time for preparing it does not count as lag. ``due``,
        ``due_records`` and ``wait`` start the schedule too.
        """
        if self._began is None:
            self._began = self._now()
            self._timetable.begin(self._began)

    @property
    def lag(self) -> float | None:
        """How many seconds late the latest delivery was; None if there was none yet, or only backfill."""
        return self._lateness.latest

    @property
    def backfilling(self) -> bool:
        """Whether event time has not caught up with the wall clock yet, so that there is no lag to measure."""
        return self._present is None

    def longest(self, start: int) -> int:
        """How many ticks may be delivered together, beginning with ``start``; with a rate there is no limit.

        These are as many as are due in a tenth of a second, at least one. If the run is behind schedule and may catch
        up, they are all that are due by now; the engine limits them to what it has room for.
        """
        if self._pace.speed is None:
            return ENDLESS
        piece = self._timetable.ticks_in(PIECE)
        if self._late == STRETCH or not self._timetable.known:
            return piece
        return max(piece, self._timetable.ticks_over(self._now()) - start)

    def records(self) -> int | None:
        """About how many records to deliver together; None with a speed.

        These are as many as are due in a tenth of a second, at least one. If the run is behind schedule and may catch
        up, they are all that have become due since the last delivery, up to a limit.
        """
        if self._pace.rate is None:
            return None
        last = self._delivered_due
        since = 0.0 if last is None or self._late == STRETCH else self._now() - last
        return max(1, min(MOST_RECORDS, int(self._pace.rate * max(PIECE, since))))

    def pieces(self, count: int) -> Iterator[slice]:
        """Cut so many records into pieces, each of at most as many as :meth:`records` allows at that moment."""
        first = 0
        while first < count:
            last = min(count, first + (self.records() or count))
            yield slice(first, last)
            first = last

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
            self._sleep(min(left, SLICE))
        self._deliver(until, waited=waited)
        return True

    def done(self, due: float, *, held: bool = False) -> None:
        """Record that what was due at ``due`` has been passed to the sinks; the delay counts as lag.

        Args:
            due: when it was due.
            held: whether it is visible at its destination only after the next commit; see :meth:`committed`.
        """
        self._delivered_at = self._now()
        if self._present is not None and due >= self._present:
            self._lateness.delivered(due, self._delivered_at, held=held)

    def committed(self) -> None:
        """Record that everything held for a commit is now visible at its destination."""
        self._lateness.committed(self._now())

    def behind(self) -> str | None:
        """A message about how far the run is behind schedule, once per episode; None if it is not.

        A run is behind if for five seconds everything is delivered more than a second late, and the delay does not
        shrink. With ``stretch``, lateness is measured against the schedule as it was before it was postponed, if it has
        been postponed again and again without a pause.
        """
        return self._behind.message()

    def report(self, *, generated: int, acknowledged: int | None) -> PaceReport:
        """How well the pace was kept, for a run that ends now."""
        seconds = 0.0 if self._began is None else self._now() - self._began
        lags, commits = self._lateness.at_delivery, self._lateness.at_commits
        return PaceReport(
            asked=self._pace.text,
            reached=self._reached(),
            generated_per_second=_per(generated, seconds),
            acknowledged_per_second=None if acknowledged is None else _per(acknowledged, seconds),
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
        now, before = self._now(), self._delivered_due
        oldest = self._timetable.tick(self._first_tick) if before is None else self._timetable.after(before)
        if self._present is None and (waited or now - oldest <= PRESENT):
            self._present = due
        if self._present is not None:
            self._behind.see(Seen(now, oldest - self.stretched, now - oldest + self._recently_postponed(now)))
        late = now - due
        if self._late == STRETCH and late > TOLERANCE:
            self._last = (now, self.stretched - self._recently_postponed(now))
            self._timetable.postpone(late)
            self.stretched += late
            due = now
        self._delivered_due, self._delivered_at = due, now

    def _recently_postponed(self, now: float) -> float:
        """Seconds by which the schedule was postponed in the current series of delays, each soon after the other."""
        postponed_at, settled = self._last
        return 0.0 if now - postponed_at > QUIET else self.stretched - settled

    def _reached(self) -> str | None:
        """The pace that was reached, in the form in which one is asked for; None before the first delivery."""
        if self._delivered_due is None:
            return None
        first = self._timetable.tick(self._first_tick)
        took = self._delivered_at - first + self.stretched
        return reached(self._pace, (self._delivered_due - first) / took if took > 0 else 1.0)


def _per(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0
