"""How much of a paced run is delivered together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from doge_datagen.model.clock import ENDLESS
from doge_datagen.run.pacing.due_times import DueTimes
from doge_datagen.run.pacing.pace import STRETCH, Pace

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
        return max(piece, self._due_times.ticks_over(self._now()) - start)

    def records(self) -> int | None:
        """About how many records to deliver together; None with a speed.

        These are as many as are due in a tenth of a second, at least one. If the run is behind schedule and may catch
        up, they are all that have become due since the last delivery, up to a limit.
        """
        if self._pace.rate is None:
            return None
        last = self.delivered_due
        since = 0.0 if last is None or self._late == STRETCH else self._now() - last
        return max(1, min(MOST_RECORDS, int(self._pace.rate * max(PIECE, since))))

    def pieces(self, count: int) -> Iterator[slice]:
        """Cut so many records into pieces, each of at most as many as :meth:`records` allows at that moment."""
        first = 0
        while first < count:
            last = min(count, first + (self.records() or count))
            yield slice(first, last)
            first = last
