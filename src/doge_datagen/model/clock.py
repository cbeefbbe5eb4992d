"""The clock of a run: when it starts, how long a tick is and how many ticks there are."""

from __future__ import annotations

from dataclasses import dataclass

from doge_datagen.model.coercion import plain_whole

ENDLESS = 2**48
"""The number of ticks of a run without an end: the most that draws can distinguish, 9,000 years of milliseconds."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Converts ticks to timestamps.

    Attributes:
        start: timestamp of the first tick, in milliseconds since the epoch.
        tick_ms: length of a tick in milliseconds, above 0.
        ticks: number of ticks, 0 or more; ``ENDLESS`` for a run without an end.

    >>> Clock(start=1644549708000, tick_ms=60000, ticks=1000).timestamp(1)
    1644549768000
    """

    start: int
    tick_ms: int
    ticks: int = ENDLESS

    def __post_init__(self) -> None:
        for name in ("start", "tick_ms", "ticks"):
            object.__setattr__(self, name, plain_whole(getattr(self, name)))

    def timestamp(self, tick: int) -> int:
        """Return the timestamp of a tick in milliseconds since the epoch; the first tick is 0."""
        return self.start + tick * self.tick_ms
