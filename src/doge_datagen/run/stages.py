"""Stages turn windows into windows between the engine and the sinks: their contract, and the chain that runs them.

Late and duplicate records, streams of ground truth and change streams are stages. A run has a tuple of them; each gets
the windows that the one before it gives.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from doge_datagen.batch import Batch
from doge_datagen.engine.recording.record_batches import schema_of
from doge_datagen.engine.window import Window
from doge_datagen.program.program import Program

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.model.clock import Clock


@dataclass(frozen=True, slots=True)
class StreamSchema:
    """What the batches of a stream have.

    Attributes:
        fields: the schema of the records.
        keyed: whether each record has a key.
    """

    fields: pa.Schema
    keyed: bool


@dataclass(frozen=True, slots=True)
class StageStart:
    """What a stage may depend on besides the records.

    Attributes:
        clock: the ticks of the run.
        seed: 64 bits.
    """

    clock: Clock
    seed: int


class Stage(Protocol):
    """Turns windows into windows: drops, changes, repeats, delays or adds records.

    When each method is called, and what it promises:

    * ``streams`` is called before the sinks are opened, because their schemas depend on it; perhaps more than once.
    * ``begin`` is called once before the first window, when seed and start are known, and again if the state of a
      checkpoint does not fit. It sets the stage to the state before the first tick of the run.
    * ``restore`` is called after ``begin`` if a run resumes from a checkpoint, with what ``checkpoint`` returned.
    * ``window`` is called with each window of the run from the first tick on, or from that of the checkpoint, in their
      order and without a gap; also with windows that every sink has already, which are not delivered again.
    * ``checkpoint`` is called between two windows. With what it returns, another process continues as this one would.
    * ``flush`` is called once, after the last window that the clock allows, and its records are delivered together with
      that window. It is not called if the run is stopped before: what is in flight then is emitted if the run resumes.
    * One thread at a time calls the methods, but not always the one that made the stage.

    Promised by the stage: **a window is a span of arrival time.** What ``window`` gives for the ticks from ``start`` to
    ``end`` are the records that arrive in these ticks: those that it lets through, and delayed ones that are due. In
    each stream they are in order of arrival. Since the length of windows depends on the machine, the records and their
    order do not depend on how the ticks are divided into windows. Nor do they depend on anything but the records,
    ``StageStart`` and the stage's parameters. A stage that draws uses :mod:`doge_datagen.draws` with the identity of
    the record, not their number, as the counter.

    The event time of a delayed record stays in ``Batch.timestamps``; when it arrives is in ``Batch.arrivals``. In the
    last window, records may arrive after its end, since the stage before has emptied itself into it.

    Attributes:
        identity: the stage and its parameters, on one line. A run that resumes has to have the same stages, and so the
            same records.
        delay: the most ticks by which it delays a record. If a run delays records, it cannot be extended after its end,
            because what was left then was emitted.
        hidden: the hidden columns that it needs in ``Batch.hidden``; see
            :data:`doge_datagen.engine.recording.hidden_columns.HIDDEN`. They never reach a sink.
    """

    @property
    def identity(self) -> str:
        """See the attributes."""

    @property
    def delay(self) -> int:
        """See the attributes."""

    @property
    def hidden(self) -> Collection[str]:
        """See the attributes."""

    def streams(self, given: Mapping[str, StreamSchema]) -> Mapping[str, StreamSchema]:
        """The streams that it gives, by name.

        Args:
            given: the streams that it gets.

        Raises:
            ModelError: it cannot be applied to these streams.
        """

    def begin(self, start: StageStart) -> None:
        """Start at the first tick of a run, with nothing in flight."""

    def window(self, window: Window) -> Window:
        """The records that arrive in the ticks of a window. The result has the same ticks and events."""

    def flush(self) -> Sequence[tuple[str, Batch]]:
        """What is left in flight after the last tick, in order of arrival; batches by stream."""

    def checkpoint(self) -> bytes:
        """The state between two windows, including the records in flight."""

    def restore(self, state: bytes) -> None:
        """Continue from a state.

        Raises:
            Exception: it does not fit; the run is simulated from its first tick instead.
        """


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
                # Before the next stage, so that what one stage still held passes all that follow it.
                batches = [*batches, *stage.flush()]
        # Empty batches end here, as sinks are promised none; hidden columns, as no destination has columns for them.
        return replace(window, batches=[(stream, _shown(batch)) for stream, batch in batches if len(batch)])

    def checkpoint(self) -> tuple[bytes, ...]:
        """The state of each stage between two windows."""
        return tuple(stage.checkpoint() for stage in self._stages)

    def restore(self, states: Sequence[bytes]) -> bool:
        """Continue from the states of a checkpoint; if they do not fit, begin anew, log a warning and return False."""
        try:
            # Strict, since a state given to the wrong stage might be accepted. If a later one refuses, the earlier are
            # begun anew below.
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
