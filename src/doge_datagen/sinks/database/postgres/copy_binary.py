"""Encode columns as rows of PostgreSQL's binary COPY, vectorized over all rows of a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen.arrow_arrays import numpy_values, scalar

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The signature, then 32 bits of flags and the length of the header's extension, both 0.
HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TAIL = b"\xff\xff"
"""Header and trailer of a binary COPY; see "Binary Format" in PostgreSQL's documentation of COPY."""

EPOCH = 946_684_800_000_000
"""PostgreSQL counts microseconds from 2000-01-01; this is that moment since 1970."""

WIRE = {
    "BIGINT": ">i8",
    "INTEGER": ">i4",
    "SMALLINT": ">i2",
    "DOUBLE PRECISION": ">f8",
    "REAL": ">f4",
    "BOOLEAN": "u1",
    "TIMESTAMP WITH TIME ZONE": ">i8",
    "TIMESTAMP WITHOUT TIME ZONE": ">i8",
}
"""By column type, the NumPy type of a value on the wire; strings have no fixed width and are sent as they are."""


@dataclass(slots=True)
class BinaryPart:
    """The part of a row between two strings: values of fixed width, each preceded by its length.

    Attributes:
        kind: structured type of one row of this part.
        columns: indices of the columns whose values it holds.
        text: index of the string column whose length ends the part; None if no string follows.
        rows: buffer for as many rows as the longest batch had so far. Only the values change from batch to batch.
    """

    kind: np.dtype[Any]
    columns: Sequence[int]
    text: int | None
    rows: NDArray[Any] = field(default_factory=lambda: np.empty(0))


class BinaryRows:
    """Encodes columns as rows.

    Args:
        names: names of the columns, for errors.
        types: types of the columns, as in ``WIRE``; None for a string.
    """

    def __init__(self, names: Sequence[str], types: Sequence[str | None]) -> None:
        self._names = names
        self._types = types
        self._parts = _parts([kind and WIRE[kind] for kind in types])

    def encode(self, arrays: Sequence[pa.Array]) -> memoryview:
        """Encode the rows into a buffer that is valid until the next call.

        Args:
            arrays: the columns, of type ``string`` or of fixed width, without nulls.

        Raises:
            ValueError: a number is out of its column's range.
        """
        joined: list[pa.Array] = []
        for part in self._parts:
            rows = self._filled(part, arrays)
            # Without strings all rows have one length, and the buffer is the message: nothing is copied.
            if part.text is None and not joined:
                return rows.view(np.uint8).data
            joined.append(_as_binary(rows))
            if part.text is not None:
                joined.append(arrays[part.text].cast(pa.binary()))
        return data_of(pc.binary_join_element_wise(*joined, scalar(b"")))

    def _filled(self, part: BinaryPart, arrays: Sequence[pa.Array]) -> NDArray[Any]:
        count = len(arrays[0])
        if len(part.rows) < count:
            # Lengths and counts never change, so they are filled in only when the buffer grows.
            part.rows = _blank(part, count, len(arrays))
        rows = part.rows[:count]
        for column in part.columns:
            rows[f"value{column}"] = self._values(arrays[column], column)
        if part.text is not None:
            rows["text"] = numpy_values(pc.binary_length(arrays[part.text]))
        return rows

    def _values(self, array: pa.Array, column: int) -> NDArray[Any]:
        kind = str(self._types[column])
        if pa.types.is_timestamp(array.type):
            return _microseconds(array, f"column {self._names[column]!r} ({kind})")
        values: NDArray[Any] = numpy_values(array)
        if kind in ("INTEGER", "SMALLINT"):
            _check_range(values, np.dtype(WIRE[kind]), f"column {self._names[column]!r} ({kind})")
        return values


def data_of(joined: pa.Array) -> memoryview:
    """The bytes of all values, concatenated."""
    ends = np.frombuffer(joined.buffers()[1], np.int32)
    return memoryview(joined.buffers()[2])[: ends[len(joined)]]


def _parts(wires: Sequence[str | None]) -> list[BinaryPart]:
    parts: list[BinaryPart] = []
    kind: list[tuple[str, str]] = [("columns", ">i2")]
    columns: list[int] = []
    for column, wire in enumerate(wires):
        if wire is None:
            parts.append(BinaryPart(np.dtype([*kind, ("text", ">i4")]), columns, column))
            kind, columns = [], []
        else:
            kind += [(f"length{column}", ">i4"), (f"value{column}", wire)]
            columns.append(column)
    if kind:
        parts.append(BinaryPart(np.dtype(kind), columns, None))
    return parts


def _blank(part: BinaryPart, count: int, width: int) -> NDArray[Any]:
    rows = np.empty(count, part.kind)
    if "columns" in (part.kind.names or ()):
        rows["columns"] = width
    for column in part.columns:
        rows[f"length{column}"] = part.kind[f"value{column}"].itemsize
    return rows


def _as_binary(rows: NDArray[Any]) -> pa.Array:
    # 32 bits are enough: a piece has about a megabyte of values, and their lengths make it 60 times as large at most,
    # for booleans of one bit each.
    ends = np.arange(0, (len(rows) + 1) * rows.itemsize, rows.itemsize, dtype=np.int32)
    return pa.Array.from_buffers(pa.binary(), len(rows), [None, pa.py_buffer(ends), pa.py_buffer(rows)])


def _microseconds(array: pa.Array, destination: str) -> NDArray[Any]:
    values: NDArray[np.int64] = numpy_values(array)
    most = (np.iinfo(np.int64).max - EPOCH) // 1000  # in both directions, as the epoch is subtracted at the end
    if values.min() < -most or values.max() > most:
        raise ValueError(f"{destination}: a timestamp is out of its range. Hint: let the run end earlier")
    return values * 1000 - EPOCH


def _check_range(values: NDArray[Any], wire: np.dtype[Any], destination: str) -> None:
    limits = np.iinfo(wire)
    wrong = (values < limits.min) | (values > limits.max)
    if wrong.any():
        raise ValueError(f"{destination}: {values[wrong][0]} is out of its range. Hint: make the column wider")


ESCAPES = (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r"))
"""The backslash comes first, as the other replacements insert backslashes."""


def text_rows(arrays: Sequence[pa.Array]) -> memoryview:
    r"""Encode the rows in COPY's text format, one line each.

    Args:
        arrays: the columns, of any type that Arrow can cast to a string, without nulls.

    >>> bytes(text_rows([pa.array([1, 2]), pa.array(['a', 'tab\t']), pa.array([True, False])]))
    b'1\ta\ttrue\n2\ttab\\t\tfalse\n'
    """
    lines = pc.binary_join_element_wise(*map(_text, arrays), scalar("\t"))
    return data_of(pc.binary_join_element_wise(lines, scalar(""), scalar("\n")))


def _text(array: pa.Array) -> pa.Array:
    if not pa.types.is_string(array.type):
        return array.cast(pa.string())
    for character, escaped in ESCAPES:
        array = pc.replace_substring(array, character, escaped)
    return array
