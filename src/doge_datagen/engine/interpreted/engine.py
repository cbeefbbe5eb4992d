"""The interpreted engine for models: the walk of Python subjects, with the model's code run by CPython."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from doge_datagen.batch import Batch
from doge_datagen.engine.arriving.spawn_queue import Births, arrivals_of
from doge_datagen.engine.checkpoint import IDS, Checkpoint, stored_columns, without_late
from doge_datagen.engine.codegen import REJECTED, Function, actions, drawn_lines, dtype_of, ends_by_way, records
from doge_datagen.engine.initial_states import Columns, stream_label, transition_label, with_initial_texts
from doge_datagen.engine.interpreted.lookahead import SIZES, LookaheadSizes
from doge_datagen.engine.interpreted.model_code import Code, Life, NewSubjects, TimedCode
from doge_datagen.engine.interpreted.planned_walk import PlannedWalk
from doge_datagen.engine.interpreted.timed_walk import TimedWalk
from doge_datagen.engine.recording.emission import fed, place_of
from doge_datagen.engine.recording.record_batches import RecordAssembler, StreamEvents, TextSources, records_per_window
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.engine.recording.table_records import TableRecords
from doge_datagen.engine.subject_slice import slice_of
from doge_datagen.engine.window import Window
from doge_datagen.language.event_lines import LINE_COUNT, LINE_NUMBER
from doge_datagen.language.scope import attribute_code
from doge_datagen.program.program import Program
from doge_datagen.program.spawning.lineage import ROOT, SERIAL
from doge_datagen.program.time.timing import Timing

RECORDS = 2**17  # how many a window should hold, of all streams together
TRIES = 4  # attempts per record that a window should hold, after which it ends early


class EventRows:
    """The events of one stream since the last window."""

    def __init__(self, program: Program, stream: str) -> None:
        self.columns = computed(program.shapes[stream].columns)
        self.rows: list[tuple[Any, ...]] = []

    def taken(self) -> StreamEvents:
        """Return the events and clear them."""
        rows, self.rows = self.rows, []
        times, subjects, ways, *columns = list(zip(*rows, strict=True)) or [()] * (3 + len(self.columns))
        typed = [np.array(column, dtype_of(it)) for column, it in zip(columns, self.columns, strict=True)]
        return StreamEvents(np.array(times, "int64"), np.array(subjects, "uint32"), np.array(ways, "int32"), typed)


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
        self._rows = {name: EventRows(program, name) for name in program.shapes}
        self._labels = {name: stream_label(program, name) for name in program.shapes}
        self._records = records(program)
        self._places = [transition_label(spec.population, number) for number in range(len(program.transitions))]
        self._feeds, self._lines = fed(program), drawn_lines(program)
        self._ends = ends_by_way(program)
        self._actions = actions(program)
        self._new_subjects = NewSubjects(program, seed)
        self._births, self._arrivals = births, arrivals_of(program, seed, self.subjects, births)
        self._lives = [] if self._arrivals else [self._life(index) for index in self.subjects]
        states = [self._new_subjects.state(life["subject"]) for life in self._lives]
        if program.timing:
            self._walk: TimedWalk | PlannedWalk = self._timed_walk(program.timing, states)
        else:
            self._walk = PlannedWalk(program, self._lives, states, seed, self._attempt, self.subjects, lookahead)
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
        for done in self._walk.advance(end):
            recorded = sum(len(rows.rows) for rows in self._rows.values())
            if recorded >= 2 * self.records or self._walk.attempts - attempts >= TRIES * self.records:
                end = done
                break
        self.tick = end
        taken = {name: rows.taken() for name, rows in self._rows.items() if rows.rows}
        # Taken out of what becomes records: what spawns is recorded like a stream, but nobody sees it.
        spawning = {it.stream: taken.pop(it.stream) for it in self._program.births if it.stream in taken}
        if self._births is not None:
            self._births.spawn(self._program, spawning)
        batches = list(self._batches(start, taken)) if with_records else []
        return Window(start, end, batches, {way: after - before[way] for way, after in enumerate(self._walk.counts)})

    def _batches(self, start: int, taken: Mapping[str, StreamEvents]) -> Iterator[tuple[str, Batch]]:
        yield from self._tables.before(start)
        for name, events in taken.items():
            yield from ((name, batch) for batch in self._assemblies[name].batches(events))

    def checkpoint(self) -> Checkpoint:
        """Everything that the remaining ticks depend on."""
        ticks, lives = self._program.spec.clock.ticks, self._walk.lives()
        attributes = {
            name: np.fromiter((life[attribute_code(name)] for life in lives), dtype, len(lives))
            for name, dtype in stored_columns(self._program).items()
        }
        arrived = 0 if self._arrivals is None else self._arrivals.arrived(self.tick)
        walk = without_late(self._walk.columns(), self._program.spec.clock, self.tick)
        return Checkpoint(self.tick, ticks, walk, attributes, self.subjects, arrived)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same run and slice, whichever engine took it."""
        checkpoint.check_slice(self.subjects)
        self.tick, lives = checkpoint.tick, self._lives
        if self._arrivals is not None:
            self._arrivals.go_to(checkpoint.tick, checkpoint.arrived)
            lives = list(self._lives_in(checkpoint))
        # Attributes are set afterwards: for those who have arrived the subjects are new, and empty.
        self._walk.restore(checkpoint.walk, lives)
        for name in stored_columns(self._program):
            for life, value in zip(lives, checkpoint.attributes[name].tolist(), strict=True):
                life[attribute_code(name)] = value

    def _lives_in(self, checkpoint: Checkpoint) -> Iterator[Life]:
        """Those who have arrived, as far as they are in a checkpoint."""
        ids = checkpoint.walk[IDS].tolist()
        if not self._program.depth:
            yield from map(self._code.life, ids)
            return
        for root, serial in zip(checkpoint.attributes[ROOT].tolist(), ids, strict=True):
            yield self._code.born({ROOT: root, SERIAL: serial})

    def _life(self, index: int) -> Life:
        life = self._code.life(index)
        self._new_subjects.values(self._code, life, 0)
        return life

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
        lives = spawned if names else map(self._code.life, arrived.subjects.tolist())
        for life, moment in zip(lives, arrived.moments.tolist(), strict=True):
            walk.arrive(life, moment)
        return arrived.end

    def _begin(self, life: Life, tick: int) -> int:
        self._new_subjects.values(self._code, life, tick)
        return self._new_subjects.place(life["subject"], self._code.key(life))

    def _timed_walk(self, timing: Timing, states: list[int]) -> TimedWalk:
        timed = TimedCode(self._program, self._code)
        walk = TimedWalk(timing, self._program.spec.clock, timed, self._attempt, self._begin)
        for life, state in zip(self._lives, states, strict=True):
            walk.start(life, state)
        return walk

    def _attempt(self, number: int, way: int, life: Life, tick: int) -> bool:
        """Run the action of a transition, and record its event if it happens."""
        # Lines first, since the action may sum them up; then the action, since records show the attributes after it.
        if number in self._lines and not self._draw_lines(number, way, life, tick):
            return False
        function, action = self._actions.get(number), self._program.actions[number]
        if function is not None:
            happens, *values = self._code.call(function, life, tick, self._places[number], None, **self._ends[way])
            if not happens:
                return False
            if action:
                life.update(zip(map(attribute_code, action.writes), values, strict=True))
        for it in self._feeds[number]:
            place = f"{self._places[number]}.emit.{it.stream}"
            for line in range(1, life[LINE_COUNT] + 1) if it.by_line else (0,):
                given = {**self._ends[way], LINE_NUMBER: line}
                if it.when is None or self._code.call(it.when, life, tick, place, None, **given):
                    self._record(number, way, it.stream, life, tick, given)
        return True

    def _draw_lines(self, number: int, way: int, life: Life, tick: int) -> bool:
        """Draw the lines of an event; whether it happens."""
        fault, part = self._code.draw_lines(self._lines[number], life, tick, self._ends[way])
        if fault:
            where = 2 * len(self._program.shapes) + part
            place, _ = place_of(self._program, number, self._places[number], where)
            raise self._code.error(place, fault, life, tick)
        return part != REJECTED

    def _record(self, number: int, way: int, stream: str, life: Life, tick: int, given: Mapping[str, int]) -> None:
        function, columns = self._records.get(stream), ()
        if function is not None:
            place, at = self._labels[stream], self._places[number]
            columns = self._code.call(function, life, tick, place, at, **given)
        self._rows[stream].rows.append((self._program.spec.clock.timestamp(tick), life["subject"], way, *columns))

    def _fill(self, attribute: str, function: Function, columns: Columns) -> None:
        place = f"subjects.attributes.{attribute}"
        for number, life in enumerate(self._lives):
            for column, value in zip(columns, self._code.call(function, life, 0, place), strict=True):
                column[number] = value
