"""Columns to the rows of PostgreSQL's textual COPY, which every type can be read from."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen.arrays import scalar
from doge_datagen.sinks.copy_binary import data_of

ESCAPES = (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r"))
"""The backslash comes first: the others bring new ones."""


def text_rows(arrays: Sequence[pa.Array]) -> memoryview:
    r"""The rows, a line for each.

    Args:
        arrays: the columns, of any type that Arrow can write as text; no value is null.

    >>> bytes(text_rows([pa.array([1, 2]), pa.array(['a', 'tab\t']), pa.array([True, False])]))
    b'1\ta\ttrue\n2\ttab\\t\tfalse\n'
    """
    lines = pc.binary_join_element_wise(*map(_text, arrays), scalar("\t"))
    return data_of(pc.binary_join_element_wise(lines, scalar(""), scalar("\n")))


def _text(array: pa.Array) -> pa.Array:
    if not pa.types.is_string(array.type):
        return array.cast(pa.string())
    for plain, escaped in ESCAPES:
        array = pc.replace_substring(array, plain, escaped)
    return array
