"""The interpreted engine for models: the walk of Python subjects, with the model's code run by CPython."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from doge_datagen.batch import Batch
from doge_datagen.engine.arriving.spawn_queue import Births, arrivals_of
from doge_datagen.engine.checkpoint import IDS, Checkpoint, stored_columns, without_late
from doge_datagen.engine.codegen import Function
from doge_datagen.engine.initial_states import Columns, with_initial_texts
from doge_datagen.engine.interpreted.event_recorder import EventRecorder
from doge_datagen.engine.interpreted.lookahead import SIZES, LookaheadSizes
from doge_datagen.engine.interpreted.model_code import Attributes, Code, TimedCode
from doge_datagen.engine.interpreted.new_subjects import NewSubjects
from doge_datagen.engine.interpreted.tick_walk import TickWalk
from doge_datagen.engine.interpreted.timed_walk import TimedWalk
from doge_datagen.engine.recording.record_batches import RecordAssembler, StreamEvents, TextSources, records_per_window
from doge_datagen.engine.recording.table_records import TableRecords
from doge_datagen.engine.subject_slice import slice_of
from doge_datagen.engine.window import Window
from doge_datagen.language.scope import attribute_code
from doge_datagen.program.program import Program
from doge_datagen.program.spawning.lineage import ROOT, SERIAL
from doge_datagen.program.time.timing import Timing

RECORDS = 2**17  # how many a window should hold, of all streams together
ATTEMPTS = 4  # per record that a window should hold, after which it ends early


class InterpretedEngine:
    """Runs a program in plain Python: slower than compiled, but without delay, and the reference for the other engine.

    Attributes:
        tick: the next tick to simulate; during a window, the one that is being simulated.
        records: how many records a window should hold, of all streams together; it ends soon after twice as many.
        subjects: the indexes of the subjects that are simulated.

    Args:
        program: the model.
        seed: 64 bits.
        hidden: the hidden columns that the batches need.
        subjects: the slice of subjects to simulate; all of them by default.
        births: takes those who are spawned to the engine of their population; None if nobody is.
        lookahead: how far a walk in ticks looks ahead.

    Raises:
        ValueError: the slice is not one of the model's subjects.
    """

    def __init__(
        self,
        program: Program,
        seed: int,
        *,
        hidden: Collection[str] = (),
        subjects: range | None = None,
        births: Births | None = None,
        lookahead: LookaheadSizes = SIZES,
    ) -> None:
        spec = program.spec
        self._program = program
        self._code = Code(program, seed)
        self.tick = 0
        self.subjects = slice_of(spec, subjects)
        self._tables = TableRecords(program, seed, self.subjects, hidden)
        self._recorder = EventRecorder(program, self._code)
        self._new_subjects = NewSubjects(program, self._code)
        self._births, self._arrivals = births, arrivals_of(program, seed, self.subjects, births)
        initial = [] if self._arrivals else self.subjects
        self._attributes = [self._new_subjects.present_from_start(index) for index in initial]
        states = [self._new_subjects.state(attributes) for attributes in self._attributes]
        if program.timing:
            self._walk: TimedWalk | TickWalk = self._timed_walk(program.timing, states)
        else:
            attempt = self._recorder.attempt
            self._walk = TickWalk(program, self._attributes, states, seed, attempt, self.subjects, lookahead)
        sources = TextSources(subjects=self.subjects)
        if self._arrivals is None:
            sources = with_initial_texts(program, sources, self._fill)
        self._assemblies = {
            name: RecordAssembler(program, shape, sources, hidden) for name, shape in program.shown_shapes.items()
        }
        self.records = records_per_window(RECORDS, self._assemblies.values())

    @property
    def is_settled(self) -> bool:
        """Whether a checkpoint can be taken; between two windows it always can."""
        return True

    @property
    def compiling(self) -> bool:
        """Always False: nothing is compiled."""
        return False

    @property
    def used(self) -> str:
        """A description of what has run so far."""
        return "interpreted"

    @property
    def compiled_in(self) -> None:
        """Always None: nothing is compiled."""
        return

    @property
    def attempts(self) -> int:
        """How many transitions have been attempted so far, whether they happened or not."""
        return self._walk.attempts

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def window(self, end: int, *, with_records: bool = True) -> Window:
        """Simulate up to ``end``, and give the records if ``with_records``.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        start, before, attempts = self.tick, list(self._walk.counts), self._walk.attempts
        end = self._admit(end)
        # A window can end after any piece, since pieces are in order of time: nobody is ever ahead, unlike in the other
        # engine.
        try:
            for done in self._walk.advance(end):
                made = self._walk.attempts - attempts
                if self._recorder.recorded >= 2 * self.records or made >= ATTEMPTS * self.records:
                    end = done
                    break
        finally:
            # Also if there is a fault: one of a child may be earlier.
            taken = self._taken()
        self.tick = end
        batches = list(self._batches(start, taken)) if with_records else []
        return Window(start, end, batches, {way: after - before[way] for way, after in enumerate(self._walk.counts)})

    def _taken(self) -> Mapping[str, StreamEvents]:
        """What has been recorded for streams; those who were born are handed to the engine of their population."""
        taken = self._recorder.taken()
        # Taken out of what becomes records: what spawns is recorded like a stream, but nobody sees it.
        spawning = {it.stream: taken.pop(it.stream) for it in self._program.births if it.stream in taken}
        if self._births is not None:
            self._births.spawn(self._program, spawning)
        return taken

    def _batches(self, start: int, taken: Mapping[str, StreamEvents]) -> Iterator[tuple[str, Batch]]:
        yield from self._tables.before(start)
        for name, events in taken.items():
            yield from ((name, batch) for batch in self._assemblies[name].batches(events))

    def checkpoint(self) -> Checkpoint:
        """Everything that the remaining ticks depend on."""
        ticks, subjects = self._program.spec.clock.ticks, self._walk.subjects()
        attributes = {
            name: np.fromiter((attributes[attribute_code(name)] for attributes in subjects), dtype, len(subjects))
            for name, dtype in stored_columns(self._program).items()
        }
        arrived = 0 if self._arrivals is None else self._arrivals.arrived(self.tick)
        walk = without_late(self._walk.columns(), self._program.spec.clock, self.tick)
        return Checkpoint(self.tick, ticks, walk, attributes, self.subjects, arrived)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same run and slice, whichever engine took it."""
        checkpoint.check_slice(self.subjects)
        self.tick, subjects = checkpoint.tick, self._attributes
        if self._arrivals is not None:
            self._arrivals.go_to(checkpoint.tick, checkpoint.arrived)
            subjects = list(self._arrived_in(checkpoint))
        # Attributes are set afterwards: for those who have arrived the subjects are new, and empty.
        self._walk.restore(checkpoint.walk, subjects)
        for name in stored_columns(self._program):
            for attributes, value in zip(subjects, checkpoint.attributes[name].tolist(), strict=True):
                attributes[attribute_code(name)] = value

    def _arrived_in(self, checkpoint: Checkpoint) -> Iterator[Attributes]:
        """Those who have arrived, as far as they are in a checkpoint."""
        ids = checkpoint.walk[IDS].tolist()
        if not self._program.depth:
            yield from map(self._code.subject, ids)
            return
        for root, serial in zip(checkpoint.attributes[ROOT].tolist(), ids, strict=True):
            yield self._code.born({ROOT: root, SERIAL: serial})

    def _admit(self, end: int) -> int:
        """Add the subjects who arrive in a window; the end of the window, which is earlier if too many do."""
        walk = self._walk
        if self._arrivals is None or not isinstance(walk, TimedWalk):
            return end
        # As in the compiled engine: others may still draw those who leave during a warm-up.
        walk.keep_gone(keep=self.tick < self._program.kept_until)
        arrived = self._arrivals.take(self.tick, end, self.records)
        names, columns = list(arrived.given), [it.tolist() for it in arrived.given.values()]
        spawned = (self._code.born(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True))
        subjects = spawned if names else map(self._code.subject, arrived.subjects.tolist())
        for attributes, moment in zip(subjects, arrived.moments.tolist(), strict=True):
            walk.arrive(attributes, moment)
        return arrived.end

    def _timed_walk(self, timing: Timing, states: list[int]) -> TimedWalk:
        timed = TimedCode(self._program, self._code)
        walk = TimedWalk(timing, self._program.spec.clock, timed, self._recorder.attempt, self._new_subjects.begin)
        for attributes, state in zip(self._attributes, states, strict=True):
            walk.start(attributes, state)
        return walk

    def _fill(self, attribute: str, function: Function, columns: Columns) -> None:
        path = f"subjects.attributes.{attribute}"
        for number, attributes in enumerate(self._attributes):
            for column, value in zip(columns, self._code.call(function, attributes, 0, path), strict=True):
                column[number] = value
