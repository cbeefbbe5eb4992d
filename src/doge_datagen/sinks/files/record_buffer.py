"""Gather records and write them to one file of any format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from doge_datagen.errors import RecordError
from doge_datagen.sinks.files.format_writer import FileFormat, Job
from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.transactional import BATCH_OVERHEAD_BYTES

BYTES = 64 << 20
"""Limit for what is buffered, whatever the number of records."""


class RowGroups:
    """Buffers records until there are enough of them.

    Args:
        rows: how many are enough; three times as many are never returned at once.
        size: how many bytes are enough, whatever the number of records.

    >>> gathered = RowGroups(3)
    >>> pair = pa.record_batch({'a': [1, 2]})
    >>> [len(together) for batch in (pair, pair, pair) for together in gathered.add(batch)]
    [4]
    >>> [len(together) for together in gathered.rest()]
    [2]
    """

    def __init__(self, rows: int, size: int = BYTES) -> None:
        self._enough = rows
        self._size = size
        self.forget()

    def add(self, records: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Add records, and yield groups that are complete, in order."""
        for part in self._parts(records):
            self._held.append(part)
            self._rows += len(part)
            self._bytes += part.nbytes + BATCH_OVERHEAD_BYTES
            if self._rows >= self._enough or self._bytes >= self._size:
                yield from self.rest()

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Yield what is buffered."""
        # Forgotten before it is yielded: if writing fails, the caller gives the file up, and nothing must be written
        # twice.
        held = self._held
        self.forget()
        if held:
            yield pa.concat_batches(held) if len(held) > 1 else held[0]

    def forget(self) -> None:
        """Empty the buffer."""
        self._held: list[pa.RecordBatch] = []
        self._rows = 0
        self._bytes = 0

    def _parts(self, records: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Split records into equal parts, each of them large enough if possible, so that no rest has to be copied."""
        # Equal parts: with parts of exactly the limit, a small rest would wait for the next batch and be copied with
        # it.
        number = max(1, len(records) // self._enough)
        cuts = [len(records) * cut // number for cut in range(number + 1)]
        yield from (records.slice(first, end - first) for first, end in pairwise(cuts))


@dataclass(frozen=True, slots=True)
class Records:
    """The stream, and how its records are written to a file.

    Attributes:
        stream: name of the stream.
        schema: Arrow schema of its records.
        file_format: how records are written.
        compression: one of the format's compressions.
        destination: name of the file in messages.
    """

    stream: str
    schema: pa.Schema
    file_format: FileFormat
    compression: str
    destination: str


class RecordsFile:
    """Takes the records of one file, and writes them in groups of the size that suits the format.

    Args:
        file: the file; it is removed if the writer cannot be created.
        records: the stream, and how its records are written.

    Raises:
        MissingDriverError: the format needs a package that is not installed.
    """

    def __init__(self, file: PartFile, records: Records) -> None:
        self._file = file
        self._of = records
        self._gathered = RowGroups(records.file_format.rows)
        try:
            job = Job(file, records.schema, records.stream, records.destination, records.compression)
            self._writer = records.file_format.writer(job)
        except BaseException:
            file.remove()
            raise

    @property
    def is_over(self) -> bool:
        """Whether it is finished or abandoned."""
        return self._file.is_over

    def prepared(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Convert records to what the format can represent, with the stream's own schema, as in the file's header.

        Raises:
            RecordError: it cannot represent one of them, or they have other fields than the stream.
        """
        schema = self._of.schema
        if records.schema.names != schema.names or records.schema.types != schema.types:
            given = ", ".join(f"{field.name} {field.type}" for field in records.schema)
            stated = ", ".join(f"{field.name} {field.type}" for field in schema)
            raise RecordError(self._of.destination, f"a batch has the fields {given}, but the stream has {stated}")
        # The stream's own schema, since metadata and nullability may differ between batches, and the header has one for
        # all.
        return self._writer.prepared(pa.RecordBatch.from_arrays(records.columns, schema=schema))

    def write(self, prepared: pa.RecordBatch) -> None:
        """Write records that :meth:`prepared` has returned, or buffer them until there are enough.

        Raises:
            OSError: the disk failed.
        """
        for together in self._gathered.add(prepared):
            self._writer.write(together)

    def finish(self) -> None:
        """Write what is buffered and the end of the file, sync it to disk and rename it to its path.

        Raises:
            OSError: the disk failed.
        """
        # The format's footer is inside of the file: it has to be written before the sync.
        self._complete()
        self._file.finish()

    def leave(self) -> Path:
        """Complete the file without renaming it, and return its path.

        Raises:
            OSError: the disk failed.
        """
        self._complete()
        self._file.abandon()
        return self._file.part

    def abandon(self) -> None:
        """Close the file without renaming it."""
        self._file.abandon()
        self._gathered.forget()

    def remove(self) -> None:
        """Abandon and delete the file."""
        self._gathered.forget()
        self._file.remove()

    def _complete(self) -> None:
        for together in self._gathered.rest():
            self._writer.write(together)
        self._writer.close()
