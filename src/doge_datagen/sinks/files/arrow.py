"""Write records in Arrow's own file format."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import ipc

from doge_datagen.sinks.files.format_writer import NONE, FileFormat, Job, Writer

ROWS = 1 << 16
COMPRESSIONS = {NONE: "", "lz4": "", "zstd": ""}
"""Readers can memory-map an uncompressed file."""


class ArrowWriter(Writer):
    """Types are kept; timestamps are in UTC with milliseconds."""

    def __init__(self, job: Job) -> None:
        options = ipc.IpcWriteOptions(compression=None if job.compression == NONE else job.compression)
        self._writer = ipc.new_file(pa.PythonFile(job.file, mode="w"), job.schema, options=options)

    def write(self, records: pa.RecordBatch) -> None:
        """Write one batch."""
        self._writer.write_batch(records)

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


ARROW = FileFormat("arrow", (".arrow", ".feather"), ArrowWriter, ROWS, COMPRESSIONS)
