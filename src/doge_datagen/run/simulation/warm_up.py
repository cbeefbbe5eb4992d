"""Simulates before the start of a run without emitting anything, and emits at the start who has arrived meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.batch import Batch
from doge_datagen.engine.arriving.warm_up_records import WarmUpRecords
from doge_datagen.engine.checkpoint import Checkpoint
from doge_datagen.engine.population_engines import PopulationEngines
from doge_datagen.engine.protocol import Engine
from doge_datagen.engine.recording.table_records import TableRecords
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.engine.window import Window, WindowLengths
from doge_datagen.program.program import Program
from doge_datagen.run.delivery.retry import never
from doge_datagen.run.simulation.engine_wrapper import EngineAround

WAKES = "wakes"


class WarmingEngine(EngineAround):
    """An engine whose first tick is that of the run: it simulates the warm-up before its first window.

    Where subjects arrive, those who are there at the start are emitted then, and whatever else happens at that moment
    still belongs to the warm-up: so their records are the first of all. If others can name them later, those who have
    left by then are emitted, too.

    Args:
        inner: an engine whose first tick is that of the warm-up.
        program: what it runs.
        seed: 64 bits.
        ticks: the number of ticks of the run.
        tables: the records of tables, which are emitted when the run starts.
    """

    def __init__(self, inner: Engine, program: Program, seed: int, ticks: int, tables: TableRecords) -> None:
        super().__init__(inner)
        self._program, self._seed, self._ticks = program, seed, ticks
        self._tables = tables
        self._ahead = program.spec.clock.warm_up_ticks
        self._arrives = program.spec.population.arrive is not None
        # One tick more where subjects arrive: what happens in the very millisecond of the start belongs to the warm-up,
        # or a subject could do something before the record of its arrival.
        self._end = self._ahead + (self._arrives and not program.spec.population.is_spawned)
        self._began = False
        self._unseen: Counter[int] = Counter()

    @property
    def tick(self) -> int:
        """The next tick to simulate, from the start of the run."""
        # Until it has begun, the run is at its first tick, however far the warm-up is.
        return self._inner.tick - self._ahead if self._began else 0

    @property
    def is_settled(self) -> bool:
        """Whether a checkpoint can be taken; before the first window, it cannot."""
        return self._began and self._inner.is_settled

    def warm_up(self, stop: Callable[[], bool] = never) -> bool:
        """Simulate what is left of the warm-up; False if a request to stop came before its end.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        lengths = WindowLengths(self._program.spec, self._inner.records)
        while self._inner.tick < self._end and not stop():
            lengths.aim(self._inner.records)
            end = min(self._end, self._inner.tick + lengths.ticks)
            window = self._inner.window(end, with_records=False)
            self._unseen.update(window.events)
            lengths.learn(window.end - window.start, window.events_in_all, cut=window.end < end)
        return self._inner.tick >= self._end

    def window(self, end: int, *, with_records: bool = True) -> Window:
        """Simulate up to ``end``, and give the records if ``with_records``; first of all, warm up.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        if self._began:
            return self._next(end, with_records=with_records)
        self.warm_up()
        batches, events = self._shown(with_records=with_records) if self._arrives else ([], Counter())
        batches = [*(self._tables.batches() if with_records else ()), *batches]
        # The arrivals shown now were counted during the warm-up; counted twice, the census would be wrong.
        self._unseen.subtract(events)
        self._began = True
        window = Window(0, self.tick, batches, events, self._unseen)
        if self.tick < end:
            more = self._next(end, with_records=with_records)
            events.update(more.events)
            window = replace(window, end=more.end, batches=[*batches, *more.batches], events=events)
        return window

    def _next(self, end: int, *, with_records: bool) -> Window:
        window = self._inner.window(end + self._ahead, with_records=with_records)
        return replace(window, start=window.start - self._ahead, end=window.end - self._ahead)

    def _shown(self, *, with_records: bool) -> tuple[list[tuple[str, Batch]], Counter[int]]:
        shown = WarmUpRecords(self._program, self._seed, self._inner.checkpoint())
        return list(shown.batches(self._tables.hidden)) if with_records else [], shown.events()

    def checkpoint(self) -> Checkpoint:
        """Everything that the remaining ticks depend on, in ticks from the start of the run."""
        found = self._inner.checkpoint()
        # Those who have left were kept for their records only, which are in the window before; a resumed run does not
        # need them.
        found = _without_gone(found) if self._inner.tick <= self._program.kept_until else found
        return replace(found, tick=self.tick, ticks=self._ticks, walk=_moved(found, -self._ahead))

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same run, whichever engine took it; there is no warm-up then."""
        tick, ticks = checkpoint.tick + self._ahead, self._program.spec.clock.ticks
        self._inner.restore(replace(checkpoint, tick=tick, ticks=ticks, walk=_moved(checkpoint, self._ahead)))
        # A checkpoint is always taken after the warm-up.
        self._began = True


def warm_up(engine: Engine, stop: Callable[[], bool]) -> bool:
    """Simulate the warm-up of an engine that has one; False if a request to stop came before its end."""
    if isinstance(engine, PopulationEngines):
        return all(warm_up(one, stop) for one in engine.each)
    return not isinstance(engine, EngineAround) or engine.warm_up(stop)


def _without_gone(checkpoint: Checkpoint) -> Checkpoint:
    """A checkpoint without those to whom nothing can happen any more, who have been emitted."""
    here = checkpoint.walk[WAKES] < NEVER
    walk, attributes = ({name: it[here] for name, it in of.items()} for of in (checkpoint.walk, checkpoint.attributes))
    return replace(checkpoint, walk=walk, attributes=attributes)


def _moved(checkpoint: Checkpoint, ticks: int) -> Mapping[str, npt.NDArray[Any]]:
    """What a checkpoint has of the walk, with all wake-ups moved by so many ticks."""
    wakes = checkpoint.walk[WAKES]
    # NEVER stays: moved by some ticks it would be a moment like any other.
    return {**checkpoint.walk, WAKES: np.where(wakes == NEVER, wakes, wakes + ticks)}
