"""The records that the conformance suite writes: all types, with values that are easily corrupted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import Any

import pyarrow as pa

from doge_datagen.batch import Batch
from doge_datagen.model.redaction import Redacted
from doge_datagen.sinks.sink_kind import SinkContext

Row = tuple[int, int, float, bool, str, int]
"""A record as the suite expects it: its number, an integer, a float, a boolean, a string, milliseconds since 1970."""

UTC_MS = pa.timestamp("ms", "UTC")
STREAM = "samples"
SCHEMA = pa.schema(
    [
        pa.field("record", pa.int64(), nullable=False),
        pa.field("amount", pa.int64(), nullable=False),
        pa.field("rate", pa.float64(), nullable=False),
        pa.field("settled", pa.bool_(), nullable=False),
        pa.field("note", pa.string(), nullable=False),
        pa.field("happened", UTC_MS, nullable=False),
    ]
)
START = 1_644_549_708_000
# The ends of 64 bits, and numbers that a double (2**53 + 1) or 32 bits cannot hold.
AMOUNTS = (0, 1, -1, 2**63 - 1, -(2**63), 2**53 + 1, -(2**31) - 1)
# Values at which writers differ: the sign of zero, exponents, the largest and the smallest normal double.
RATES = (
    0.1,
    -0.0,
    1 / 3,
    1e16,
    1e22,
    100.0,
    -1.7976931348623157e308,
    2.2250738585072014e-308,
    123456789.125,
    1e-7,
    0.0,
)
NOTES = (
    "plain text",
    "",
    'quotes " and \' and ""',
    "back\\slash \\n \\N",
    "a line\nand another",
    "a\ttab, a comma; a semicolon",
    "carriage\r\nreturn",
    "Zoë 🐕 \u2028 中",
    " spaces around ",
    "NULL",
    "\x01\x1b\x7f",
    "{not: 'json'}",
    "1234",
)
MOMENTS = (0, START, START + 1, START + 999, -1, 951_782_400_000, 4_102_444_800_000, 253_402_300_799_999)
"""1970, 2022 with and without milliseconds, 1969, a leap day, 2100 and the last millisecond of the year 9999."""

FEW = (3, 2, 5)
LARGE = (5000,)
SMALL = (1,) * 50
MANY = (7, 500, 1, 993) * 2
"""Sizes of batches; no sink's own buffer is a multiple of them."""


def opening(at: str, options: Mapping[str, Any] | None = None) -> SinkContext:
    """Context for opening a sink for the samples, as a model's target would give it."""
    return SinkContext(STREAM, SCHEMA, Redacted(at), dict(options or {}), keyed=True)


def rows(sizes: Sequence[int]) -> list[Row]:
    """The samples as the suite expects to read them back."""
    return list(_rows(sum(sizes)))


def row_of(record: Mapping[str, Any]) -> Row:
    """Convert a record that was read back as a mapping into a row to be compared.

    Its timestamp may be an aware ``datetime``, a string in ISO 8601, or the milliseconds themselves.

    >>> values = {'record': 1, 'amount': 2, 'rate': 0.5, 'settled': True, 'note': ''}
    >>> row_of({**values, 'happened': '1970-01-01T00:00:01.000Z'})
    (1, 2, 0.5, True, '', 1000)
    """
    *before, happened = (record[name] for name in SCHEMA.names)
    return (*before, milliseconds(happened))


def milliseconds(moment: dt.datetime | str | int) -> int:
    """A moment as milliseconds since the epoch, exactly."""
    if isinstance(moment, int):
        return moment
    exact = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (exact - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)


def batches_of(sizes: Sequence[int], *, sliced: bool = False) -> list[Batch]:
    """The samples as batches; if ``sliced``, as slices of longer arrays."""
    cuts = _cuts(sizes)
    if sliced:
        return [_whole(sum(sizes)).part(first, length) for first, length in cuts]
    return [_batch(_rows(sum(sizes))[first : first + length]) for first, length in cuts]


@cache
def _rows(number: int) -> tuple[Row, ...]:
    return tuple(map(_row, range(number)))


@cache
def _whole(number: int) -> Batch:
    return _batch(_rows(number))


def _cuts(sizes: Sequence[int]) -> list[tuple[int, int]]:
    return [(end - length, length) for end, length in zip(accumulate(sizes), sizes, strict=True)]


def _row(number: int) -> Row:
    return (
        number,
        AMOUNTS[number % len(AMOUNTS)],
        RATES[number % len(RATES)],
        number % 3 == 1,
        NOTES[number % len(NOTES)],
        MOMENTS[number % len(MOMENTS)],
    )


def _batch(every: Sequence[Row]) -> Batch:
    columns = [pa.array(column, kind) for column, kind in zip(zip(*every, strict=True), SCHEMA.types, strict=True)]
    numbers = [row[0] for row in every]
    return Batch(
        records=pa.RecordBatch.from_arrays(columns, schema=SCHEMA),
        timestamps=pa.array([START + number * 60_000 for number in numbers], UTC_MS),
        keys=pa.array([str(number % 7) for number in numbers], pa.string()),
        headers={"trigger": pa.array(["spending"] * len(every), pa.string())},
    )
