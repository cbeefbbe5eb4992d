"""Write records as JSON Lines: one compact object per line."""

from __future__ import annotations

from typing import IO, cast

import pyarrow as pa

from doge_datagen.encode.json import NOT_FINITE
from doge_datagen.errors import MissingDriverError
from doge_datagen.sinks.files.format_writer import FileFormat, Job, Writer
from doge_datagen.sinks.files.text_formats import (
    COMPRESSIONS,
    ROWS,
    byte_stream,
    refuse_what_is_not_finite,
    times_as_text,
)
from doge_datagen.sinks.installed_packages import Packages


class JsonLinesWriter(Writer):
    """Fields keep the stream's order; floats are the shortest string that reads back as the same float."""

    def __init__(self, job: Job) -> None:
        try:
            import polars as pl  # noqa: PLC0415 - a package of an extra
        except ImportError as error:
            raise MissingDriverError("a JSON Lines file", "json") from error
        self._polars = pl
        self._place = job.place
        self._stream = byte_stream(job)
        self._file = cast(IO[bytes], self._stream)  # it has the methods that polars uses, but no others

    def prepared(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Convert timestamps to strings; refuse infinities and NaN, which JSON does not have."""
        refuse_what_is_not_finite(records, NOT_FINITE, self._place)
        return times_as_text(records, self._place)

    def write(self, records: pa.RecordBatch) -> None:
        """Write one line per record."""
        self._polars.DataFrame(self._polars.from_arrow(records)).write_ndjson(self._file)

    def close(self) -> None:
        """Flush the compression."""
        self._stream.close()


PACKAGES = Packages("a JSON Lines file", "json", ("polars",))
JSON_LINES = FileFormat("jsonl", (".jsonl", ".ndjson"), JsonLinesWriter, ROWS, COMPRESSIONS, PACKAGES)
