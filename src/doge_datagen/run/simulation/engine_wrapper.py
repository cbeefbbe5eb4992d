"""Engines that run another one and change its windows, such as the one that adds the records of incidents."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace

from doge_datagen.engine.checkpoint import Checkpoint
from doge_datagen.engine.protocol import Engine
from doge_datagen.engine.recording.incident_records import IncidentRecords
from doge_datagen.engine.window import Window
from doge_datagen.model.clock import Clock


class EngineAround(ABC):
    """An engine around another.

    Args:
        inner: the other.
    """

    def __init__(self, inner: Engine) -> None:
        self._inner = inner

    @property
    def tick(self) -> int:
        """The next tick to simulate."""
        return self._inner.tick

    @property
    def records(self) -> int:
        """How many records a window should hold, of all streams together."""
        return self._inner.records

    @property
    def used(self) -> str:
        """A description of what has run so far."""
        return self._inner.used

    @property
    def compiling(self) -> bool:
        """Whether the model is being compiled in the background."""
        return self._inner.compiling

    @property
    def compiled_in(self) -> float | None:
        """Seconds that it took to compile the model."""
        return self._inner.compiled_in

    @property
    def is_settled(self) -> bool:
        """Whether a checkpoint can be taken."""
        return self._inner.is_settled

    def close(self) -> None:
        """Release threads and memory."""
        self._inner.close()

    def warm_up(self, stop: Callable[[], bool]) -> bool:
        """Simulate the warm-up, if there is one; False if a request to stop came before its end."""
        return not isinstance(self._inner, EngineAround) or self._inner.warm_up(stop)

    @abstractmethod
    def window(self, end: int, *, with_records: bool = True) -> Window:
        """Simulate up to ``end``, and give the records if ``with_records``.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """

    def checkpoint(self) -> Checkpoint:
        """Everything that the remaining ticks depend on."""
        return self._inner.checkpoint()

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same run, whichever engine took it."""
        self._inner.restore(checkpoint)


class ShowingEngine(EngineAround):
    """An engine whose windows have the records of incidents, too.

    Args:
        inner: the engine.
        clock: of the run.
        shown: the records.
    """

    def __init__(self, inner: Engine, clock: Clock, shown: IncidentRecords) -> None:
        super().__init__(inner)
        self._clock, self._shown = clock, shown

    def window(self, end: int, *, with_records: bool = True) -> Window:
        """Simulate up to ``end``, and give the records if ``with_records``.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        window = self._inner.window(end, with_records=with_records)
        if not with_records:
            return window
        first, last = map(self._clock.timestamp, (window.start, window.end))
        return replace(window, batches=[*window.batches, *self._shown.batches(first, last)])
