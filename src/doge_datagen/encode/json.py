"""Encode records as JSON, one compact object each."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen.arrow_arrays import integers, numpy_values, scalar
from doge_datagen.encode.encoding_errors import refuse, refuse_nulls
from doge_datagen.errors import MissingDriverError

FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999  # of the years 0001 to 9999
NOT_FINITE = "JSON has no such number. Hint: let the model's expression give a finite one"
NOT_IN_FOUR_DIGITS = "ISO 8601 has years 0001 to 9999. Hint: let the model's expression give a time among these"


def json_values(records: pa.RecordBatch, destination: str = "json") -> list[bytes]:
    """Encode each record as a JSON object in UTF-8, fields in their order, without spaces or line breaks.

    Integers are exact, floats are the shortest string that reads back as the same float, timestamps are ISO 8601 in UTC
    with milliseconds (RFC 3339, https://www.rfc-editor.org/rfc/rfc3339).

    Args:
        records: columns of the types that streams have, no nulls.
        destination: name of the destination in messages.

    Raises:
        MissingDriverError: the extra ``json`` is not installed.
        RecordError: a float is not finite, a timestamp is outside of the years 0001 to 9999, or a value is null.

    >>> at = pa.array([1644549708000], pa.timestamp('ms', tz='UTC'))
    >>> json_values(pa.record_batch({'user': ['doge'], 'amount': [0.1], 'at': at}))
    [b'{"user":"doge","amount":0.1,"at":"2022-02-11T03:21:48.000Z"}']
    """
    try:
        import polars as pl  # noqa: PLC0415 - a heavy package is imported when it is needed
    except ImportError as error:
        raise MissingDriverError("JSON", "json") from error
    if not records.num_columns:
        return [b"{}"] * records.num_rows
    table = pl.DataFrame(pl.from_arrow(_plain(records, destination)))
    texts = table.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    values: list[bytes] = texts.cast(pl.Binary).to_list()
    return values


def iso_8601(timestamps: pa.Array) -> pa.Array:
    """Format timestamps of the years 0001 to 9999 as strings.

    Records of one tick are adjacent, and formatting costs more than comparing, so each run of equal timestamps is
    formatted once.

    >>> iso_8601(pa.array([0, 0, 1], pa.timestamp('ms', tz='UTC'))).to_pylist()[1:]
    ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.001Z']
    """
    numbers = numpy_values(timestamps)
    starts = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1]))[: len(numbers)])
    # Without a time zone: Arrow would look the zone up for each value to print it.
    texts = timestamps.take(integers(starts)).cast(pa.timestamp("ms")).cast(pa.string())
    formatted = pc.binary_join_element_wise(pc.binary_replace_slice(texts, 10, 11, "T"), scalar("Z"), scalar(""))
    runs = np.diff(starts, append=len(numbers))
    return formatted.take(integers(np.repeat(np.arange(len(starts)), runs)))


def _plain(records: pa.RecordBatch, destination: str) -> pa.RecordBatch:
    """Convert timestamps to strings, after checking that JSON can represent all values."""
    refuse_nulls(records, destination)
    columns = [
        _column(field, column, destination) for field, column in zip(records.schema, records.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, names=records.schema.names)


def _column(field: pa.Field, column: pa.Array, destination: str) -> pa.Array:
    if pa.types.is_floating(field.type):
        refuse(column, field.name, np.isfinite, NOT_FINITE, destination)
    elif pa.types.is_timestamp(field.type):
        refuse(column, field.name, lambda times: (times >= FIRST) & (times <= LAST), NOT_IN_FOUR_DIGITS, destination)
        return iso_8601(column)
    return column
