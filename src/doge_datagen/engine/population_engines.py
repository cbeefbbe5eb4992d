"""The engine of a model with several populations: one engine for each, all of them through the same windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator

import numpy as np
import pyarrow.compute as pc

from doge_datagen import arrow_arrays
from doge_datagen.batch import Batch
from doge_datagen.engine.arriving.spawn_queue import Births
from doge_datagen.engine.checkpoint import Checkpoint
from doge_datagen.engine.protocol import Engine
from doge_datagen.engine.recording.hidden_columns import HIDDEN, TRANSITION
from doge_datagen.engine.recording.stream_merge import merged
from doge_datagen.engine.window import Window
from doge_datagen.errors import CalculationError
from doge_datagen.program.fault_messages import fault_of_population
from doge_datagen.program.program import Program
from doge_datagen.program.spawning.lineage import families


class PopulationRun:
    """The engine of one population, and what it has produced beyond the last window.

    An engine may end a window early, and then those before it have come further: what they have produced after the end
    of the window waits here for the next one.

    Args:
        name: the name of the population.
        engine: its engine.
        tick: how many ticks of the whole run its own ticks have.
        ways: the number of its first way among those of all populations.
    """

    def __init__(self, name: str, engine: Engine, tick: int, ways: int) -> None:
        self.name, self.engine, self._tick, self._ways = name, engine, tick, ways
        self._waiting: dict[str, list[Batch]] = {}
        self._events: Counter[int] = Counter()
        self._unseen: Counter[int] = Counter()

    def own(self, end: int) -> int:
        """The first of its own ticks that is not before a tick of the whole run."""
        return -(-end // self._tick)

    def is_ahead(self, end: int) -> bool:
        """Whether it has come further than to the end of a window."""
        return self.engine.tick > self.own(end)

    @property
    def reached(self) -> int:
        """How far it has come, in ticks of the whole run."""
        return self.engine.tick * self._tick

    def go_to(self, end: int, *, with_records: bool) -> int:
        """Simulate up to the end of a window if it is not there yet; return how far that has led.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        if self.engine.tick < self.own(end):
            window = self.engine.window(self.own(end), with_records=with_records)
            for stream, batch in window.batches:
                self._waiting.setdefault(stream, []).append(self._numbered(batch))
            self._events.update({self._ways + way: count for way, count in window.events.items()})
            self._unseen.update({self._ways + way: count for way, count in window.unseen.items()})
        return min(end, self.reached)

    def counts(self, end: int) -> tuple[Counter[int], Counter[int]]:
        """The events of a window, seen and unseen; those of a longer one count when it has been left behind."""
        # Which of its events are before the end is not known, as they are counted by window; so all of them count
        # later.
        if self.is_ahead(end):
            return Counter(), Counter()
        taken = self._events, self._unseen
        self._events, self._unseen = Counter(), Counter()
        return taken

    def taken(self, stream: str, before: int | None) -> list[Batch]:
        """The batches of a stream up to a timestamp, which no longer wait then; all of them if it is None."""
        found = self._waiting.pop(stream, [])
        if before is None:
            return found
        # Batches are in order of time, so what belongs to this window is the beginning of each.
        cuts = [int(np.searchsorted(arrow_arrays.numpy_values(it.timestamps), before)) for it in found]
        pairs = list(zip(found, cuts, strict=True))
        rest = [it.part(cut, len(it) - cut) for it, cut in pairs if cut < len(it)]
        if rest:
            self._waiting[stream] = rest
        return [it if cut == len(it) else it.part(0, cut) for it, cut in pairs if cut]

    def _numbered(self, batch: Batch) -> Batch:
        """The batch with the numbers of ways that they have among all populations."""
        ways = batch.hidden.get(TRANSITION)
        if ways is None or not self._ways:
            return batch
        moved = pc.add(ways, np.int32(self._ways)).cast(HIDDEN[TRANSITION])
        hidden = {**batch.hidden, TRANSITION: moved}
        return Batch(batch.records, batch.timestamps, batch.keys, batch.headers, batch.arrivals, hidden)


class PopulationEngines:
    """Runs the programs of several populations in common windows, and merges what they produce.

    Attributes:
        tick: the next tick to simulate.

    Args:
        program: the model.
        make: makes the engine of one population.
        births: takes those who are spawned from the engine of one population to that of another.
        hidden: the hidden columns that the batches need.
    """

    def __init__(
        self, program: Program, make: Callable[[Program], Engine], births: Births, hidden: Collection[str] = ()
    ) -> None:
        self.tick = 0
        self._program, self._clock = program, program.spec.clock
        self._births, self._hidden = births, hidden
        self._families = families(program.spec.populations)
        self._each: list[PopulationRun] = []
        ways = 0
        try:
            for part in program.parts:
                tick = part.spec.clock.tick_ms // self._clock.tick_ms
                self._each.append(PopulationRun(part.spec.population.name, _of(part, make), tick, ways))
                ways += len(part.ways)
        except BaseException:
            self.close()
            raise

    @property
    def each(self) -> tuple[Engine, ...]:
        """The engine of each population."""
        return tuple(it.engine for it in self._each)

    @property
    def records(self) -> int:
        """How many records a window should hold, of all streams together."""
        return max(it.engine.records for it in self._each)

    @property
    def used(self) -> str:
        """A description of what has run so far."""
        each = {it.name: it.engine.used for it in self._each}
        if len(set(each.values())) == 1:
            return next(iter(each.values()))
        return "; ".join(f"{name}: {used}" for name, used in each.items())

    @property
    def compiling(self) -> bool:
        """Whether a population is being compiled in the background."""
        return any(it.engine.compiling for it in self._each)

    @property
    def compiled_in(self) -> float | None:
        """Seconds that it took to compile the populations that are compiled; None if none is."""
        took = [seconds for it in self._each if (seconds := it.engine.compiled_in) is not None]
        return sum(took) if took else None

    @property
    def is_settled(self) -> bool:
        """Whether a checkpoint can be taken: every population is exactly at the next tick."""
        return all(it.engine.is_settled and not it.is_ahead(self.tick) for it in self._each)

    def window(self, end: int, *, with_records: bool = True) -> Window:
        """Simulate up to ``end``, and give the records if ``with_records``; the window may end earlier.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        start = self.tick
        # Nobody goes beyond those who are ahead already, so that what waits is never more than a window of each.
        end = min([end, *(it.reached for it in self._each if it.is_ahead(start))])
        faults: list[CalculationError] = []
        # Parents first: what they spawn up to the end of the window must be in the queue of the others before these
        # begin it.
        for it in self._parents_first():
            try:
                reached = it.go_to(end, with_records=with_records)
                # Nothing is given out any more, but an engine that ends its windows early may still have the first
                # fault.
                while faults and reached < end:
                    reached = it.go_to(end, with_records=False)
                end = reached
            except CalculationError as fault:
                faults.append(fault_of_population(it.name, fault))
                end = min(end, (fault.timestamp - self._clock.start) // self._clock.tick_ms + 1)
        if faults:
            # The earliest, whichever population is listed first: that is why the others were simulated all the same.
            raise min(faults, key=lambda fault: fault.timestamp)
        self.tick = end
        events, unseen = Counter[int](), Counter[int]()
        for it in self._each:
            seen, others = it.counts(end)
            events.update(seen)
            unseen.update(others)
        return Window(start, end, list(self._batches(end)), events, unseen)

    def checkpoint(self) -> Checkpoint:
        """Everything that the remaining ticks depend on; only possible if the engine is settled."""
        parts = tuple(it.engine.checkpoint() for it in self._each)
        return Checkpoint(self.tick, self._clock.ticks, {}, {}, range(0), parts=parts)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same run, whichever engines took it."""
        self.tick = checkpoint.tick
        # Whoever was spawned before the checkpoint is in it, so what is left of the time before would begin twice.
        self._births.clear()
        for it, part in zip(self._each, checkpoint.parts, strict=True):
            it.engine.restore(part)

    def close(self) -> None:
        """Release the threads and memory of all engines."""
        for it in self._each:
            it.engine.close()

    def _batches(self, end: int) -> Iterator[tuple[str, Batch]]:
        """The batches of all streams, in the order of the model."""
        timestamp = self._clock.timestamp(end)
        for stream in self._program.shapes:
            groups = [
                [self._each[it].taken(stream, timestamp if self._each[it].is_ahead(end) else None) for it in family]
                for family in self._families
            ]
            yield from ((stream, batch) for batch in merged(groups, self._hidden))

    def _parents_first(self) -> Iterator[PopulationRun]:
        return (self._each[number] for family in self._families for number in family)


def _of(part: Program, make: Callable[[Program], Engine]) -> Engine:
    """The engine of a population, whose errors name it."""
    try:
        return make(part)
    except CalculationError as fault:
        raise fault_of_population(part.spec.population.name, fault) from None
