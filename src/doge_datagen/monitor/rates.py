"""How fast a run is: over its last seconds, not since its beginning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doge_datagen.run.report import Progress

SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Rates:
    """A second's worth.

    Attributes:
        events: of the whole run.
        records: by stream.
    """

    events: float = 0.0
    records: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """What had been counted at one moment.

    Attributes:
        at: seconds of a clock that only goes on.
        events: of the whole run.
        records: by stream.
    """

    at: float
    events: int
    records: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RecentRates:
    """The counts of the last seconds, and one from before, so that there is always a stretch to measure.

    >>> recent = RecentRates().after(10.0, Progress(1, 9, 100)).after(12.0, Progress(2, 9, 300))
    >>> recent.rates(12.0).events, recent.rates(14.0).events
    (100.0, 50.0)
    """

    counts: tuple[Counts, ...] = ()

    def after(self, at: float, progress: Progress) -> RecentRates:
        """With what is counted now; what is too old to be of use is left out."""
        counts = (*self.counts, Counts(at, progress.events, dict(progress.records)))
        first = sum(it.at <= at - SECONDS for it in counts[:-1])
        return RecentRates(counts[max(first - 1, 0) :])

    def rates(self, now: float) -> Rates:
        """Rates up to now: where nothing more is counted they sink."""
        if len(self.counts) < 2:
            return Rates()
        before = [it for it in self.counts[:-1] if it.at <= now - SECONDS]
        base, last = (before or self.counts)[-1 if before else 0], self.counts[-1]
        seconds = max(now - base.at, 1e-3)
        records = {name: (count - base.records.get(name, 0)) / seconds for name, count in last.records.items()}
        return Rates((last.events - base.events) / seconds, records)
