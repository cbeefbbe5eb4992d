"""Claims the destinations of a run, and works out from their positions where it starts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import time

from doge_datagen.program.program import Program
from doge_datagen.run.delivery.delivery import Delivery
from doge_datagen.run.pacing.clock_lead import clock_lead
from doge_datagen.run.resuming.run_start import RunStart, resolve_run_start
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.stages import Stage

log = logging.getLogger(__name__)

LOST = (
    "%s has records already, but no position of run %s, which therefore starts there with its first tick. If the "
    "records are from this run, its position was lost (was doge_positions, or its row in doge_position, deleted?) and "
    "all of them WILL BE DUPLICATED: stop the run, then empty the destination, or choose another one and another run "
    "ID. If they are from other runs, nothing is wrong"
)


def claim_destinations(program: Program, stages: Sequence[Stage], how: RunConfig, delivery: Delivery) -> RunStart:
    """Claim all destinations, set the delivery to their positions, and resolve what to run.

    Args:
        program: the model.
        stages: what the records pass.
        how: the options of the run.
        delivery: the open sinks.

    Raises:
        ModelError: a position is from a run of another model, seed or start, or with other stages.
        SinkError: another process is running this run, or a position cannot be read.
    """
    if seen := delivery.seen():  # reject a different run before its claim disturbs a process that is running
        resolve_run_start(program, how, seen, stages)
    positions = delivery.claimed()
    course = resolve_run_start(program, how, positions, stages)
    delivery.begin({stream: it.ticks for stream, it in positions.items()}, course.spec.clock.ticks)
    _warn_of_repeats(how.run_id, delivery)
    for place in delivery.strange(positions):
        log.warning(LOST, place, how.run_id)
    _warn_ahead(course, how, delivery)
    return course


def _warn_of_repeats(run_id: str | None, delivery: Delivery) -> None:
    streams = delivery.at_least_once() if run_id is not None else []
    if streams:
        problem = "destinations without a position: records are delivered at least once, possibly twice after resuming"
        log.warning("run %s: %s go to %s", run_id, ", ".join(streams), problem)


def _warn_ahead(course: RunStart, how: RunConfig, delivery: Delivery) -> None:
    ahead_ms = clock_lead(course.spec.clock, how, delivery.first_tick, time() * 1000)
    if ahead_ms is not None and ahead_ms > 0:
        delivery.warn_ahead(ahead_ms)
