"""When each tick and record of a paced run is due, and how much is delivered together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from doge_datagen.errors import ModelError
from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.run.pacing.pace import CATCH_UP, STRETCH, Pace, checked_late


class DueTimes:
    """Due times in seconds, relative to that of the first tick or record.

    Args:
        pace: the speed or rate.
        clock: the ticks.
        first_tick: the tick that is due first.
        on_clock: whether each tick is due at its own timestamp, in seconds since the epoch.

    >>> timetable = DueTimes(Pace.parse('60x'), Clock(start=0, tick_ms=60_000), 10)
    >>> timetable.begin(500.0)
    >>> timetable.tick(10), timetable.tick(13), timetable.ticks_over(503.5)
    (500.0, 503.0, 14)
    """

    def __init__(self, pace: Pace, clock: Clock, first_tick: int = 0, *, on_clock: bool = False) -> None:
        self._rate = pace.rate
        self._speed = pace.speed or 1.0
        self._clock = clock
        self._first_tick = first_tick
        self._on_clock = on_clock
        self._anchor = clock.timestamp(first_tick) / 1000 if on_clock else None

    @property
    def known(self) -> bool:
        """Whether due times are known yet: :meth:`begin` was called, or ticks are due at their timestamps."""
        return self._anchor is not None

    def begin(self, now: float) -> None:
        """Make the first tick or record due now, unless its due time is known already."""
        if self._anchor is None:
            self._anchor = now

    def postpone(self, seconds: float) -> None:
        """Postpone everything by so many seconds."""
        self._anchor = self._anchored_at() + seconds

    def tick(self, tick: int) -> float:
        """When a tick is due; with a rate, immediately."""
        if self._on_clock:
            # Not from the anchor: whatever was postponed, with event time on the wall clock a tick is due at its own
            # time.
            return self._clock.timestamp(tick) / 1000
        return self._anchored_at() + (0.0 if self._rate else self._lasts(tick - self._first_tick))

    def record(self, number: int) -> float:
        """When a record is due, counted from 0; with a speed, immediately."""
        return self._anchored_at() + (number / self._rate if self._rate else 0.0)

    def ticks_in(self, seconds: float) -> int:
        """How many ticks become due in so many seconds, at least one."""
        return max(1, int(seconds * 1000 * self._speed / self._clock.tick_ms))

    def ticks_over(self, now: float) -> int:
        """The first tick that is not due yet."""
        # A tick is due at its begin, so the first one is due at the anchor; hence one more than the ticks that have
        # passed.
        return self._first_tick + 1 + int((now - self._anchored_at()) * 1000 * self._speed // self._clock.tick_ms)

    def after(self, due: float) -> float:
        """When the next tick or record is due after one that is due at ``due``."""
        return due + (1 / self._rate if self._rate else self._lasts(1))

    def _lasts(self, ticks: int) -> float:
        return ticks * self._clock.tick_ms / 1000 / self._speed

    def _anchored_at(self) -> float:
        if self._anchor is None:
            raise RuntimeError("the schedule has not begun")
        return self._anchor


def check_pace(pace: Pace, late: str, *, on_clock: bool) -> None:
    """Check that the options for keeping time can be combined.

    Args:
        pace: the speed or rate.
        late: ``catch-up`` or ``stretch``.
        on_clock: whether event time is the wall clock.

    Raises:
        ModelError: they cannot.
    """
    checked_late(late)
    if on_clock and pace.speed != 1.0:
        raise ModelError(
            "pace", f"{pace.text!r} cannot be kept when event time is the wall clock. Hint: use 'realtime'"
        )
    if on_clock and late == STRETCH:
        raise ModelError("late", f"{late!r} cannot be used when event time is the wall clock. Hint: use {CATCH_UP!r}")


PIECE = 0.1
"""Seconds of wall time whose records are delivered together."""
MOST_RECORDS = 2**18
"""The most records that are delivered together, however many are late."""


class Portions:
    """How many ticks, with a speed, or records, with a rate, are delivered together.

    Any thread may ask while another delivers.

    Args:
        pace: the speed or rate.
        late: ``catch-up`` or ``stretch``.
        due_times: when ticks are due.
        now: a clock, in seconds.

    Attributes:
        delivered_due: due time of the latest delivery; None before the first.
    """

    def __init__(self, pace: Pace, late: str, due_times: DueTimes, now: Callable[[], float]) -> None:
        self.delivered_due: float | None = None
        self._pace = pace
        self._late = late
        self._due_times = due_times
        self._now = now

    def longest(self, start: int) -> int:
        """How many ticks may be delivered together, beginning with ``start``; with a rate there is no limit.

        These are as many as are due in a tenth of a second, at least one. If the run is behind schedule and may catch
        up, they are all that are due by now; the engine limits them to what it has room for.
        """
        if self._pace.speed is None:
            return ENDLESS
        piece = self._due_times.ticks_in(PIECE)
        if self._late == STRETCH or not self._due_times.known:
            return piece
        # All that is late in one window: small windows cost time for each, and a run that is behind needs it.
        return max(piece, self._due_times.ticks_over(self._now()) - start)

    def records(self) -> int | None:
        """About how many records to deliver together; None with a speed.

        These are as many as are due in a tenth of a second, at least one. If the run is behind schedule and may catch
        up, they are all that have become due since the last delivery, up to a limit.
        """
        if self._pace.rate is None:
            return None
        last = self.delivered_due
        # With stretch nothing is made up for, so a late run must not deliver more at once either.
        since = 0.0 if last is None or self._late == STRETCH else self._now() - last
        return max(1, min(MOST_RECORDS, int(self._pace.rate * max(PIECE, since))))

    def pieces(self, count: int) -> Iterator[slice]:
        """Cut so many records into pieces, each of at most as many as :meth:`records` allows at that moment."""
        first = 0
        while first < count:
            last = min(count, first + (self.records() or count))
            yield slice(first, last)
            first = last
