"""Write records as Parquet."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import parquet

from doge_datagen.arrow_arrays import no_records
from doge_datagen.sinks.files.format_writer import NONE, FileFormat, Job, Writer

ROWS = 1 << 20
"""Records per row group. Readers skip and distribute whole row groups, so small ones are costly for them."""
SAMPLE = 1 << 16

COMPRESSIONS = {"zstd": "", "snappy": "", "gzip": "", "lz4": "", NONE: ""}
"""zstd makes the smallest files, and took at most a tenth longer than the fastest when measured."""


class ParquetWriter(Writer):
    """Types are kept; timestamps are in UTC with milliseconds.

    A column is dictionary-encoded if at most half of the first 65,536 values are distinct. For others, such as user
    ids, Arrow would start a dictionary, find it too large and continue without: a third more time, a tenth more space.
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
        # A file without records has its columns, too.
        writer = self._writer or self._opened(no_records(self._job.schema))
        writer.close()

    def _opened(self, records: pa.RecordBatch) -> parquet.ParquetWriter:
        """Create the library's writer for a file that begins with these records."""
        # The library fixes the encoding when the file is opened, so the first records have to decide for all.
        sample = records.slice(0, SAMPLE)
        few = [name for name in sample.schema.names if 2 * len(sample.column(name).unique()) <= len(sample)]
        job = self._job
        stream = pa.PythonFile(job.file, mode="w")
        return parquet.ParquetWriter(stream, job.schema, compression=job.compression, use_dictionary=few or False)


PARQUET = FileFormat("parquet", (".parquet", ".pq"), ParquetWriter, ROWS, COMPRESSIONS)
