"""Write records as JSON Lines, one compact object per line, or as CSV with a header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, cast

import numpy as np
import pyarrow as pa
from pyarrow import csv

from doge_datagen.encode.encoding_errors import refuse
from doge_datagen.encode.json import FIRST, LAST, NOT_FINITE, NOT_IN_FOUR_DIGITS, iso_8601
from doge_datagen.errors import MissingDriverError
from doge_datagen.sinks.files.format_writer import NONE, FileFormat, Job, Writer
from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.sink_kind import Packages

COMPRESSIONS: Mapping[str, str] = {NONE: "", "gzip": ".gz", "zstd": ".zst"}
ROWS = 1 << 16


def with_text_for_time(schema: pa.Schema) -> pa.Schema:
    """The schema of records whose timestamps were converted to strings."""
    return pa.schema([field.with_type(pa.string()) if _is_time(field) else field for field in schema])


def times_as_text(records: pa.RecordBatch, destination: str) -> pa.RecordBatch:
    """Convert timestamps to ISO 8601 in UTC with milliseconds.

    Raises:
        RecordError: a timestamp is outside of the years 0001 to 9999.
    """
    columns = [
        _column(field, column, destination) for field, column in zip(records.schema, records.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=with_text_for_time(records.schema))


def refuse_what_is_not_finite(records: pa.RecordBatch, problem: str, destination: str) -> None:
    """Refuse infinities and NaN.

    Raises:
        RecordError: a float is one of them.
    """
    for field, column in zip(records.schema, records.columns, strict=True):
        if pa.types.is_floating(field.type):
            refuse(column, field.name, np.isfinite, problem, destination)


def byte_stream(job: Job) -> PartFile | pa.NativeFile:
    """The job's file, with compression if the job asks for it."""
    if job.compression == NONE:
        return job.file
    return pa.CompressedOutputStream(pa.PythonFile(job.file, mode="w"), job.compression)


def _is_time(field: pa.Field) -> bool:
    return bool(pa.types.is_timestamp(field.type))


def _column(field: pa.Field, column: pa.Array, destination: str) -> pa.Array:
    if not _is_time(field):
        return column
    refuse(column, field.name, lambda times: (times >= FIRST) & (times <= LAST), NOT_IN_FOUR_DIGITS, destination)
    return iso_8601(column)


class JsonLinesWriter(Writer):
    """Fields keep the stream's order; floats are the shortest string that reads back as the same float."""

    def __init__(self, job: Job) -> None:
        try:
            import polars as pl  # noqa: PLC0415 - a package of an extra
        except ImportError as error:
            raise MissingDriverError("a JSON Lines file", "json") from error
        self._polars = pl
        self._destination = job.destination
        self._stream = byte_stream(job)
        self._file = cast(IO[bytes], self._stream)  # it has the methods that polars uses, but no others

    def prepared(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Convert timestamps to strings; refuse infinities and NaN, which JSON does not have."""
        # polars writes null for them: a value that nobody generated.
        refuse_what_is_not_finite(records, NOT_FINITE, self._destination)
        return times_as_text(records, self._destination)

    def write(self, records: pa.RecordBatch) -> None:
        """Write one line per record."""
        self._polars.DataFrame(self._polars.from_arrow(records)).write_ndjson(self._file)

    def close(self) -> None:
        """Flush the compression."""
        self._stream.close()


PACKAGES = Packages("a JSON Lines file", "json", ("polars",))
JSON_LINES = FileFormat("jsonl", (".jsonl", ".ndjson"), JsonLinesWriter, ROWS, COMPRESSIONS, PACKAGES)


# Arrow's default of 1,024 rows makes many small writes.
ROWS_AT_ONCE = 1 << 14


class CsvWriter(Writer):
    """RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180) with line feeds; names and strings are quoted."""

    def __init__(self, job: Job) -> None:
        self._destination = job.destination
        self._stream = byte_stream(job)
        options = csv.WriteOptions(batch_size=ROWS_AT_ONCE)
        self._writer = csv.CSVWriter(self._stream, with_text_for_time(job.schema), write_options=options)

    def prepared(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Convert timestamps to strings."""
        return times_as_text(records, self._destination)

    def write(self, records: pa.RecordBatch) -> None:
        """Write one line per record, more if a string contains line breaks."""
        self._writer.write_batch(records)

    def close(self) -> None:
        """Flush the compression."""
        # The CSV writer first: it flushes into the compression, whose end comes last.
        self._writer.close()
        self._stream.close()


CSV = FileFormat("csv", (".csv",), CsvWriter, ROWS, COMPRESSIONS)
