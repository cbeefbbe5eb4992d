"""Adds the records of incidents to the windows of an engine."""

from __future__ import annotations

from dataclasses import replace

from doge_datagen.engine.protocol import Engine
from doge_datagen.engine.recording.incident_records import IncidentRecords
from doge_datagen.engine.window import Window
from doge_datagen.model.clock import Clock
from doge_datagen.run.simulation.engine_wrapper import EngineAround


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
