"""What a subject does that is walked alone: its events run the model's code as in a run, but are only counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np

from doge_datagen.engine.codegen import dtype_of
from doge_datagen.engine.initial_states import stream_label
from doge_datagen.engine.interpreted.model_code import Attributes, Code
from doge_datagen.engine.interpreted.walk_transitions import WalkedRecord, WalkedWay
from doge_datagen.engine.recording.emission import varying
from doge_datagen.engine.recording.record_batches import StreamEvents
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.language.event_lines import LINE_COUNT, LINE_NUMBER
from doge_datagen.program.program import Program

QUARTER = 900_000
"""A quarter of an hour, the finest by which local times differ from UTC, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What one subject did.

    Attributes:
        ticks: how many ticks it was walked, without those of a warm-up, of which nothing is counted but the cost.
        cost: the approximate cost, relative to an attempt that computes nothing.
        attempts: by transition, how often it was attempted.
        events: by transition, how often it happened.
        spent: by state, how many ticks the subject was in it.
        records: how many records there were, where an event does not always make one: see
            :func:`~doge_datagen.engine.recording.emission.varying`.
    """

    ticks: int
    cost: float
    attempts: list[int]
    events: list[int]
    spent: list[int]
    records: list[int]


class CountedEvents:
    """Runs the code of events, and counts their records.

    Args:
        program: the model.
        code: its functions.

    Attributes:
        code: its functions; to use another seed, give those of that seed.
        happened: for a model with rhythms, by way and quarter of an hour since the start of the run, how many events
            there have been of all subjects; behind the ways, records, in the order of ``varying``.
    """

    def __init__(self, program: Program, code: Code) -> None:
        self.code = code
        self.happened: Counter[tuple[int, int]] = Counter()
        self._program, self._clock = program, program.spec.clock
        self._varying = len(varying(program))
        self._labels = {name: stream_label(program, name) for name in program.shapes}
        self._born = frozenset(it.stream for it in program.births)
        self._spawning: dict[str, list[tuple[Any, ...]]] = {}

    def no_records(self) -> list[int]:
        """The numbers of records of a subject that has none yet."""
        return [0] * self._varying

    def happens(self, attributes: Attributes, way: WalkedWay, tick: int) -> bool:
        """Draw the lines of an event and run its action; return whether it happens.

        Raises:
            CalculationError: something cannot be calculated.
        """
        transition = (way.number, way.path)
        if way.lines is not None and not self.code.draw_lines(way.lines, attributes, tick, way.ends, transition):
            return False
        if way.act is None:
            return True
        happens, *values = self.code.call(way.act, attributes, tick, way.path, None, **way.ends)
        if happens:
            attributes.update(zip(way.writes, values, strict=True))
        return bool(happens)

    def count(self, column: int, tick: int, number: int = 1) -> None:
        """Count events or records at a tick by the quarter of an hour, if the model has rhythms."""
        if self._program.spec.rhythms:
            self.happened[column, (tick - self._clock.warm_up_ticks) // QUARTER] += number

    def record(
        self, attributes: Attributes, way: WalkedWay, tick: int, recorded: list[int], number: int | None, *, shown: int
    ) -> None:
        """Compute the columns of an event's records, because that may raise; count those from ``shown`` on.

        Those of what an event spawns are kept, with the number of its way; None if it has not just happened.

        Raises:
            CalculationError: one of them cannot be calculated.
        """
        for it in way.records:
            lines = range(1, attributes[LINE_COUNT] + 1) if it.by_line else (0,)  # 0 stands for the whole event
            made = sum(self._makes(it, attributes, way, tick, line, number) for line in lines)
            if it.counted is not None and tick >= shown:
                recorded[it.counted] += made
                self.count(len(self._program.ways) + it.counted, tick, made)

    def spawning(self) -> dict[str, StreamEvents]:
        """The events that have spawned since the last call, by the name of what they are recorded for."""
        found = {}
        for stream, rows in self._spawning.items():
            times, subjects, ways, *columns = zip(*sorted(rows, key=itemgetter(0)), strict=True)
            typed = computed(self._program.shapes[stream].columns)
            arrays = [np.array(it, dtype_of(of)) for it, of in zip(columns, typed, strict=True)]
            found[stream] = StreamEvents(np.array(times), np.array(subjects), np.array(ways), arrays)
        self._spawning = {}
        return found

    def _makes(
        self, it: WalkedRecord, attributes: Attributes, way: WalkedWay, tick: int, line: int, number: int | None
    ) -> bool:
        """Whether an event or a line makes a record; what it spawns is kept, as :meth:`record` says."""
        given, emits = {**way.ends, LINE_NUMBER: line}, f"{way.path}.emit.{it.stream}"
        if it.when is not None and not self.code.call(it.when, attributes, tick, emits, None, **given):
            return False
        if it.function is not None:
            values = self.code.call(it.function, attributes, tick, self._labels[it.stream], way.path, **given)
            if it.stream in self._born and number is not None:
                row = (self._clock.timestamp(tick), attributes["subject"], number, *values)
                self._spawning.setdefault(it.stream, []).append(row)
        return True
