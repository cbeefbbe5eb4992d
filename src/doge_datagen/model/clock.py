"""The clock of a run: when it starts, how long a tick is and how many ticks there are."""

from __future__ import annotations

from dataclasses import dataclass, field

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
        warm_up: how many milliseconds before ``start`` subjects live already; nothing is emitted of that time.
        origin: the moment from which ticks are counted and rhythms grow, if it is not ``start``.

    >>> Clock(start=1644549708000, tick_ms=60000, ticks=1000).timestamp(1)
    1644549768000
    """

    start: int
    tick_ms: int
    ticks: int = ENDLESS
    attempt_ms: int | None = None
    warm_up: int = 0
    origin: int | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("start", "tick_ms", "ticks", "warm_up"):
            object.__setattr__(self, name, plain_whole(getattr(self, name)))

    def in_milliseconds(self) -> Clock:
        """The same clock with ticks of a millisecond, and attempts once per tick of this one.

        >>> Clock(0, 60000, 1000).in_milliseconds()
        Clock(start=0, tick_ms=1, ticks=60000000, attempt_ms=60000, warm_up=0)
        """
        if self.tick_ms == 1 or not isinstance(self.tick_ms * self.ticks, int):
            return self
        ticks = ENDLESS if self.ticks >= ENDLESS else self.ticks * self.tick_ms
        return Clock(self.start, 1, ticks, self.tick_ms, self.warm_up, self.origin)

    def with_warm_up(self) -> Clock:
        """The clock of an engine, whose first tick is that of the warm-up.

        >>> Clock(60000, 1000, 10, warm_up=5000).with_warm_up()
        Clock(start=55000, tick_ms=1000, ticks=15, attempt_ms=None, warm_up=0)
        """
        if not self.warm_up:
            return self
        ticks = min(ENDLESS, self.ticks + self.warm_up // self.tick_ms)
        return Clock(self.start - self.warm_up, self.tick_ms, ticks, self.attempt_ms, 0, self.start)

    @property
    def warm_up_ticks(self) -> int:
        """How many ticks of a warm-up come first, where the first tick is that of the warm-up."""
        return 0 if self.origin is None else (self.origin - self.start) // self.tick_ms

    def in_attempts(self) -> Clock:
        """The reverse of :meth:`in_milliseconds`, rounded up: the same clock with a tick for each attempt.

        >>> Clock(0, 1, 150000, attempt_ms=60000).in_attempts()
        Clock(start=0, tick_ms=60000, ticks=3, attempt_ms=None, warm_up=0)
        """
        if self.attempt_ms is None:
            return self
        ticks = ENDLESS if self.ticks >= ENDLESS else -(-self.ticks // self.attempt_ms)
        return Clock(self.start, self.attempt_ms, ticks, None, self.warm_up, self.origin)

    def timestamp(self, tick: int) -> int:
        """Return the timestamp of a tick in milliseconds since the epoch; the first tick is 0."""
        return self.start + tick * self.tick_ms
