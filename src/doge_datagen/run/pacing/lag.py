"""How late a paced run is: the meter of its lags, their quantiles, the alert, and how well the pace was kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import NamedTuple

from doge_datagen.run.pacing.pace import Pace

SHORTEST = 0.001
LONGEST = 10 * 86_400.0
GROWTH = 1.1
BUCKETS = ceil(log(LONGEST / SHORTEST) / log(GROWTH))


class LagHistogram:
    """Quantiles of lags in seconds, in constant memory however many there are.

    Lags are counted in buckets, each 10 % wider than the one before. A quantile is the geometric middle of the bucket
    that holds the exact value, so it is at most 5 % off between 1 ms and 10 days. Lags below 1 ms count as 0, those
    above 10 days as the longest. The longest lag is exact.

    >>> lags = LagHistogram()
    >>> for lag in (0.0002, 0.02, 0.5, 4.0):
    ...     lags.add(lag)
    >>> lags.quantile(0.25), round(lags.quantile(0.5), 3), lags.longest
    (0.0, 0.02, 4.0)
    """

    def __init__(self) -> None:
        self.count = 0
        self.longest: float | None = None
        self._buckets = [0] * (BUCKETS + 2)  # the first is for lags below the range, the last for those above

    def add(self, lag: float) -> None:
        """Count one lag, 0 or more seconds."""
        self.count += 1
        self.longest = lag if self.longest is None else max(self.longest, lag)
        self._buckets[_bucket(lag)] += 1

    def quantile(self, share: float) -> float | None:
        """The lag that this fraction of all lags, above 0 and at most 1, does not exceed; None if there is none."""
        if self.longest is None:
            return None
        # The nearest-rank definition: the smallest lag that this share of all lags does not exceed.
        rank, bucket = ceil(share * self.count - 1e-9), 0  # 0.07 * 100 is slightly above 7, and must not round up to 8
        below = self._buckets[0]
        while below < rank:
            bucket += 1
            below += self._buckets[bucket]
        # The middle of a bucket may be above all lags in it.
        return min(_middle(bucket), self.longest)


def _bucket(lag: float) -> int:
    if lag < SHORTEST:
        return 0
    return min(1 + int(log(lag / SHORTEST) / log(GROWTH)), BUCKETS + 1)


def _middle(bucket: int) -> float:
    if bucket == 0:
        return 0.0
    # The geometric middle is off by the same factor at both ends of a bucket.
    return float("inf") if bucket > BUCKETS else SHORTEST * GROWTH ** (bucket - 1) * sqrt(GROWTH)


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
    counts, not its confirmation: a destination may be slow to answer and still keep up.

    >>> behind = LagAlert(Pace.parse('5000/s'))
    >>> for second in range(10):
    ...     behind.record(Seen(now=second, done=0.62 * second, late=0.38 * second))
    >>> behind.message()
    '3.4 s behind schedule: asked for 5,000 records/s, the run reaches 3,100/s'
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._best: Seen | None = None  # the delivery with the least lag in this episode
        self._last: Seen | None = None
        self._reported = False

    def record(self, seen: Seen) -> None:
        """Take a delivery into account."""
        if seen.late <= ALLOWED:
            self._best, self._reported = None, False
        # The least lag of the episode: as long as there is a new one from time to time, the run catches up.
        elif self._best is None or seen.late < self._best.late:
            # Within a burst the lag falls from piece to piece, which is not catching up; so its first moment stays.
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
            # From this delivery on lag is measured: what was due before is backfill and was late on purpose.
            self._present = due
        if self._present is not None:
            self._alert.record(seen)

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


@dataclass(frozen=True, slots=True)
class PaceReport:
    """How well a run kept its pace.

    Attributes:
        asked: the pace that was asked for.
        reached: the pace that was reached, in the same form; None if nothing was delivered.
        generated_per_second: records generated per second of wall time, from the first delivery to the end of the run;
            for a generator, events.
        confirmed_per_second: records confirmed by the destinations, per second; None if a sink does not count them.
        lag_max: the longest lag, in seconds, when the sinks had taken the records; exact. None if there was none to
            measure: nothing was delivered, or only what was in the past when the run began.
        lag_p50: the median lag in seconds, within 5 %; 0 if it is below 1 ms.
        lag_p99: the 99th percentile, as ``lag_p50``.
        commit_lag_max: the longest lag, in seconds, when the records of a named run were committed, which makes them
            visible at their destination. None if nothing was committed.
        commit_lag_p50: as ``lag_p50``, but at the commit.
        commit_lag_p99: as ``lag_p99``, but at the commit.
        late: what happened to the schedule when something was late: ``catch-up`` or ``stretch``.
        stretched: seconds by which the schedule was postponed in total.
    """

    asked: str
    reached: str | None
    generated_per_second: float
    confirmed_per_second: float | None
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
        """Whether the median lag is at most a second, and the schedule was postponed by no more than that."""
        return self.stretched <= ALLOWED and (self.lag_p50 or 0.0) <= ALLOWED
