"""Converts between NumPy arrays, strings and Arrow arrays; numbers are not copied.

Use these instead of ``pyarrow.array``, ``to_numpy`` and the like: they check for pandas objects and, if pandas is
installed, import it for that, which takes longer than everything else before the first record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def numbers(values: npt.NDArray[Any], kind: pa.DataType) -> pa.Array:
    """An Arrow array of integers, floats or timestamps; ``kind`` must be as wide as the NumPy type.

    >>> numbers(np.array([60_000]), pa.timestamp("ms", "UTC"))[0].as_py().isoformat()
    '1970-01-01T00:01:00+00:00'
    """
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def integers(values: npt.NDArray[Any]) -> pa.Int64Array:
    """An Arrow array of int64 from integers of any width.

    >>> integers(np.array([7], "uint8")).type
    DataType(int64)
    """
    return numbers(values.astype(np.int64, copy=False), pa.int64())


def numpy_values(array: pa.Array) -> npt.NDArray[Any]:
    """A NumPy array from an Arrow array without nulls, of numbers, booleans or timestamps; timestamps become integers.

    >>> numpy_values(booleans(np.array([True, False])))
    array([ True, False])
    """
    if pa.types.is_boolean(array.type):
        return np.from_dlpack(array.cast(pa.uint8())).astype(np.bool_)
    return np.from_dlpack(array.view(pa.int64()) if pa.types.is_timestamp(array.type) else array)


def booleans(values: npt.NDArray[np.bool_]) -> pa.BooleanArray:
    """An Arrow array of booleans, which Arrow packs into bits.

    >>> booleans(np.array([True, False])).to_pylist()
    [True, False]
    """
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(np.packbits(values, bitorder="little"))])


def texts(values: Sequence[str]) -> pa.StringArray:
    """An Arrow array of strings, which must be less than 2 GiB in total.

    >>> texts(["a", "", "ß"]).to_pylist()
    ['a', '', 'ß']
    """
    return _strings([value.encode() for value in values], pa.string())


def scalar(value: str | bytes) -> pa.Scalar:
    """A string, or bytes, as an Arrow scalar.

    >>> scalar("ß").as_py(), scalar(b"a").as_py()
    ('ß', b'a')
    """
    return texts([value])[0] if isinstance(value, str) else _strings([value], pa.binary())[0]


def no_records(schema: pa.Schema) -> pa.RecordBatch:
    """A record batch without rows.

    >>> no_records(pa.schema({"a": pa.int64()})).num_rows
    0
    """
    return pa.RecordBatch.from_arrays([pa.nulls(0, kind) for kind in schema.types], schema=schema)


def _strings(values: Sequence[bytes], kind: pa.DataType) -> pa.Array:
    ends = np.cumsum([0, *map(len, values)]).astype(np.int32)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(values))])
