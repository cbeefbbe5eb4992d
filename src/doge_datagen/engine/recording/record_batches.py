"""Assembles Arrow batches from the events of a stream: converts columns to their types, and builds strings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen import arrow_arrays
from doge_datagen.batch import Batch
from doge_datagen.draws import SUBJECTS_AT_MOST
from doge_datagen.engine.codegen import values_by_way
from doge_datagen.engine.recording import hidden_columns
from doge_datagen.engine.recording.hidden_columns import HIDDEN
from doge_datagen.engine.recording.record_columns import GIVEN, is_of_transition
from doge_datagen.engine.subject_slice import rows_of
from doge_datagen.language.text_expressions import numbers_in
from doge_datagen.language.texts import Either, InitialText, Joined, Literal, ShownValue, Text, shown
from doge_datagen.language.types import BOOLEAN, DURATION, FLOAT, INTEGER, STRING, TIMESTAMP, Typed
from doge_datagen.program.program import Program, Shape

NUMBER = 8
DIGITS = 24
"""The most characters of most numbers, and of all timestamps; a format may show a float in 17 times as many."""


def size_of(part: int | Text, columns: Sequence[Typed], initial: Mapping[str, pa.Array]) -> int:
    """The most bytes that a number or string takes in a record; an estimate for numbers with a format.

    Args:
        part: the number of a column, or a string.
        columns: the columns of the stream.
        initial: by attribute, the strings that subjects got at the start.

    >>> size_of(Joined((Literal("ß"), ShownValue(0, "integer", ">30"))), [Typed("a_balance", "integer")], {})
    56
    """
    match part:
        case int():
            return NUMBER
        case Literal():
            return _longest([part.text])
        case InitialText():
            return int(pc.max(pc.binary_length(initial[part.attribute])).as_py() or 0)
        case Joined():
            return sum(size_of(it, columns, initial) for it in part.parts)
        case Either():
            return max(size_of(it, columns, initial) for it in (part.then, part.otherwise))
        case ShownValue():
            return _longest(columns[part.column].values) if part.kind == STRING else _number(part.format)


def _number(form: str) -> int:
    broadest = _longest(form or "0")  # bytes of the format's widest character, which may be its fill character
    return broadest * (DIGITS + max(numbers_in(form), default=0))


def _longest(texts: Iterable[str]) -> int:
    return max((len(text.encode()) for text in texts), default=0)


Array = npt.NDArray[Any]  # Any: integers, floats or booleans
TIME = pa.timestamp("ms", tz="UTC")
TYPES = {
    INTEGER: pa.int64(),
    FLOAT: pa.float64(),
    BOOLEAN: pa.bool_(),
    STRING: pa.string(),
    TIMESTAMP: TIME,
    DURATION: pa.int64(),  # in milliseconds: JSON, Avro and most databases have no type for durations
}
ROWS, BYTES = 2**18, 2**26  # the most of each in a batch; bytes are estimated
WINDOW_BYTES = 2**29  # the most bytes that a window should hold
Decimals = Callable[[Array], pa.Array]
Lookup = Callable[[Array, pa.StringArray], pa.Array]


@dataclass(frozen=True, slots=True)
class StreamEvents:
    """The events of one stream as an engine has recorded them, in order of tick and subject.

    Attributes:
        times: timestamps, in milliseconds since the epoch.
        subjects: the indexes of the subjects.
        ways: the transitions, by number in the spec.
        columns: the computed columns, in the order of the shape.
    """

    times: Array
    subjects: Array
    ways: Array
    columns: Sequence[Array]

    def __len__(self) -> int:
        return len(self.times)

    def part(self, first: int, last: int) -> StreamEvents:
        """The events of the rows from ``first`` up to ``last``, exclusive."""
        columns = [column[first:last] for column in self.columns]
        return StreamEvents(self.times[first:last], self.subjects[first:last], self.ways[first:last], columns)


def schema_of(shape: Shape) -> pa.Schema:
    """The schema of a stream's batches; no field is nullable."""
    return pa.schema([pa.field(name, TYPES[kind], nullable=False) for name, kind in shape.kinds.items()])


def decimal(numbers: Array) -> pa.Array:
    """Integers as strings."""
    return pc.cast(arrow_arrays.integers(numbers), pa.string())


def texts_by_number(numbers: Array, table: pa.StringArray) -> pa.Array:
    """Strings of a table, by index."""
    return table.take(arrow_arrays.integers(numbers))


@dataclass(frozen=True, slots=True)
class TextSources:
    """Where the strings in a run's records come from; an engine may have faster functions than those here.

    Attributes:
        initial: by attribute, the strings built at the start, one for each subject: ``string`` or ``large_string``.
        subjects: the subjects that have these strings.
        decimals: converts integers to strings.
        lookup: looks strings up in a table by index.
    """

    initial: Mapping[str, pa.Array] = field(default_factory=dict)
    subjects: range = range(SUBJECTS_AT_MOST)
    decimals: Decimals = decimal
    lookup: Lookup = texts_by_number


class RecordAssembler:
    """Assembles the batches of one stream.

    Args:
        program: the model.
        shape: what the records consist of.
        sources: where strings come from.
        hidden: the hidden columns that the batches need.

    Attributes:
        schema: the schema of the batches.
        size: about how many bytes a record takes.
        rows: the most records in a batch.
    """

    def __init__(self, program: Program, shape: Shape, sources: TextSources, hidden: Collection[str] = ()) -> None:
        self.schema = schema_of(shape)
        self.size = sum(size_of(part, shape.columns, sources.initial) for part in shape.parts)
        self.rows = max(1, min(ROWS, BYTES // max(self.size, 1)))
        self._shape = shape
        self._clock = program.spec.clock
        self._sources = sources
        self._hidden = hidden
        self._texts = program.texts
        self._by_way = {it.code: values_by_way(program, it) for it in shape.columns if is_of_transition(it)}
        # There are few transitions and many records: which string a transition has is looked up once for each.
        strings = [it.code for it in shape.columns if it.code in self._by_way and it.kind == STRING]
        self._texts_by_way = {code: texts_by_number(self._by_way.pop(code), self._texts) for code in strings}

    def batches(self, events: StreamEvents) -> Iterator[Batch]:
        """The records of these events, in batches of at most ``rows``."""
        for first in range(0, len(events), self.rows):
            yield self.batch(events.part(first, first + self.rows))

    def batch(self, events: StreamEvents) -> Batch:
        """The records of these events, in one batch."""
        columns = self._columns(events)
        shape, made = self._shape, dict[int | Text, pa.Array]()
        # A part that several fields, the key or a header show is built once.
        for part in shape.parts:
            made[part] = self._field(part, columns) if isinstance(part, int) else self._text(part, columns, events)
        return Batch(
            pa.RecordBatch.from_arrays([made[part] for part in shape.fields.values()], schema=self.schema),
            arrow_arrays.numbers(events.times, TIME),
            None if shape.key is None else made[shape.key],
            {name: made[part] for name, part in shape.headers.items()},
            hidden=self._hidden_columns(events, columns),
        )

    def _hidden_columns(self, events: StreamEvents, columns: Sequence[Array]) -> dict[str, pa.Array]:
        return {name: self._hidden_column(name, events, columns) for name in self._hidden}

    def _hidden_column(self, name: str, events: StreamEvents, columns: Sequence[Array]) -> pa.Array:
        match name:
            case hidden_columns.SUBJECT:
                values = events.subjects
            case hidden_columns.LINE if self._shape.line is not None:
                values = columns[self._shape.line]
            case hidden_columns.LINE:
                values = np.zeros(len(events), "int32")
            case _:
                values = events.ways
        return arrow_arrays.numbers(values.astype(str(HIDDEN[name]), copy=False), HIDDEN[name])

    def _columns(self, events: StreamEvents) -> list[Array]:
        # The engines record only what has to be computed; the rest is put back at its position.
        computed = iter(events.columns)
        of_event = {*GIVEN, *self._by_way, *self._texts_by_way}
        return [self._given(it.code, events) if it.code in of_event else next(computed) for it in self._shape.columns]

    def _given(self, code: str, events: StreamEvents) -> Array:
        match code:
            case "subject":
                return events.subjects
            case "timestamp":
                return events.times
            case "tick":
                return (events.times - self._clock.start) // self._clock.tick_ms
            case _:  # strings are looked up by the number of the way
                return self._by_way[code][events.ways] if code in self._by_way else events.ways

    def _field(self, number: int, columns: Sequence[Array]) -> pa.Array:
        kind, column = self._shape.columns[number].kind, columns[number]
        if kind == BOOLEAN:
            return arrow_arrays.booleans(column)
        return arrow_arrays.numbers(column.astype("float64" if kind == FLOAT else "int64", copy=False), TYPES[kind])

    def _text(self, text: Text, columns: Sequence[Array], events: StreamEvents) -> pa.Array:
        match text:
            case Literal():
                return pa.repeat(arrow_arrays.scalar(text.text), len(events))
            case InitialText():
                # The strings of the start were built for the rows of this engine, not for all subjects.
                rows = rows_of(events.subjects, self._sources.subjects)
                return self._sources.initial[text.attribute].take(arrow_arrays.integers(rows)).cast(pa.string())
            case Joined():
                # Without any part there would be no column to say how many rows there are.
                parts = [self._text(part, columns, events) for part in text.parts or (Literal(""),)]
                return pc.binary_join_element_wise(*parts, arrow_arrays.scalar(""))
            case Either():
                test = arrow_arrays.booleans(columns[text.column])
                then, otherwise = (self._text(part, columns, events) for part in (text.then, text.otherwise))
                return pc.if_else(test, then, otherwise)
            case ShownValue():
                return self._shown(text, columns[text.column])

    def _shown(self, text: ShownValue, column: Array) -> pa.Array:
        if text.kind == STRING:
            table = self._texts_by_way.get(self._shape.columns[text.column].code, self._texts)
            return self._sources.lookup(column, table)
        if text.kind in (INTEGER, DURATION) and not text.format:
            # The two frequent kinds have fast functions; formats of Python are applied to one value after the other.
            return self._sources.decimals(column)
        return arrow_arrays.texts([shown(value, text) for value in column.tolist()])


def records_per_window(records: int, assemblies: Iterable[RecordAssembler]) -> int:
    """How many records a window should hold: at most ``records``, and fewer if they are large."""
    return max(1, min([records, *(WINDOW_BYTES // max(it.size, 1) for it in assemblies)]))
