"""How far ahead of the wall clock the records of a run are dated."""

from __future__ import annotations

from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.run.run_config import RunConfig

A_DAY = 86_400_000


def clock_lead(clock: Clock, how: RunConfig, first_tick: int, now: float) -> int | None:
    """The most milliseconds by which records are dated ahead of the wall clock; None if that is unknown.

    Without a pace, all records are assumed to be delivered at once; so they are with a rate, since it is unknown how
    long the run will take. With a speed, event time moves that much faster than the wall clock. For a run without an
    end, this is the lead after one day.

    Args:
        clock: the ticks of the run.
        how: the options of the run, with its pace.
        first_tick: the tick that the run starts with.
        now: the time, in milliseconds since the epoch.

    >>> clock_lead(Clock(start=0, tick_ms=1000, ticks=7200), RunConfig(), 0, now=0)
    7199000
    >>> clock_lead(Clock(start=0, tick_ms=1000, ticks=7200), RunConfig(pace='2x'), 0, now=0)
    3599500
    """
    if how.is_on_clock:
        return 0
    pace, begins = how.paced, clock.timestamp(first_tick)
    speed = None if pace is None else pace.speed
    if clock.ticks == ENDLESS:
        return None if speed is None else int(begins - now + A_DAY * max(0.0, speed - 1))
    ends = clock.timestamp(max(first_tick, clock.ticks - 1))
    return int(begins - now + (ends - begins) * (1 if speed is None else max(0.0, 1 - 1 / speed)))
