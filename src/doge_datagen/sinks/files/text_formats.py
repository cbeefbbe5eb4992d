"""What JSON Lines and CSV share: timestamps as strings, and compression."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from doge_datagen.encode.encoding_errors import refuse
from doge_datagen.encode.json import FIRST, LAST, NOT_IN_FOUR_DIGITS, iso_8601
from doge_datagen.sinks.files.format_writer import NONE, Job
from doge_datagen.sinks.files.part_file import PartFile

COMPRESSIONS: Mapping[str, str] = {NONE: "", "gzip": ".gz", "zstd": ".zst"}
ROWS = 1 << 16


def with_text_for_time(schema: pa.Schema) -> pa.Schema:
    """The schema of records whose timestamps were converted to strings."""
    return pa.schema([field.with_type(pa.string()) if _is_time(field) else field for field in schema])


def times_as_text(records: pa.RecordBatch, place: str) -> pa.RecordBatch:
    """Convert timestamps to ISO 8601 in UTC with milliseconds.

    Raises:
        RecordError: a timestamp is outside of the years 0001 to 9999.
    """
    columns = [_column(field, column, place) for field, column in zip(records.schema, records.columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=with_text_for_time(records.schema))


def refuse_what_is_not_finite(records: pa.RecordBatch, problem: str, place: str) -> None:
    """Refuse infinities and NaN.

    Raises:
        RecordError: a float is one of them.
    """
    for field, column in zip(records.schema, records.columns, strict=True):
        if pa.types.is_floating(field.type):
            refuse(column, field.name, np.isfinite, problem, place)


def byte_stream(job: Job) -> PartFile | pa.NativeFile:
    """The job's file, with compression if the job asks for it."""
    if job.compression == NONE:
        return job.file
    return pa.CompressedOutputStream(pa.PythonFile(job.file, mode="w"), job.compression)


def _is_time(field: pa.Field) -> bool:
    return bool(pa.types.is_timestamp(field.type))


def _column(field: pa.Field, column: pa.Array, place: str) -> pa.Array:
    if not _is_time(field):
        return column
    refuse(column, field.name, lambda times: (times >= FIRST) & (times <= LAST), NOT_IN_FOUR_DIGITS, place)
    return iso_8601(column)
