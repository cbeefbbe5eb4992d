"""Walks a machine until the last sink is closed, and checks that what was generated was delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

from doge_datagen.engine.interpreted import Walk
from doge_datagen.errors import DeliveryError
from doge_datagen.model import Collector, Machine, Transition
from doge_datagen.model.named import named
from doge_datagen.run.closing import closing, sinks_of
from doge_datagen.run.report import Progress, ProgressListener, RunReport, SinkReport
from doge_datagen.run.schedule import Schedule
from doge_datagen.run.turn import Turn

SECONDS_BETWEEN_PROGRESS = 0.1


def run(
    machine: Machine,
    prepare: Callable[[], Walk],
    *,
    at_tick: Callable[[int], Any],
    progress: ProgressListener | None = None,
    schedule: Schedule | None = None,
    stop: Callable[[], bool] | None = None,
) -> RunReport:
    """Walk to the end, close the sinks and give the account.

    Args:
        machine: its sinks are closed whatever happens.
        prepare: makes the walk.
        at_tick: told of each tick in which somebody wakes, before anything happens in it, and in the end of the one
            after the last.
        progress: told now and then how far the run is, and once at its end.
        schedule: says when a tick is due; it begins with the first. None for at once.
        stop: asked before each tick; True ends the run there.

    Raises:
        DeliveryError: a sink that counts what it delivers has not delivered what it was told, without saying so.
        Exception: whatever ``prepare``, a callback or a sink raises, after the sinks are closed.
    """
    started = monotonic()
    sinks = sinks_of(machine)
    before = [_delivered_by(sink) or 0 for sink in sinks]  # a sink may have delivered other events already
    with closing(sinks):
        walk = prepare()
        _follow(walk, Turn(walk, schedule, stop), at_tick, progress)
    reports = tuple(_sink_report(walk, sink, earlier) for sink, earlier in zip(sinks, before, strict=True))
    return _report(walk, reports, schedule, monotonic() - started)


def _follow(walk: Walk, turn: Turn, at_tick: Callable[[int], Any], progress: ProgressListener | None) -> None:
    report_at, following = monotonic(), 0
    for tick in walk:
        if not turn.comes(tick):
            break
        at_tick(tick)
        following = tick + 1
        if progress is not None and monotonic() >= report_at:
            progress(_progress(walk, tick, turn))
            report_at = monotonic() + SECONDS_BETWEEN_PROGRESS
    else:
        following = walk.clock.ticks
    turn.over()
    at_tick(following)
    if progress is not None:
        progress(_progress(walk, following, turn))


def _progress(walk: Walk, over: int, turn: Turn) -> Progress:
    return Progress(over, walk.clock.ticks, sum(walk.counts), lag=turn.lag)


def _report(walk: Walk, sinks: tuple[SinkReport, ...], schedule: Schedule | None, seconds: float) -> RunReport:
    events = sum(walk.counts)
    confirmed = events if all(it.delivered is not None for it in sinks) else None
    return RunReport(
        seed=walk.seed,
        events=events,
        transitions={(t.from_state, t.trigger): count for t, count in _happened(walk)},
        sinks=sinks,
        seconds=seconds,
        pace=None if schedule is None else schedule.report(generated=events, acknowledged=confirmed),
    )


def _sink_report(walk: Walk, sink: Collector, earlier: int) -> SinkReport:
    generated = sum(count for transition, count in _happened(walk) for told in transition.event_sinks if told is sink)
    delivered = _delivered_by(sink)
    if delivered is None:
        return SinkReport(sink, generated, None)
    if delivered - earlier != generated:
        causes = {"the sink raised no error": generated - (delivered - earlier)}
        raise DeliveryError(named(sink), accepted=generated, delivered=delivered - earlier, causes=causes)
    return SinkReport(sink, generated, generated)


def _happened(walk: Walk) -> Iterator[tuple[Transition, int]]:
    return zip(walk.machine.transitions(), walk.counts, strict=True)


def _delivered_by(sink: Collector) -> int | None:
    delivered = getattr(sink, "delivered", None)
    return delivered if isinstance(delivered, int) else None
