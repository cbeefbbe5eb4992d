"""Records to Parquet."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import parquet

from doge_datagen.sinks.files.writer import NONE, FileFormat, Job, Writer

ROWS = 1 << 20
"""Of a row group; readers skip and share out whole row groups, so small ones cost them."""

COMPRESSIONS = {"zstd": "", "snappy": "", "gzip": "", "lz4": "", NONE: ""}
"""zstd makes the smallest files, and measured within a tenth of the time of the fastest."""


class ParquetWriter(Writer):
    """Types stay what they are; timestamps are in UTC and milliseconds."""

    def __init__(self, job: Job) -> None:
        stream = pa.PythonFile(job.file, mode="w")
        self._writer = parquet.ParquetWriter(stream, job.schema, compression=job.compression)

    def write(self, records: pa.RecordBatch) -> None:
        """Write one row group."""
        self._writer.write_batch(records, row_group_size=len(records))

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


PARQUET = FileFormat("parquet", (".parquet", ".pq"), ParquetWriter, ROWS, COMPRESSIONS)
