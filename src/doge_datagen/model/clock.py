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
        attempt_ms: how far apart the attempts of transitions with a probability are, in milliseconds, where ticks are
            milliseconds because other transitions happen at any moment; None if that is once per tick.

    >>> Clock(start=1644549708000, tick_ms=60000, ticks=1000).timestamp(1)
    1644549768000
    """

    start: int
    tick_ms: int
    ticks: int = ENDLESS
    attempt_ms: int | None = None

    def __post_init__(self) -> None:
        for name in ("start", "tick_ms", "ticks"):
            object.__setattr__(self, name, plain_whole(getattr(self, name)))

    def in_milliseconds(self) -> Clock:
        """The same clock with ticks of a millisecond, and attempts once per tick of this one.

        >>> Clock(0, 60000, 1000).in_milliseconds()
        Clock(start=0, tick_ms=1, ticks=60000000, attempt_ms=60000)
        """
        if self.tick_ms == 1 or not isinstance(self.tick_ms * self.ticks, int):
            return self
        ticks = ENDLESS if self.ticks >= ENDLESS else self.ticks * self.tick_ms
        return Clock(self.start, 1, ticks, self.tick_ms)

    def timestamp(self, tick: int) -> int:
        """Return the timestamp of a tick in milliseconds since the epoch; the first tick is 0."""
        return self.start + tick * self.tick_ms
