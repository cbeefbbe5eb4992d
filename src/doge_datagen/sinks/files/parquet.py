"""Records to Parquet."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import parquet

from doge_datagen.arrays import no_records
from doge_datagen.sinks.files.writer import NONE, FileFormat, Job, Writer

ROWS = 1 << 20
"""Of a row group; readers skip and share out whole row groups, so small ones cost them."""
SAMPLE = 1 << 16

COMPRESSIONS = {"zstd": "", "snappy": "", "gzip": "", "lz4": "", NONE: ""}
"""zstd makes the smallest files, and measured within a tenth of the time of the fastest."""


class ParquetWriter(Writer):
    """Types stay what they are; timestamps are in UTC and milliseconds.

    A column gets a dictionary where at most half of the first 65,536 values differ. Else, as of users' numbers, Arrow
    would begin one, find it too large, and go on without: that takes a third more time and a tenth more room.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._writer: parquet.ParquetWriter | None = None

    def write(self, records: pa.RecordBatch) -> None:
        """Write one row group."""
        if self._writer is None:
            self._writer = self._opened(records)
        self._writer.write_batch(records, row_group_size=len(records))

    def close(self) -> None:
        """Write the footer."""
        writer = self._writer or self._opened(no_records(self._job.schema))
        writer.close()

    def _opened(self, records: pa.RecordBatch) -> parquet.ParquetWriter:
        """The library's own writer, for a file that begins with these records."""
        sample = records.slice(0, SAMPLE)
        few = [name for name in sample.schema.names if 2 * len(sample.column(name).unique()) <= len(sample)]
        job = self._job
        stream = pa.PythonFile(job.file, mode="w")
        return parquet.ParquetWriter(stream, job.schema, compression=job.compression, use_dictionary=few or False)


PARQUET = FileFormat("parquet", (".parquet", ".pq"), ParquetWriter, ROWS, COMPRESSIONS)
