"""Records from what an engine has noted of their events: columns put in their types, and texts put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen import arrays
from doge_datagen.batch import Batch
from doge_datagen.engine.record_columns import GIVEN
from doge_datagen.errors import ModelError
from doge_datagen.language.scope import ENDS
from doge_datagen.language.text_expressions import Either, InitialText, Joined, Literal, ShownValue, Text, numbers_in
from doge_datagen.language.types import BOOLEAN, FLOAT, INTEGER, STRING, TIMESTAMP, Typed
from doge_datagen.program.program import Program, Shape

NUMBER = 8
DIGITS = 24
"""Of most numbers and all timestamps as texts. A format may show a float in 17 times as many."""


def size_of(part: int | Text, columns: Sequence[Typed], held: Mapping[str, pa.Array]) -> int:
    """Bytes of a number or text in a record: of the longest that it can be, but for numbers with a format.

    Args:
        part: the number of a column, or a text.
        columns: those of the stream.
        held: by attribute, the texts made at the start.

    >>> size_of(Joined((Literal("ß"), ShownValue(0, "integer", ">30"))), [Typed("a_balance", "integer")], {})
    56
    """
    match part:
        case int():
            return NUMBER
        case Literal():
            return _longest([part.text])
        case InitialText():
            return int(pc.max(pc.binary_length(held[part.attribute])).as_py() or 0)
        case Joined():
            return sum(size_of(it, columns, held) for it in part.parts)
        case Either():
            return max(size_of(it, columns, held) for it in (part.then, part.otherwise))
        case ShownValue():
            return _longest(columns[part.column].values) if part.kind == STRING else _number(part.format)


def _number(form: str) -> int:
    broadest = _longest(form or "0")  # of the format's letters, for one of them may fill it up
    return broadest * (DIGITS + max(numbers_in(form), default=0))


def _longest(texts: Iterable[str]) -> int:
    return max((len(text.encode()) for text in texts), default=0)


Array = npt.NDArray[Any]  # Any: integers, floats or truth values
TIME = pa.timestamp("ms", tz="UTC")
TYPES = {INTEGER: pa.int64(), FLOAT: pa.float64(), BOOLEAN: pa.bool_(), STRING: pa.string(), TIMESTAMP: TIME}
EPOCH = datetime(1970, 1, 1)  # in UTC, as all timestamps are
ROWS, BYTES = 2**18, 2**26  # of a batch, at most; bytes are guessed
WINDOW_BYTES = 2**29  # that a window should hold at most
Decimals = Callable[[Array], pa.Array]
Lookup = Callable[[Array, pa.StringArray], pa.Array]


@dataclass(frozen=True, slots=True)
class StreamEvents:
    """What an engine has noted of the events of one stream, in order of tick and subject.

    Attributes:
        times: when each happened, in milliseconds as timestamps are.
        subjects: to whom.
        ways: which transition it was, by its number in the spec.
        columns: what was computed, in the order of the shape's computed columns.
    """

    times: Array
    subjects: Array
    ways: Array
    columns: Sequence[Array]

    def __len__(self) -> int:
        return len(self.times)

    def part(self, first: int, last: int) -> StreamEvents:
        """The events from one row up to another."""
        columns = [column[first:last] for column in self.columns]
        return StreamEvents(self.times[first:last], self.subjects[first:last], self.ways[first:last], columns)


def schema_of(shape: Shape) -> pa.Schema:
    """What a stream's batches look like; nothing in them is null."""
    return pa.schema([pa.field(name, TYPES[kind], nullable=False) for name, kind in shape.kinds.items()])


def decimal(numbers: Array) -> pa.Array:
    """Whole numbers as text."""
    return pc.cast(arrays.integers(numbers), pa.string())


def texts_by_number(numbers: Array, table: pa.StringArray) -> pa.Array:
    """By number, the texts of a table."""
    return table.take(arrays.integers(numbers))


@dataclass(frozen=True, slots=True)
class TextSources:
    """Where the texts of a run's records come from.

    Attributes:
        held: by attribute, the texts made at the start, one for each subject: ``string`` or ``large_string``.
        decimals: what writes whole numbers.
        lookup: what finds texts in a table.
    """

    held: Mapping[str, pa.Array] = field(default_factory=dict)
    decimals: Decimals = decimal
    lookup: Lookup = texts_by_number


class RecordAssembler:
    """Puts the records of one stream together.

    Args:
        program: the model.
        shape: how the stream's records are put together.
        sources: where texts come from.

    Attributes:
        schema: of the stream's batches.
        size: how many bytes a record takes, about.
        rows: how many records a batch may have.
    """

    def __init__(self, program: Program, shape: Shape, sources: TextSources) -> None:
        self.schema = schema_of(shape)
        self.size = sum(size_of(part, shape.columns, sources.held) for part in shape.parts)
        self.rows = max(1, min(ROWS, BYTES // max(self.size, 1)))
        self._shape = shape
        self._clock = program.spec.clock
        self._sources = sources
        self._texts = arrays.texts(program.tables.texts or ("",))
        self._ends = {end: arrays.texts([getattr(it, end) for it in program.spec.transitions]) for end in ENDS}

    def batches(self, noted: StreamEvents) -> Iterator[Batch]:
        """The records of these events, in batches that are not too large."""
        for first in range(0, len(noted), self.rows):
            yield self.batch(noted.part(first, first + self.rows))

    def batch(self, noted: StreamEvents) -> Batch:
        """The records of these events."""
        columns = self._columns(noted)
        shape, made = self._shape, dict[int | Text, pa.Array]()
        for part in shape.parts:
            made[part] = self._field(part, columns) if isinstance(part, int) else self._text(part, columns, noted)
        return Batch(
            pa.RecordBatch.from_arrays([made[part] for part in shape.fields.values()], schema=self.schema),
            arrays.numbers(noted.times, TIME),
            None if shape.key is None else made[shape.key],
            {name: made[part] for name, part in shape.headers.items()},
        )

    def _columns(self, noted: StreamEvents) -> list[Array]:
        computed = iter(noted.columns)
        return [self._given(it.code, noted) if it.code in GIVEN else next(computed) for it in self._shape.columns]

    def _given(self, name: str, noted: StreamEvents) -> Array:
        match name:
            case "subject":
                return noted.subjects
            case "timestamp":
                return noted.times
            case "tick":
                return (noted.times - self._clock.start) // self._clock.tick_ms
            case _:
                return noted.ways  # whose texts say where they begin, where they end and how they are called

    def _field(self, number: int, columns: Sequence[Array]) -> pa.Array:
        kind, column = self._shape.columns[number].kind, columns[number]
        if kind == BOOLEAN:
            return arrays.truths(column)
        return arrays.numbers(column.astype("float64" if kind == FLOAT else "int64", copy=False), TYPES[kind])

    def _text(self, text: Text, columns: Sequence[Array], noted: StreamEvents) -> pa.Array:
        match text:
            case Literal():
                return pa.repeat(arrays.scalar(text.text), len(noted))
            case InitialText():
                return self._sources.held[text.attribute].take(arrays.integers(noted.subjects)).cast(pa.string())
            case Joined():
                parts = [self._text(part, columns, noted) for part in text.parts or (Literal(""),)]
                return pc.binary_join_element_wise(*parts, arrays.scalar(""))
            case Either():
                test = arrays.truths(columns[text.column])
                then, otherwise = (self._text(part, columns, noted) for part in (text.then, text.otherwise))
                return pc.if_else(test, then, otherwise)
            case ShownValue():
                return self._shown(text, columns[text.column])

    def _shown(self, text: ShownValue, column: Array) -> pa.Array:
        if text.kind == STRING:
            return self._sources.lookup(column, self._ends.get(self._shape.columns[text.column].code, self._texts))
        if text.kind == INTEGER and not text.format:
            return self._sources.decimals(column)
        return arrays.texts([_formatted(value, text) for value in column.tolist()])


def records_per_window(records: int, assemblies: Iterable[RecordAssembler]) -> int:
    """How many records a window should hold: so many, but fewer where they are large."""
    return max(1, min([records, *(WINDOW_BYTES // max(it.size, 1) for it in assemblies)]))


def _formatted(value: Any, text: ShownValue) -> str:
    """A number as Python's format shows it, a timestamp in ISO 8601."""
    if text.kind == TIMESTAMP:
        return iso(value)
    return format(value, text.format) if text.format else str(value)


def iso(milliseconds: int) -> str:
    """A timestamp in ISO 8601, in UTC and with milliseconds.

    Raises:
        ModelError: it is outside the years 1 to 9999.

    >>> iso(1644549708000)
    '2022-02-11T03:21:48.000Z'
    """
    try:
        moment = EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        problem = f"{milliseconds} ms is outside the years 1 to 9999 and cannot be shown as text. Hint: keep it within"
        raise ModelError("timestamp", problem) from None
    return f"{moment.isoformat(timespec='milliseconds')}Z"
