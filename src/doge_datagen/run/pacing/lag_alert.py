"""The alert that a paced run is behind schedule."""

from __future__ import annotations

from typing import NamedTuple

from doge_datagen.run.pacing.pace import Pace

ALLOWED = 1.0
"""Seconds of lag that do not count as being behind schedule."""
ALERT_AFTER = 5.0
"""Seconds without improvement after which a run counts as behind schedule."""
BURST = 0.5
"""Seconds within which deliveries count as one, from the first of them: the pieces of a window come in a burst."""


class Seen(NamedTuple):
    """A delivery.

    Attributes:
        now: when it is made, in seconds.
        done: how much of the schedule was delivered before it, in seconds from any origin.
        late: how many seconds late its first record is.
    """

    now: float
    done: float
    late: float


class LagAlert:
    """Detects that a run is behind schedule.

    An episode lasts as long as deliveries are more than a second late. There is one message per episode, as soon as the
    lag has not shrunk for five seconds: a run that is catching up needs no warning. Only the start of a delivery
    counts, not its acknowledgement: a destination may be slow to answer and still keep up.

    >>> behind = LagAlert(Pace.parse('5000/s'))
    >>> for second in range(10):
    ...     behind.see(Seen(now=second, done=0.62 * second, late=0.38 * second))
    >>> behind.message()
    '3.4 s behind schedule: asked for 5,000 records/s, the run reaches 3,100/s'
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._best: Seen | None = None  # the delivery with the least lag in this episode
        self._last: Seen | None = None
        self._reported = False

    def see(self, seen: Seen) -> None:
        """Take a delivery into account."""
        if seen.late <= ALLOWED:
            self._best, self._reported = None, False
        elif self._best is None or seen.late < self._best.late:
            first = self._best if self._best is not None and seen.now - self._best.now < BURST else seen
            self._best = first._replace(late=seen.late)
        self._last = seen

    def message(self) -> str | None:
        """The current lag, the pace that was asked for and the pace reached; None if all is well or it was reported."""
        best, last = self._best, self._last
        if best is None or last is None or self._reported or last.now - best.now < ALERT_AFTER:
            return None
        self._reported = True
        share = (last.done - best.done) / (last.now - best.now)
        return f"{last.late:,.1f} s behind schedule: {_asked_and_reached(self._pace, share)}"


def reached(pace: Pace, share: float) -> str:
    """A fraction of a pace, as text.

    >>> reached(Pace.parse('5000/s'), 0.62), reached(Pace.parse('60x'), 0.5)
    ('3,100/s', '30x')
    """
    return f"{_shown((pace.speed or 1.0) * share)}x" if pace.rate is None else f"{_shown(pace.rate * share)}/s"


def _asked_and_reached(pace: Pace, share: float) -> str:
    asked = pace.text if pace.rate is None else f"{_shown(pace.rate)} {pace.stream or 'records'}/s"
    return f"asked for {asked}, the run reaches {reached(pace, share)}"


def _shown(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
