"""When something is due on the wall clock: waiting for it, and how late it was."""

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
"""Seconds of wall time that are handed on together."""
SLICE = 0.05
"""Seconds of waiting, at most, before it is asked again whether to stop."""
TOLERANCE = 0.25
"""Seconds that something may be late before the schedule is put off."""
PRESENT = 1.0
"""Seconds that are as good as now, when the past is caught up with."""
QUIET = 2.5
"""Seconds without being put off, after which the schedule counts as kept from where it is."""
MOST_RECORDS = 2**18
"""Records that are handed on together at most, however many are late."""


class Schedule:
    """When ticks or records are due.

    By a speed, the first tick is due when the schedule begins, and each other as much later as its event time is,
    divided by the speed. By a rate, record ``k`` (the first is 0) is due ``k / rate`` seconds after the beginning.

    With ``on_clock`` event time is the wall clock: a tick is due at its timestamp. What was of the past already when
    the run began, and what became so meanwhile, is due at once and is no lag: that is measured from the first thing on
    that had to be waited for, or was handed on within a second of its time.

    What is late is never dropped. With ``catch-up`` the schedule stays as it is, and what is late is handed on as fast
    as possible. With ``stretch`` the schedule is put off by the delay, so that the pace is kept from there on, and is
    never exceeded by more than what is due in a quarter of a second.

    One thread waits and tells what is done; another one may ask ``longest`` and ``records`` meanwhile.

    Args:
        pace: how fast.
        clock: the ticks.
        first_tick: the first one of this run.
        on_clock: whether event time is the wall clock.
        late: ``catch-up`` or ``stretch``.
        now: seconds, from whatever moment on; None for a :class:`~doge_datagen.run.wall_clock.WallClock` with
            ``on_clock``, else for ``time.monotonic``, which does not jump.
        sleep: waits so many seconds.

    Attributes:
        stretched: seconds by which the schedule was put off so far.

    Raises:
        ModelError: ``late`` is not known, or ``on_clock`` does not go with the pace or with ``late``.
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
        self._handed_on: float | None = None  # when the latest was due
        self._present: float | None = None if on_clock else -math.inf  # what is due from then on is not of the past
        self._lateness = Lateness()
        self._last = (-math.inf, 0.0)  # when the schedule was put off last, and by how much it was put off for good
        self._handed_at = 0.0
        self._behind = LagAlert(pace)

    def begin(self) -> None:
        """From now on time counts; does nothing where it does so already.

        To be called when the first window is ready, so that what had to be prepared is not lag. Asking when something
        is due begins too.
        """
        if self._began is None:
            self._began = self._now()
            self._timetable.begin(self._began)

    @property
    def lag(self) -> float | None:
        """Seconds that the latest was late when the sinks had taken it; None where nothing was, or only of the past."""
        return self._lateness.latest

    @property
    def backfilling(self) -> bool:
        """Whether event time has yet to catch up with the wall clock, so that lag has no meaning."""
        return self._present is None

    def longest(self, start: int) -> int:
        """How many ticks may be handed on together from this one on; for a rate, as many as there can be.

        As many as are due in a tenth of a second, at least one; where the schedule is behind and may catch up, as many
        as are due by now. That may be very many: it is for the engine to say how many it has room for.
        """
        if self._pace.speed is None:
            return ENDLESS
        piece = self._timetable.ticks_in(PIECE)
        if self._late == STRETCH or not self._timetable.known:
            return piece
        return max(piece, self._timetable.ticks_over(self._now()) - start)

    def records(self) -> int | None:
        """How many records should be handed on together, about; None for a speed.

        As many as are due in a tenth of a second, at least one; where the schedule is behind and may catch up, as many
        as have come due since, to a bound.
        """
        if self._pace.rate is None:
            return None
        handed_on = self._handed_on
        since = 0.0 if handed_on is None or self._late == STRETCH else self._now() - handed_on
        return max(1, min(MOST_RECORDS, int(self._pace.rate * max(PIECE, since))))

    def pieces(self, count: int) -> Iterator[slice]:
        """So many records, cut in pieces; each of at most as many as :meth:`records` says when it is asked for."""
        first = 0
        while first < count:
            last = min(count, first + (self.records() or count))
            yield slice(first, last)
            first = last

    def due(self, end: int) -> float:
        """When the ticks before this one are due, that is, the last of them; for a rate, at once."""
        self.begin()
        return self._timetable.tick(end - 1)

    def due_records(self, number: int) -> float:
        """When this record is due, the first of which is 0; for a speed, at once.

        A piece is due when its last record is, which is number ``before + len(piece) - 1``.
        """
        self.begin()
        return self._timetable.record(number)

    def wait(self, until: float, stop: Callable[[], bool] | None = None) -> bool:
        """Wait until something is due that is handed on then.

        Ask for each wait anew when something is due: with ``stretch`` each wait may change it.

        Args:
            until: when it is due.
            stop: asked every now and then, as long as there is time left; True ends the waiting.

        Returns:
            True when the time has come, False where it was stopped.
        """
        self.begin()
        waited = False
        while (left := until - self._now()) > 0:
            if stop is not None and stop():
                return False
            waited = True
            self._sleep(min(left, SLICE))
        self._hand_on(until, waited=waited)
        return True

    def done(self, due: float, *, held: bool = False) -> None:
        """What was due then is with the sinks by now: how late that is counts as lag.

        Args:
            due: when it was due.
            held: whether it is seen at its place only after the next commit, which :meth:`committed` tells.
        """
        self._handed_at = self._now()
        if self._present is not None and due >= self._present:
            self._lateness.handed_on(due, self._handed_at, held=held)

    def committed(self) -> None:
        """What was held is at its place by now."""
        self._lateness.committed(self._now())

    def behind(self) -> str | None:
        """A sentence about how far the run is behind its schedule, once in each episode; None where all is well.

        That is when for five seconds all that is handed on was due more than a second ago, and it gets no better. With
        ``stretch`` it counts when it was due before the schedule was put off, again and again without a pause.
        """
        return self._behind.told()

    def report(self, *, generated: int, acknowledged: int | None) -> PaceReport:
        """How well the pace was kept, for a run that ends now."""
        seconds = 0.0 if self._began is None else self._now() - self._began
        lags, commits = self._lateness.at_hand_over, self._lateness.at_commits
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

    def _hand_on(self, due: float, *, waited: bool) -> None:
        now, before = self._now(), self._handed_on
        oldest = self._timetable.tick(self._first_tick) if before is None else self._timetable.after(before)
        if self._present is None and (waited or now - oldest <= PRESENT):
            self._present = due
        if self._present is not None:
            self._behind.see(Seen(now, oldest - self.stretched, now - oldest + self._lately(now)))
        late = now - due
        if self._late == STRETCH and late > TOLERANCE:
            self._last = (now, self.stretched - self._lately(now))
            self._timetable.put_off(late)
            self.stretched += late
            due = now
        self._handed_on, self._handed_at = due, now

    def _lately(self, now: float) -> float:
        """Seconds by which the schedule was put off, one time soon after the other."""
        put_off, for_good = self._last
        return 0.0 if now - put_off > QUIET else self.stretched - for_good

    def _reached(self) -> str | None:
        """The pace that came of it."""
        if self._handed_on is None:
            return None
        first = self._timetable.tick(self._first_tick)
        took = self._handed_at - first + self.stretched
        return reached(self._pace, (self._handed_on - first) / took if took > 0 else 1.0)


def _per(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0
