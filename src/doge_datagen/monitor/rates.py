"""Calculate the rates of a run over its last seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doge_datagen.run.reporting.report import Progress

SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates per second.

    Attributes:
        events: events of the whole run per second.
        records: records per second, by stream.
    """

    events: float = 0.0
    records: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of a run at one moment.

    Attributes:
        at: seconds of a monotonic clock.
        events: events of the whole run.
        records: records by stream.
    """

    at: float
    events: int
    records: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RecentRates:
    """The counts of the last seconds and one from before, so that there is always an interval to measure.

    >>> recent = RecentRates().after(10.0, Progress(1, 9, 100)).after(12.0, Progress(2, 9, 300))
    >>> recent.rates(12.0).events, recent.rates(14.0).events
    (100.0, 50.0)
    """

    counts: tuple[Counts, ...] = ()

    def after(self, at: float, progress: Progress) -> RecentRates:
        """Add the current counts, and drop those that are too old."""
        counts = (*self.counts, Counts(at, progress.events, dict(progress.records)))
        first = sum(it.at <= at - SECONDS for it in counts[:-1])
        return RecentRates(counts[max(first - 1, 0) :])

    def rates(self, now: float) -> Rates:
        """The rates up to now; they fall while no new counts arrive."""
        if len(self.counts) < 2:
            return Rates()
        before = [it for it in self.counts[:-1] if it.at <= now - SECONDS]
        base, last = (before or self.counts)[-1 if before else 0], self.counts[-1]
        seconds = max(now - base.at, 1e-3)
        records = {name: (count - base.records.get(name, 0)) / seconds for name, count in last.records.items()}
        return Rates((last.events - base.events) / seconds, records)
