"""Opens everything that a run needs before its first tick: its folder and its sinks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from doge_datagen.engine.memory import check_memory, machine
from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.program.program import Program
from doge_datagen.run.delivery.delivery import OpenSink, SinkOrDestination, open_sinks, opened
from doge_datagen.run.delivery.retry import Retry
from doge_datagen.run.delivery.sink_lifecycle import closing, discarding
from doge_datagen.run.resuming.checkpoint_store import CheckpointStore, checkpoint_store_of
from doge_datagen.run.resuming.run_start import with_run_times
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.simulation.engine_choice import INTERPRETED
from doge_datagen.run.stage_chain import output_streams
from doge_datagen.run.stages import Stage


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
    how: RunConfig,
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
        with discarding(open_sinks(destinations)):
            _check_pace(how, destinations)
            with_run_times(program, how)  # rejects an end before the start before anything is opened
            folder = stack.enter_context(checkpoint_store_of(how.run_id))
            check_memory(program, compiled=how.engine != INTERPRETED, has=machine(), warn=False)  # the engine warns
            sinks = opened(output_streams(program, stages), destinations, how, retry)
        stack.enter_context(closing(list(sinks.values())))
        yield OpenRun(program, sinks, folder)


def _check_pace(how: RunConfig, destinations: Mapping[str, SinkOrDestination]) -> None:
    """Check that the stream whose records a rate counts has a destination."""
    stream = how.counted
    if stream is not None and stream not in destinations:
        raise ModelError(
            "pace", f"there is no stream {stream!r} with a destination. Hint: {did_you_mean(stream, destinations)}"
        )
