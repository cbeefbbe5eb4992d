"""Runs the actions of transitions in the interpreted engine, and records the events that happen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from doge_datagen.engine.codegen import actions, drawn_lines, dtype_of, ends_by_way, records
from doge_datagen.engine.initial_states import stream_label, transition_label
from doge_datagen.engine.interpreted.model_code import Attributes, Code
from doge_datagen.engine.recording.emission import fed
from doge_datagen.engine.recording.record_batches import StreamEvents
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.language.event_lines import LINE_COUNT, LINE_NUMBER
from doge_datagen.language.scope import attribute_code
from doge_datagen.program.program import Program


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


class EventRecorder:
    """Attempts transitions: runs their actions, and records the events in the streams that these feed.

    Args:
        program: the model.
        code: its functions.

    Attributes:
        recorded: how many events have been recorded since the last window, of all streams together.
    """

    def __init__(self, program: Program, code: Code) -> None:
        self._program, self._code, self._clock = program, code, program.spec.clock
        self.recorded = 0
        self._rows = {name: EventRows(program, name) for name in program.shapes}
        self._labels = {name: stream_label(program, name) for name in program.shapes}
        self._paths = [transition_label(program.spec.population, it) for it in range(len(program.transitions))]
        self._records, self._actions = records(program), actions(program)
        self._feeds, self._lines, self._ends = fed(program), drawn_lines(program), ends_by_way(program)

    def taken(self) -> dict[str, StreamEvents]:
        """Return the events of the streams that have any, and clear them."""
        self.recorded = 0
        return {name: rows.taken() for name, rows in self._rows.items() if rows.rows}

    def attempt(self, number: int, way: int, attributes: Attributes, tick: int) -> bool:
        """Run the action of a transition, and record its event if it happens.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        # Lines first, since the action may sum them up; then the action, since records show the attributes after it.
        if number in self._lines and not self._draw_lines(number, way, attributes, tick):
            return False
        function, action = self._actions.get(number), self._program.actions[number]
        if function is not None:
            ends = self._ends[way]
            happens, *values = self._code.call(function, attributes, tick, self._paths[number], None, **ends)
            if not happens:
                return False
            if action:
                attributes.update(zip(map(attribute_code, action.writes), values, strict=True))
        for it in self._feeds[number]:
            path = f"{self._paths[number]}.emit.{it.stream}"
            for line in range(1, attributes[LINE_COUNT] + 1) if it.by_line else (0,):
                given = {**self._ends[way], LINE_NUMBER: line}
                if it.when is None or self._code.call(it.when, attributes, tick, path, None, **given):
                    self._record(number, way, it.stream, attributes, tick, given)
        return True

    def _draw_lines(self, number: int, way: int, attributes: Attributes, tick: int) -> bool:
        path, ends = self._paths[number], self._ends[way]
        return self._code.draw_lines(self._lines[number], attributes, tick, ends, transition=(number, path))

    def _record(
        self, number: int, way: int, stream: str, attributes: Attributes, tick: int, given: Mapping[str, int]
    ) -> None:
        function, columns = self._records.get(stream), ()
        if function is not None:
            path, at = self._labels[stream], self._paths[number]
            columns = self._code.call(function, attributes, tick, path, at, **given)
        self.recorded += 1
        self._rows[stream].rows.append((self._clock.timestamp(tick), attributes["subject"], way, *columns))
