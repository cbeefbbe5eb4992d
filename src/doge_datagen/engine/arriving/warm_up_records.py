"""The records of those who have arrived during a warm-up, as they are at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.batch import Batch
from doge_datagen.engine.checkpoint import IDS, Checkpoint, stored_columns
from doge_datagen.engine.codegen import Function, dtype_of, ends_by_way, records
from doge_datagen.engine.initial_states import transition_label
from doge_datagen.engine.interpreted.model_code import Attributes, Code
from doge_datagen.engine.recording.emission import Fed, fed
from doge_datagen.engine.recording.record_batches import RecordAssembler, StreamEvents, TextSources
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.language.scope import attribute_code
from doge_datagen.program.program import Program
from doge_datagen.program.spawning.lineage import ROOT, SERIAL

Array = npt.NDArray[Any]
Rows = Array | slice


class WarmUpRecords:
    """Everybody in a checkpoint, as an event of their arrival at the moment at which a warm-up ends.

    Args:
        program: the model with its warm-up; its subjects arrive.
        seed: 64 bits.
        checkpoint: of the engine, behind the last tick of the warm-up.
    """

    def __init__(self, program: Program, seed: int, checkpoint: Checkpoint) -> None:
        timing = program.timing
        assert timing is not None  # noqa: S101 - subjects arrive at moments; for the type checker
        assert timing.arrivals is not None  # noqa: S101 - the caller has checked it; for the type checker
        self._program, self._seed = program, seed
        self._fed = fed(program)[timing.arrivals.transition]
        self._path = transition_label(program.spec.population, timing.arrivals.transition)
        checkpoint = _in_order(checkpoint) if program.depth else checkpoint
        self._subjects = checkpoint.attributes[ROOT].astype(np.uint32) if program.depth else checkpoint.walk[IDS]
        self._attributes = {name: checkpoint.attributes[name] for name in stored_columns(program)}
        # What is emitted is how they are now: the state of this arrival is that at the end, not the one they began in.
        ways = np.full(len(program.spec.population.states), -1)
        ways[list(timing.arrivals.states)] = timing.first_arrival + np.arange(len(timing.arrivals.states))
        self._ways = ways[checkpoint.walk["states"]].astype(np.int32)

    def events(self) -> Counter[int]:
        """By number of the way, how many there are."""
        return Counter(dict(enumerate(np.bincount(self._ways, minlength=len(self._program.ways)).tolist())))

    def batches(self, hidden: Collection[str] = ()) -> Iterator[tuple[str, Batch]]:
        """The records, by stream and in the order of subjects.

        Args:
            hidden: the hidden columns that the batches need.

        Raises:
            CalculationError: a field cannot be calculated.
        """
        clock = self._program.spec.clock
        for it in self._fed if len(self._subjects) else ():
            rows = self._recorded(it)
            subjects, ways = self._subjects[rows], self._ways[rows]
            if len(subjects):
                times = np.full(len(subjects), clock.timestamp(clock.warm_up_ticks), dtype=np.int64)
                assembler = RecordAssembler(self._program, self._program.shapes[it.stream], TextSources(), hidden)
                events = StreamEvents(times, subjects, ways, self._columns(it.stream, rows))
                yield from ((it.stream, batch) for batch in assembler.batches(events))

    def _recorded(self, it: Fed) -> Rows:
        """The rows of those who are recorded in a stream."""
        if it.when is None:
            return slice(None)
        return np.flatnonzero([*self._called(it.when, slice(None), f"{self._path}.emit.{it.stream}")])

    def _columns(self, stream: str, rows: Rows) -> list[Array]:
        """The computed columns of a stream; where all of them are attributes, nothing has to be calculated."""
        wanted = computed(self._program.shapes[stream].columns)
        kept = {attribute_code(name): it for name, it in self._attributes.items()}
        # The usual case, a record of attributes, is a copy of columns instead of a call for each subject.
        if all(it.code in kept for it in wanted):
            return [kept[it.code][rows] for it in wanted]
        found = self._called(records(self._program)[stream], rows, f"streams.{stream}", self._path)
        columns = list(zip(*found, strict=True))
        return [np.array(column, dtype_of(it)) for column, it in zip(columns, wanted, strict=True)]

    def _called(self, function: Function, rows: Rows, path: str, at: str | None = None) -> Iterator[Any]:
        """What a function returns for each of these rows."""
        program = self._program
        code, tick = Code(program, self._seed), program.spec.clock.warm_up_ticks
        ends = ends_by_way(program)
        for attributes, way in zip(self._attributes_of(code, rows), self._ways[rows].tolist(), strict=True):
            yield code.call(function, attributes, tick, path, at, **ends[way])

    def _attributes_of(self, code: Code, rows: Rows) -> Iterator[Attributes]:
        columns: Mapping[str, list[Any]] = {name: it[rows].tolist() for name, it in self._attributes.items()}
        for row, subject in enumerate(self._subjects[rows].tolist()):
            given = {name: column[row] for name, column in columns.items()}
            attributes = code.born(given) if self._program.depth else code.subject(subject)
            yield attributes | {attribute_code(name): it for name, it in given.items()}


def _in_order(checkpoint: Checkpoint) -> Checkpoint:
    """A checkpoint in which those who have been spawned are in the order of their roots."""
    # Rows are in order of birth, records of one moment in that of roots.
    order = np.lexsort((checkpoint.attributes[SERIAL], checkpoint.attributes[ROOT]))
    walk, attributes = ({name: it[order] for name, it in of.items()} for of in (checkpoint.walk, checkpoint.attributes))
    return replace(checkpoint, walk=walk, attributes=attributes)
