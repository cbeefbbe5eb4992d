"""Runs the stages of a run, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from doge_datagen.batch import Batch
from doge_datagen.engine.recording.record_batches import schema_of
from doge_datagen.engine.window import Window
from doge_datagen.program.program import Program
from doge_datagen.run.stages import Stage, StageStart, StreamSchema

log = logging.getLogger(__name__)


def output_streams(program: Program, stages: Sequence[Stage]) -> Mapping[str, StreamSchema]:
    """The streams that leave the last stage, by name.

    Raises:
        ModelError: a stage cannot be applied to the streams that it gets.
    """
    streams: Mapping[str, StreamSchema] = {
        name: StreamSchema(schema_of(shape), shape.key is not None) for name, shape in program.shapes.items()
    }
    for stage in stages:
        streams = stage.streams(streams)
    return streams


def hidden_columns(stages: Sequence[Stage]) -> frozenset[str]:
    """The hidden columns that the stages need."""
    return frozenset(name for stage in stages for name in stage.hidden)


class StageChain:
    """The stages of a run that has begun; with no stages, windows pass unchanged.

    Args:
        stages: in the order in which records pass them.
        start: seed and clock of the run.
    """

    def __init__(self, stages: Sequence[Stage], start: StageStart) -> None:
        self._stages = tuple(stages)
        self._start = start
        self._begin()

    def __len__(self) -> int:
        return len(self._stages)

    def window(self, window: Window) -> Window:
        """A window as it leaves the last stage; after the last tick, with what was left in flight."""
        if not self._stages:
            return window
        batches, is_last = window.batches, window.end >= self._start.clock.ticks
        for stage in self._stages:
            batches = stage.window(replace(window, batches=batches)).batches
            if is_last:
                batches = [*batches, *stage.flush()]
        return replace(window, batches=[(stream, _shown(batch)) for stream, batch in batches if len(batch)])

    def checkpoint(self) -> tuple[bytes, ...]:
        """The state of each stage between two windows."""
        return tuple(stage.checkpoint() for stage in self._stages)

    def restore(self, states: Sequence[bytes]) -> bool:
        """Continue from the states of a checkpoint; if they do not fit, begin anew, log a warning and return False."""
        try:
            for stage, state in zip(self._stages, states, strict=True):
                stage.restore(state)
        except Exception as error:  # noqa: BLE001 - a state may be damaged in any way, and the run does not depend on it
            problem = "the stages of the run cannot continue from its checkpoint, so everything is simulated again: %s"
            log.warning(problem, error)
            self._begin()
            return False
        return True

    def _begin(self) -> None:
        for stage in self._stages:
            stage.begin(self._start)


def _shown(batch: Batch) -> Batch:
    """A batch without its hidden columns."""
    return replace(batch, hidden={}) if batch.hidden else batch
