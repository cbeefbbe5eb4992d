"""The interpreted engine for models: the same walk as for Python subjects, and the model's code run by CPython."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from functools import partial
from typing import Any

import numpy as np

from doge_datagen.engine.checkpoint import NEVER, Checkpoint, stored_columns
from doge_datagen.engine.codegen import (
    Function,
    actions,
    dtype_of,
    functions_of,
    records,
    starts,
)
from doge_datagen.engine.initial_states import Columns, initial_states, machine_of, transition_label, with_initial_texts
from doge_datagen.engine.interpreted.walk import Subjects, Walk
from doge_datagen.engine.numeric.faults import MESSAGES
from doge_datagen.engine.record_columns import computed
from doge_datagen.engine.records import RecordAssembler, StreamEvents, TextSources, records_per_window
from doge_datagen.engine.runtime_calls import draw, place_of, plain_names, unit
from doge_datagen.engine.window import Window
from doge_datagen.errors import CalculationError
from doge_datagen.language.scope import ENDS, attribute_code
from doge_datagen.model.spec import Spec
from doge_datagen.model.transition import Transition
from doge_datagen.program.program import Program
from doge_datagen.program.translation import purpose

RECORDS = 2**17  # that a window should hold, of all streams together
TRIES = 4  # for each of them, after which a window ends early
Life = dict[str, Any]
"""A subject: its index as ``subject``, and its attributes as the code calls them."""


class Code:
    """The functions of a model as CPython runs them.

    Args:
        program: the model.
        seed: 64 bits.
    """

    def __init__(self, program: Program, seed: int) -> None:
        self._names = {**plain_names(), **program.tables.rows}
        exec("\n".join(it.text for it in functions_of(program)), self._names)  # noqa: S102 - checked, and written by us
        self._clock = program.spec.clock
        self._always = [0], seed & 0xFFFFFFFF, seed >> 32

    def seeded(self, seed: int) -> Code:
        """The same functions, run with another seed."""
        other = copy(self)
        other._always = [0], seed & 0xFFFFFFFF, seed >> 32  # noqa: SLF001 - it is one of us
        return other

    def call(self, function: Function, life: Life, tick: int, place: str, at: str | None = None, **given: int) -> Any:
        """What a function gives for one subject at a tick, at a transition where it is of a stream.

        Raises:
            CalculationError: it cannot be calculated.
        """
        subject, timestamp = life["subject"], self._clock.timestamp(tick)
        reads = [given[name] if name in given else life[name] for name in function.reads]
        fault = self._always[0]
        result = self._names[function.name](*self._always, subject, tick, timestamp, *reads)
        if fault[0]:
            problem = MESSAGES[fault[0]]
            raise CalculationError(place, problem, subject=subject, timestamp=timestamp, transition=at)
        return result


class Notes:
    """What happened to one stream since the last window."""

    def __init__(self, program: Program, stream: str) -> None:
        self.columns = computed(program.shapes[stream].columns)
        self.rows: list[tuple[Any, ...]] = []

    def taken(self) -> StreamEvents:
        """All of it; from then on there is nothing."""
        rows, self.rows = self.rows, []
        times, subjects, ways, *columns = list(zip(*rows, strict=True)) or [()] * (3 + len(self.columns))
        typed = [np.array(column, dtype_of(it)) for column, it in zip(columns, self.columns, strict=True)]
        return StreamEvents(np.array(times, "int64"), np.array(subjects, "uint32"), np.array(ways, "int32"), typed)


class InterpretedEngine:
    """A run of a program in plain Python: slower, but at work at once, and the twin that the compiled one is held to.

    Attributes:
        tick: the one that comes next; while it is walked, that one.
        records: how many a window should hold, of all streams together; soon after twice as many it ends.

    Args:
        program: the model.
        seed: 64 bits.
    """

    def __init__(self, program: Program, seed: int) -> None:
        spec = program.spec
        self._program = program
        self._code = Code(program, seed)
        self.tick = 0
        self._notes = {name: Notes(program, name) for name in program.shapes}
        self._records = records(program)
        self._places = [transition_label(spec, number) for number in range(len(spec.transitions))]
        texts = {text: number for number, text in enumerate(program.tables.texts)}
        self._ends = [{end: texts.get(getattr(it, end), 0) for end in ENDS} for it in spec.transitions]
        self._actions = actions(program)
        begin = starts(program)
        self._lives = [self._life(index, begin) for index in range(spec.subjects.count)]
        machine, self._numbers = machine_of(spec, [self._told(number) for number in range(len(spec.transitions))])
        population = Subjects(self._lives, _first_states(spec, seed))
        self._walk = Walk(machine, population, spec.clock, seed, purpose(spec, "walk"))
        sources = with_initial_texts(program, TextSources(), self._fill)
        self._assemblies = {name: RecordAssembler(program, shape, sources) for name, shape in program.shapes.items()}
        self.records = records_per_window(RECORDS, self._assemblies.values())

    @property
    def is_settled(self) -> bool:
        """Whether a snapshot can be taken: always between two windows."""
        return True

    @property
    def compiling(self) -> bool:
        """Not beside the run."""
        return False

    @property
    def used(self) -> str:
        """What has run so far, for a person."""
        return "interpreted"

    @property
    def compiled_in(self) -> None:
        """Nothing is compiled."""
        return

    @property
    def attempts(self) -> int:
        """How many transitions were tried so far, whether they happened or not."""
        return self._walk.attempts

    def close(self) -> None:
        """Nothing: there is nothing to end."""

    def window(self, end: int, *, told: bool = True) -> Window:
        """The records from the tick that comes next up to a later one; without them where nobody wants to be told.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        start, before, tries = self.tick, self._counts(), 0
        for piece in self._walk.pieces(end):
            for tick in piece.ticks:
                self.tick = tick
            tries += len(piece.window.places)
            noted = sum(len(notes.rows) for notes in self._notes.values())
            if noted >= 2 * self.records or tries >= TRIES * self.records:
                end = piece.window.end
                break
        self.tick = end
        taken = {name: notes.taken() for name, notes in self._notes.items() if notes.rows}
        batches = [(name, batch) for name, it in taken.items() if told for batch in self._assemblies[name].batches(it)]
        return Window(start, end, batches, {way: count - before[way] for way, count in self._counts().items()})

    def checkpoint(self) -> Checkpoint:
        """All that the ticks to come depend on."""
        ticks, subjects = self._program.spec.clock.ticks, len(self._lives)
        wakes, ways, steps = self._walk.pending()
        numbers = np.array(self._numbers, dtype=np.int32)
        never = wakes >= ticks
        tries = np.where(never, -1, numbers[ways]).astype(np.int32)
        attributes = {
            name: np.fromiter((life[attribute_code(name)] for life in self._lives), dtype, subjects)
            for name, dtype in stored_columns(self._program).items()
        }
        return Checkpoint(self.tick, ticks, np.where(never, NEVER, wakes), tries, steps, attributes)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on where a snapshot of the same run was taken, by whichever engine."""
        self.tick = checkpoint.tick
        places = {number: place for place, number in enumerate(self._numbers)}
        ways = np.array([places.get(number, 0) for number in checkpoint.tries.tolist()], dtype=np.int64)
        self._walk.go_on(checkpoint.wakes.copy(), ways, checkpoint.steps.copy())
        for name in stored_columns(self._program):
            for life, value in zip(self._lives, checkpoint.attributes[name].tolist(), strict=True):
                life[attribute_code(name)] = value

    def _counts(self) -> dict[int, int]:
        return dict(sorted(zip(self._numbers, self._walk.counts, strict=True)))

    def _life(self, index: int, begin: Mapping[str, Function]) -> Life:
        life: Life = {"subject": index}
        for name, function in begin.items():
            life[attribute_code(name)] = self._code.call(function, life, 0, f"subjects.attributes.{name}")
        return life

    def _told(self, number: int) -> Transition:
        """The transition as the walk takes it, with a callback for its action and a sink that notes its records."""
        given = self._program.spec.transitions[number]
        ends = given.trigger, given.from_state, given.to_state
        sinks = [_Feed(partial(self._note, number, name)) for name in given.emit]
        action = self._actions.get(number)
        callback = None if action is None else partial(self._act, number, action)
        return Transition(*ends, given.probability, callback, sinks)

    def _act(self, number: int, function: Function, life: Life, _: Transition) -> bool:
        action = self._program.actions[number]
        happens, *values = self._code.call(function, life, self.tick, self._places[number])
        if happens and action:
            life.update(zip(map(attribute_code, action.writes), values, strict=True))
        return bool(happens)

    def _note(self, number: int, stream: str, life: Life) -> None:
        function, columns = self._records.get(stream), ()
        if function is not None:
            place, at = f"streams.{stream}", self._places[number]
            columns = self._code.call(function, life, self.tick, place, at, **self._ends[number])
        self._notes[stream].rows.append(
            (self._program.spec.clock.timestamp(self.tick), life["subject"], number, *columns)
        )

    def _fill(self, attribute: str, function: Function, columns: Columns) -> None:
        place = f"subjects.attributes.{attribute}"
        for number, life in enumerate(self._lives):
            for column, value in zip(columns, self._code.call(function, life, 0, place), strict=True):
                column[number] = value


class _Feed:
    """Tells of an event, as a sink of the walk."""

    def __init__(self, note: Callable[[Life], None]) -> None:
        self._note = note

    def collect(self, _timestamp: int, subject: Life, _transition: Transition) -> None:
        """Note the event."""
        self._note(subject)

    def close(self) -> None:
        """Nothing."""


def _first_states(spec: Spec, seed: int) -> list[int]:
    limits, states, drawn_for = initial_states(spec)
    key = seed & 0xFFFFFFFF, seed >> 32
    return [states[place_of(limits, unit(draw(*key, index, 0, drawn_for, 0)))] for index in range(spec.subjects.count)]
