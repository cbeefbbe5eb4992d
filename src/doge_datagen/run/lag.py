"""How late things were: counted in buckets that grow by a tenth each, so that a long run takes no more room."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, sqrt
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


class LagAlert:
    """Watches how late things are handed on; an episode lasts as long as that is more than a second.

    In each episode it is told once, as soon as it has not got better for five seconds: a run that catches up needs no
    telling. How late something is acknowledged says nothing here: a place may take its time and yet keep up.

    >>> behind = LagAlert(Pace.parse('5000/s'))
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


SHORTEST = 0.001
LONGEST = 10 * 86_400.0
GROWTH = 1.1
BUCKETS = ceil(log(LONGEST / SHORTEST) / log(GROWTH))


class LagHistogram:
    """Lags in seconds, and their quantiles, in the same small room however many there are.

    A quantile is the middle of the bucket that the exact one is in, so it is at most 5 % off from 1 ms to 10 days. What
    is below 1 ms counts as 0, what is above 10 days as the longest. The longest is exact.

    >>> lags = LagHistogram()
    >>> for lag in (0.0002, 0.02, 0.5, 4.0):
    ...     lags.add(lag)
    >>> lags.quantile(0.25), round(lags.quantile(0.5), 3), lags.longest
    (0.0, 0.02, 4.0)
    """

    def __init__(self) -> None:
        self.count = 0
        self.longest: float | None = None
        self._buckets = [0] * (BUCKETS + 2)  # the first for what is too short, the last for what is too long

    def add(self, lag: float) -> None:
        """Count one lag, 0 or more seconds."""
        self.count += 1
        self.longest = lag if self.longest is None else max(self.longest, lag)
        self._buckets[_bucket(lag)] += 1

    def quantile(self, share: float) -> float | None:
        """The lag that this share of all, above 0 and at most 1, does not exceed; None where there is none yet."""
        if self.longest is None:
            return None
        rank, bucket = ceil(share * self.count - 1e-9), 0  # 0.07 * 100 is a little above 7
        below = self._buckets[0]
        while below < rank:
            bucket += 1
            below += self._buckets[bucket]
        return min(_middle(bucket), self.longest)


def _bucket(lag: float) -> int:
    if lag < SHORTEST:
        return 0
    return min(1 + int(log(lag / SHORTEST) / log(GROWTH)), BUCKETS + 1)


def _middle(bucket: int) -> float:
    if bucket == 0:
        return 0.0
    return float("inf") if bucket > BUCKETS else SHORTEST * GROWTH ** (bucket - 1) * sqrt(GROWTH)


class Lateness:
    """How late things were when they were handed on, and those that wait for a commit, when it was over.

    >>> lateness = Lateness()
    >>> lateness.handed_on(due=10.0, now=10.5, held=True)
    >>> lateness.committed(now=12.0)
    >>> lateness.latest, lateness.at_commits.longest
    (0.5, 2.0)
    """

    def __init__(self) -> None:
        self.latest: float | None = None
        self.at_hand_over = LagHistogram()
        self.at_commits = LagHistogram()
        self._held: list[float] = []

    def handed_on(self, due: float, now: float, *, held: bool) -> None:
        """What was due then is with the sinks now; ``held`` where it waits for a commit."""
        self.latest = max(0.0, now - due)
        self.at_hand_over.add(self.latest)
        if held:
            self._held.append(due)

    def committed(self, now: float) -> None:
        """All that waited for a commit is there now."""
        for due in self._held:
            self.at_commits.add(max(0.0, now - due))
        self._held.clear()


@dataclass(frozen=True, slots=True)
class PaceReport:
    """How well a run kept its pace.

    Attributes:
        asked: the pace, as it was asked for.
        reached: what came of it until the last was handed on, in the same words; None where nothing was.
        generated_per_second: records that were made, by second of wall time, from the first handed on to the end of the
            run; of a generator, events.
        acknowledged_per_second: those that are confirmed at their places; None where a sink does not count.
        lag_max: the longest that anything was late when the sinks had taken it, in seconds; exact. None where nothing
            was measured: nothing was handed on, or all of it was of the past already when the run began.
        lag_p50: half of what was handed on was not later than this; at most 5 % off from 1 ms on, 0 below.
        lag_p99: as ``lag_p50``, 99 of 100.
        commit_lag_max: the same when it was committed, of a run with a name: only then it can be seen at its place.
            None where nothing was.
        commit_lag_p50: as ``lag_p50``, when it was committed.
        commit_lag_p99: as ``lag_p99``, when it was committed.
        late: what was to become of the schedule when something was late, ``catch-up`` or ``stretch``.
        stretched: seconds by which the schedule was put off in all.
    """

    asked: str
    reached: str | None
    generated_per_second: float
    acknowledged_per_second: float | None
    lag_max: float | None
    lag_p50: float | None
    lag_p99: float | None
    commit_lag_max: float | None
    commit_lag_p50: float | None
    commit_lag_p99: float | None
    late: str
    stretched: float

    @property
    def kept(self) -> bool:
        """Whether half of it came within a second, and the schedule was put off by no more than that."""
        return self.stretched <= ALLOWED and (self.lag_p50 or 0.0) <= ALLOWED
