"""Schedules on a clock that only sleeping moves, and what is delivered by them."""

import itertools
from typing import NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from doge_datagen.model import ENDLESS, Clock
from doge_datagen.run.pacing.pace import Pace
from doge_datagen.run.pacing.schedule import Schedule

CLOSE = 1e-6
SECONDS = Clock(start=0, tick_ms=1000)
MILLISECONDS = Clock(start=0, tick_ms=1)
DAY = 86_400
quick = settings(max_examples=40)
costs = st.lists(st.sampled_from([0.0, 0.01, 0.3, 5.0]) | st.floats(0, 2), min_size=1, max_size=20)


def schedule(text, wall, clock=SECONDS, first_tick=0, **kwargs):
    return Schedule(Pace.parse(text), clock, first_tick, now=wall.now, sleep=wall.sleep, **kwargs)


class Delivered(NamedTuple):
    """A delivered window or piece: its time, its range, when it was due, and the lag reported afterwards."""

    at: float
    start: int
    end: int
    due: float
    lag: float | None


def dispatch(plan, wall, ticks, *, first=0, most=ENDLESS, make=0.0, deliver=lambda _: 0.0):
    """A run with a speed; ``deliver`` returns how long it takes to deliver the window with a number."""
    delivered, start = [], first
    while start < ticks:
        end = min(ticks, start + min(plan.portions.longest(start), most))
        wall.work(make)
        plan.begin()
        due = plan.due(end)
        assert plan.wait(due)
        at = wall.time
        wall.work(deliver(len(delivered)))
        plan.lag.done(due)
        delivered.append(Delivered(at, start, end, due, plan.lag.latest))
        start = end
    return delivered


def deliver_records(plan, wall, count, *, deliver=lambda _: 0.0):
    """A run with a rate and one batch."""
    delivered = []
    for piece in plan.portions.pieces(count):
        due = plan.due_records(piece.stop - 1)
        assert plan.wait(due)
        at = wall.time
        wall.work(deliver(len(delivered)))
        plan.lag.done(due)
        delivered.append(Delivered(at, piece.start, piece.stop, due, plan.lag.latest))
    return delivered


def without_a_gap(delivered):
    return all(before.end == after.start < after.end for before, after in itertools.pairwise(delivered))
