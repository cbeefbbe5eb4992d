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
from doge_datagen.run.checkpoint_store import StateFolder, state_folder_of
from doge_datagen.run.delivery import Carrier, already_open, opened
from doge_datagen.run.engine_choice import INTERPRETED
from doge_datagen.run.resume import beginning_now
from doge_datagen.run.retry import Retry
from doge_datagen.run.run_config import How
from doge_datagen.run.sink_lifecycle import closing, discarding
from doge_datagen.sinks.base import BatchSink


class Ready(NamedTuple):
    """What a run begins with.

    Attributes:
        program: the model.
        sinks: by stream, open.
        folder: for snapshots; None where none are kept.
    """

    program: Program
    sinks: dict[str, BatchSink]
    folder: StateFolder | None


@contextmanager
def ready(spec: Spec, carriers: Mapping[str, Carrier], how: How, retry: Retry) -> Iterator[Ready]:
    """What a run begins with; its sinks are closed at the end, or discarded where it cannot begin.

    Raises:
        ModelError: the model, a place, the pace or the end makes no sense, or the subjects have no room in memory.
        MissingDriverError: a package is missing.
        SinkError: a place cannot be had, or a run of this name is at work on this machine.
    """
    with ExitStack() as stack:
        with discarding(already_open(carriers)):
            _check_pace(how, carriers)
            beginning_now(spec, how)  # an end before the start is told before anything is opened
            folder = stack.enter_context(state_folder_of(how.run_id))
            program = program_of(spec)
            check_memory(program, compiled=how.engine != INTERPRETED, has=machine(), warn=False)  # the engine warns
            sinks = opened(program, carriers, how, retry)
        stack.enter_context(closing(list(sinks.values())))
        yield Ready(program, sinks, folder)


def _check_pace(how: How, carriers: Mapping[str, Carrier]) -> None:
    """See that the stream whose records a rate counts goes somewhere."""
    stream = how.counted
    if stream is not None and stream not in carriers:
        raise ModelError("pace", f"there is no stream {stream!r} that goes anywhere; {did_you_mean(stream, carriers)}")
