"""Before the first tick: finds the destinations of a run, opens its folder and its sinks, and claims them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from time import time
from typing import Any, NamedTuple

from doge_datagen.engine.memory_check import check_memory, machine
from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.model.destination import CONSOLE, Destination
from doge_datagen.model.spec import Spec
from doge_datagen.program.program import Program
from doge_datagen.run.delivery.delivery import Delivery
from doge_datagen.run.delivery.retry import Retry
from doge_datagen.run.delivery.sink_lifecycle import (
    OpenSink,
    SinkOrDestination,
    already_open,
    closing,
    discarding,
    open_all,
)
from doge_datagen.run.resuming.checkpoint_store import CheckpointStore, checkpoint_store_of
from doge_datagen.run.resuming.run_start import RunStart, resolve_run_start, with_run_times
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.simulation.engine_choice import INTERPRETED
from doge_datagen.run.stages import Stage, output_streams


def destinations_of(spec: Spec, target: str | None) -> dict[str, Destination]:
    """The destination of each stream for a target; for None, the model's first target, or the screen if it has none.

    Raises:
        ModelError: there is no target of that name.
    """
    if target is None:
        first = next(iter(spec.targets), None)
        return dict.fromkeys(spec.streams, Destination(CONSOLE)) if first is None else dict(spec.targets[first])
    if target not in spec.targets:
        raise ModelError("target", f"{target!r} is not a target. Hint: {did_you_mean(target, spec.targets)}")
    return dict(spec.targets[target])


def given_destinations(spec: Spec, given: Mapping[str, Any]) -> dict[str, SinkOrDestination]:
    """The destinations that a caller gives by stream, each an open sink or any form of a ``Destination``.

    Raises:
        ModelError: a stream is unknown, or a destination is invalid.
    """
    for stream in given:
        check_stream(spec, stream)
    return {stream: it if is_sink(it) else Destination.of(it) for stream, it in given.items()}


def check_stream(spec: Spec, stream: str) -> None:
    """Check that the model has a stream of this name.

    Raises:
        ModelError: it has not.
    """
    if stream not in spec.streams:
        raise ModelError("streams", f"{stream!r} is not a stream. Hint: {did_you_mean(stream, spec.streams)}")


def is_sink(given: object) -> bool:
    """Whether this is an open sink rather than the description of a destination."""
    return callable(getattr(given, "write", None))


class OpenRun(NamedTuple):
    """The resources of a run that is about to start.

    Attributes:
        program: the model.
        sinks: by stream, open.
        folder: for checkpoints; None if none are kept.
    """

    program: Program
    sinks: dict[str, OpenSink]
    folder: CheckpointStore | None


@contextmanager
def open_run(
    program: Program,
    destinations: Mapping[str, SinkOrDestination],
    config: RunConfig,
    retry: Retry,
    stages: Sequence[Stage] = (),
) -> Iterator[OpenRun]:
    """Open the resources of a run; its sinks are closed at the end of the block, or discarded if it cannot start.

    Everything that can be checked without opening a destination is checked first.

    Raises:
        ModelError: a destination, the pace or the end is invalid, or the subjects do not fit in memory.
        MissingDriverError: a package is missing.
        SinkError: a destination cannot be opened, or another process on this machine is running this run.
    """
    with ExitStack() as stack:
        # Sinks that the caller has opened are ours to end from here on, also if nothing of ours is opened.
        with discarding(already_open(destinations)):
            _check_pace(config, destinations)
            with_run_times(program, config)  # rejects an end before the start before anything is opened
            # Before the sinks: its lock refuses a second process on this machine, before that claims anything.
            folder = stack.enter_context(checkpoint_store_of(config.run_id))
            check_memory(program, compiled=config.engine != INTERPRETED, has=machine(), warn=False)  # the engine warns
            sinks = open_all(output_streams(program, stages), destinations, config, retry)
        # After the folder, and so closed before it: the lock is released when nothing is delivered any more.
        stack.enter_context(closing(list(sinks.values())))
        yield OpenRun(program, sinks, folder)


def _check_pace(config: RunConfig, destinations: Mapping[str, SinkOrDestination]) -> None:
    """Check that the stream whose records a rate counts has a destination."""
    stream = config.counted
    if stream is not None and stream not in destinations:
        raise ModelError(
            "pace", f"there is no stream {stream!r} with a destination. Hint: {did_you_mean(stream, destinations)}"
        )


log = logging.getLogger(__name__)

LOST = (
    "%s has records already, but no position of run %s, which therefore starts there with its first tick. If the "
    "records are from this run, its position was lost (was doge_positions, or its row in doge_position, deleted?) and "
    "all of them WILL BE DUPLICATED: stop the run, then empty the destination, or choose another one and another run "
    "ID. If they are from other runs, nothing is wrong"
)


def claim_destinations(program: Program, stages: Sequence[Stage], config: RunConfig, delivery: Delivery) -> RunStart:
    """Claim all destinations, set the delivery to their positions, and resolve what to run.

    Args:
        program: the model.
        stages: what the records pass.
        config: the options of the run.
        delivery: the open sinks.

    Raises:
        ModelError: a position is from a run of another model, seed or start, or with other stages.
        SinkError: another process is running this run, or a position cannot be read.
    """
    # A different run is rejected before its claim disturbs a process that is running.
    if seen := delivery.positions_before_claim():
        resolve_run_start(program, config, seen, stages)
    # Read again: what was seen before the claim may have moved on since.
    positions = delivery.claim()
    # Checked again with the claimed positions, which may be of more streams than could be seen before.
    run_start = resolve_run_start(program, config, positions, stages)
    delivery.begin({stream: it.ticks for stream, it in positions.items()}, run_start.spec.clock.ticks)
    _warn_of_repeats(config.run_id, delivery)
    # A warning and no error: a topic or table may well hold records of other runs.
    for destination in delivery.with_records_only(positions):
        log.warning(LOST, destination, config.run_id)
    _warn_ahead(run_start, config, delivery)
    return run_start


def _warn_of_repeats(run_id: str | None, delivery: Delivery) -> None:
    streams = delivery.at_least_once() if run_id is not None else []
    if streams:
        problem = "destinations without a position: records are delivered at least once, possibly twice after resuming"
        log.warning("run %s: %s go to %s", run_id, ", ".join(streams), problem)


def _warn_ahead(run_start: RunStart, config: RunConfig, delivery: Delivery) -> None:
    ahead_ms = clock_lead(run_start.spec.clock, config, delivery.first_tick, time() * 1000)
    if ahead_ms is not None and ahead_ms > 0:
        delivery.warn_ahead(ahead_ms)


A_DAY = 86_400_000


def clock_lead(clock: Clock, config: RunConfig, first_tick: int, now: float) -> int | None:
    """The most milliseconds by which records are dated ahead of the wall clock; None if that is unknown.

    Without a pace, all records are assumed to be delivered at once; so they are with a rate, since it is unknown how
    long the run will take. With a speed, event time moves that much faster than the wall clock. For a run without an
    end, this is the lead after one day.

    Args:
        clock: the ticks of the run.
        config: the options of the run, with its pace.
        first_tick: the tick that the run starts with.
        now: the time, in milliseconds since the epoch.

    >>> clock_lead(Clock(start=0, tick_ms=1000, ticks=7200), RunConfig(), 0, now=0)
    7199000
    >>> clock_lead(Clock(start=0, tick_ms=1000, ticks=7200), RunConfig(pace='2x'), 0, now=0)
    3599500
    """
    if config.is_on_clock:
        return 0
    pace, begins = config.paced, clock.timestamp(first_tick)
    speed = None if pace is None else pace.speed
    if clock.ticks == ENDLESS:
        return None if speed is None else int(begins - now + A_DAY * max(0.0, speed - 1))
    ends = clock.timestamp(max(first_tick, clock.ticks - 1))
    return int(begins - now + (ends - begins) * (1 if speed is None else max(0.0, 1 - 1 / speed)))
