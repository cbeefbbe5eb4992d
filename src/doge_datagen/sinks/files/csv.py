"""Write records as CSV with a header."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import csv

from doge_datagen.sinks.files.format_writer import FileFormat, Job, Writer
from doge_datagen.sinks.files.text_formats import COMPRESSIONS, ROWS, byte_stream, times_as_text, with_text_for_time

ROWS_AT_ONCE = 1 << 14


class CsvWriter(Writer):
    """RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180) with line feeds; names and strings are quoted."""

    def __init__(self, job: Job) -> None:
        self._place = job.place
        self._stream = byte_stream(job)
        options = csv.WriteOptions(batch_size=ROWS_AT_ONCE)
        self._writer = csv.CSVWriter(self._stream, with_text_for_time(job.schema), write_options=options)

    def prepared(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Convert timestamps to strings."""
        return times_as_text(records, self._place)

    def write(self, records: pa.RecordBatch) -> None:
        """Write one line per record, more if a string contains line breaks."""
        self._writer.write_batch(records)

    def close(self) -> None:
        """Flush the compression."""
        self._writer.close()
        self._stream.close()


CSV = FileFormat("csv", (".csv",), CsvWriter, ROWS, COMPRESSIONS)
