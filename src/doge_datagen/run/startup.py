"""All that a run needs before its first tick: the folder of its name, its model translated, its sinks open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from doge_datagen.engine.memory import check_memory, machine
from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model.spec import Spec
from doge_datagen.program.program import Program
from doge_datagen.program.translation import program_of
from doge_datagen.run.checkpoint_store import CheckpointStore, checkpoint_store_of
from doge_datagen.run.delivery import SinkOrDestination, open_sinks, opened
from doge_datagen.run.engine_choice import INTERPRETED
from doge_datagen.run.resume import with_run_times
from doge_datagen.run.retry import Retry
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.sink_lifecycle import closing, discarding
from doge_datagen.sinks.base import BatchSink


class OpenRun(NamedTuple):
    """What a run begins with.

    Attributes:
        program: the model.
        sinks: by stream, open.
        folder: for snapshots; None where none are kept.
    """

    program: Program
    sinks: dict[str, BatchSink]
    folder: CheckpointStore | None


@contextmanager
def open_run(
    spec: Spec, destinations: Mapping[str, SinkOrDestination], how: RunConfig, retry: Retry
) -> Iterator[OpenRun]:
    """What a run begins with; its sinks are closed at the end, or discarded where it cannot begin.

    Raises:
        ModelError: the model, a place, the pace or the end makes no sense, or the subjects have no room in memory.
        MissingDriverError: a package is missing.
        SinkError: a place cannot be had, or a run of this name is at work on this machine.
    """
    with ExitStack() as stack:
        with discarding(open_sinks(destinations)):
            _check_pace(how, destinations)
            with_run_times(spec, how)  # an end before the start is told before anything is opened
            folder = stack.enter_context(checkpoint_store_of(how.run_id))
            program = program_of(spec)
            check_memory(program, compiled=how.engine != INTERPRETED, has=machine(), warn=False)  # the engine warns
            sinks = opened(program, destinations, how, retry)
        stack.enter_context(closing(list(sinks.values())))
        yield OpenRun(program, sinks, folder)


def _check_pace(how: RunConfig, destinations: Mapping[str, SinkOrDestination]) -> None:
    """See that the stream whose records a rate counts goes somewhere."""
    stream = how.counted
    if stream is not None and stream not in destinations:
        raise ModelError(
            "pace", f"there is no stream {stream!r} that goes anywhere. Hint: {did_you_mean(stream, destinations)}"
        )
