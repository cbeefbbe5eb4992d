"""The records of the histories of incidents: one for each incident, at the moment at which it begins."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.batch import Batch
from doge_datagen.engine.codegen import Function, dtype_of, records
from doge_datagen.engine.interpreted.model_code import Code
from doge_datagen.engine.recording.record_batches import RecordAssembler, StreamEvents, TextSources
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.engine.waiting.incident_spans import incident_spans
from doge_datagen.language.scope import ENDS, attribute_code
from doge_datagen.language.time.incident_names import EDGES
from doge_datagen.model.clock import Clock
from doge_datagen.program.program import Program

Array = npt.NDArray[Any]
CODES = tuple(map(attribute_code, ("incident", "value", *EDGES)))
"""What the fields of these streams may show, by their names in the code."""


class IncidentRecords:
    """What the streams of incidents show, in order of time.

    An incident that is under way when the run starts is shown at its start; one that has ended before is not shown.

    Args:
        program: the model, as its engine runs it: with the warm-up, if it has one.
        seed: 64 bits.
        hidden: the hidden columns that the batches need.
    """

    def __init__(self, program: Program, seed: int, hidden: Collection[str] = ()) -> None:
        self._program, self._hidden = program, hidden
        clock = program.spec.clock
        self._start = clock.timestamp(clock.warm_up_ticks)
        # CPython, whatever the engine: incidents are few, and compiling a kernel for them would take longer.
        self._code = Code(_by_millisecond(program), seed)
        number = program.data.number_of
        self._names = [(number(it.incident) or 0, number(it.value) or 0) for it in program.histories]
        self._rows = {name: self._in_order(name, seed) for name in program.shapes if name in program.history_streams}

    def _in_order(self, stream: str, seed: int) -> Array:
        """A row for each incident of a stream: when it is shown, its history, its number there, begin and end."""
        parts = [np.empty((0, 5), np.int64)]
        for history, spans in enumerate(incident_spans(self._program, seed)):
            if stream in self._program.spec.incidents[self._program.histories[history].incident].emit:
                shown = np.maximum(spans.begins, self._start)
                number = np.arange(len(shown))
                rows = np.column_stack([shown, np.full_like(shown, history), number, spans.begins, spans.ends])
                parts.append(rows[spans.ends > self._start])
        rows = np.concatenate(parts)
        # Incidents of one moment are in the order of the model, then by number, as an order that depends on nothing
        # else.
        found: Array = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
        return found

    def batches(self, first: int, last: int) -> Iterator[tuple[str, Batch]]:
        """The records of a span of time, by stream.

        Args:
            first: its first moment, in milliseconds since the epoch.
            last: the moment after its last.

        Raises:
            CalculationError: a field cannot be calculated.
        """
        for stream, rows in self._rows.items():
            low, high = np.searchsorted(rows[:, 0], (first, last))
            if low < high:
                events = self._events(stream, rows[low:high])
                shape = self._program.shapes[stream]
                assembler = RecordAssembler(self._program, shape, TextSources(), self._hidden)
                yield from ((stream, batch) for batch in assembler.batches(events))

    def _events(self, stream: str, rows: Array) -> StreamEvents:
        wanted, function = computed(self._program.shapes[stream].columns), records(self._program).get(stream)
        values = [] if function is None else [self._calculated(stream, function, row) for row in rows.tolist()]
        columns = [np.array(it, dtype_of(typed)) for it, typed in zip(zip(*values, strict=True), wanted, strict=True)]
        moments, histories, numbers = np.ascontiguousarray(rows[:, :3].T)
        return StreamEvents(moments, numbers.astype(np.uint32), histories.astype(np.int32), columns)

    def _calculated(self, stream: str, function: Function, row: list[int]) -> tuple[Any, ...]:
        """The computed columns of one record."""
        moment, history, number, begin, end = row
        shown = zip(CODES, (*self._names[history], begin, end), strict=True)
        attributes, ends = self._code.subject(number) | dict(shown), dict.fromkeys(ENDS, 0)
        tick = moment - self._program.spec.clock.start
        found: tuple[Any, ...] = self._code.call(function, attributes, tick, f"streams.{stream}", None, **ends)
        return found


def _by_millisecond(program: Program) -> Program:
    """The program with ticks of a millisecond: incidents begin at any."""
    clock = program.spec.clock
    return replace(program, spec=replace(program.spec, clock=Clock(clock.start, 1, clock.ticks * clock.tick_ms)))
