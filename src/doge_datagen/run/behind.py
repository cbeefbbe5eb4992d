"""Whether a run falls behind its schedule for good, told once."""

from __future__ import annotations

from typing import NamedTuple

from doge_datagen.run.pace import Pace

ALLOWED = 1.0
FOR_SO_LONG = 5.0
BURST = 0.5
"""Seconds in which what is handed on counts from its beginning: the pieces of one window come together."""


class Seen(NamedTuple):
    """Something that is handed on.

    Attributes:
        now: the moment.
        done: how far the schedule was carried before it, in seconds from whatever moment on.
        late: how late the first record of it is.
    """

    now: float
    done: float
    late: float


class Behind:
    """Watches how late things are handed on; an episode lasts as long as that is more than a second.

    In each episode it is told once, as soon as it has not got better for five seconds: a run that catches up needs no
    telling. How late something is acknowledged says nothing here: a place may take its time and yet keep up.

    >>> behind = Behind(Pace.parse('5000/s'))
    >>> for second in range(10):
    ...     behind.see(Seen(now=second, done=0.62 * second, late=0.38 * second))
    >>> behind.told()
    '3.4 s behind schedule: asked for 5,000 records/s, the run reaches 3,100/s'
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._best: Seen | None = None  # of this episode
        self._last: Seen | None = None
        self._told = False

    def see(self, seen: Seen) -> None:
        """Take note of something that is handed on."""
        if seen.late <= ALLOWED:
            self._best, self._told = None, False
        elif self._best is None or seen.late < self._best.late:
            first = self._best if self._best is not None and seen.now - self._best.now < BURST else seen
            self._best = first._replace(late=seen.late)
        self._last = seen

    def told(self) -> str | None:
        """How far behind, what was asked for and what is reached; None where all is well or it has been told."""
        best, last = self._best, self._last
        if best is None or last is None or self._told or last.now - best.now < FOR_SO_LONG:
            return None
        self._told = True
        share = (last.done - best.done) / (last.now - best.now)
        return f"{last.late:,.1f} s behind schedule: {_asked_and_reached(self._pace, share)}"


def reached(pace: Pace, share: float) -> str:
    """A share of a pace, in words.

    >>> reached(Pace.parse('5000/s'), 0.62), reached(Pace.parse('60x'), 0.5)
    ('3,100/s', '30x')
    """
    return f"{_said((pace.speed or 1.0) * share)}x" if pace.rate is None else f"{_said(pace.rate * share)}/s"


def _asked_and_reached(pace: Pace, share: float) -> str:
    asked = pace.text if pace.rate is None else f"{_said(pace.rate)} {pace.stream or 'records'}/s"
    return f"asked for {asked}, the run reaches {reached(pace, share)}"


def _said(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
