"""Records to one file of any format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from doge_datagen.errors import RecordError
from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.files.writer import FileFormat, Job
from doge_datagen.sinks.transactional import BYTES_BESIDE

BYTES = 64 << 20
"""As much as is held, whatever the number of records."""


class RowGroups:
    """Holds records until there are enough of them.

    Args:
        rows: how many are enough. Fewer are once they take up ``BYTES``; three times as many are never given at once.

    >>> gathered = RowGroups(3)
    >>> pair = pa.record_batch({'a': [1, 2]})
    >>> [len(together) for batch in (pair, pair, pair) for together in gathered.add(batch)]
    [4]
    >>> [len(together) for together in gathered.rest()]
    [2]
    """

    def __init__(self, rows: int) -> None:
        self._enough = rows
        self.forget()

    def add(self, records: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Take records; gives what is enough by then, in order."""
        for part in self._parts(records):
            self._held.append(part)
            self._rows += len(part)
            self._bytes += part.nbytes + BYTES_BESIDE
            if self._rows >= self._enough or self._bytes >= BYTES:
                yield from self.rest()

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Gives what is held."""
        held = self._held
        self.forget()
        if held:
            yield pa.concat_batches(held) if len(held) > 1 else held[0]

    def forget(self) -> None:
        """Hold nothing."""
        self._held: list[pa.RecordBatch] = []
        self._rows = 0
        self._bytes = 0

    def _parts(self, records: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Parts of the same size, each of them enough where there is enough at all: none is left over to be copied."""
        number = max(1, len(records) // self._enough)
        cuts = [len(records) * cut // number for cut in range(number + 1)]
        yield from (records.slice(first, end - first) for first, end in pairwise(cuts))


@dataclass(frozen=True, slots=True)
class Records:
    """Which records, and how they are written, whatever the file.

    Attributes:
        stream: its name.
        schema: of its records.
        file_format: how they are written.
        compression: one of the format's.
        place: for errors.
    """

    stream: str
    schema: pa.Schema
    file_format: FileFormat
    compression: str
    place: str


class RecordsFile:
    """Takes records for one file, and writes them when there are enough of them for its format.

    Args:
        file: where they go; it is removed where there cannot be a writer.
        records: which they are.

    Raises:
        MissingDriverError: the format needs a package that is not installed.
    """

    def __init__(self, file: PartFile, records: Records) -> None:
        self._file = file
        self._of = records
        self._gathered = RowGroups(records.file_format.rows)
        try:
            job = Job(file, records.schema, records.stream, records.place, records.compression)
            self._writer = records.file_format.writer(job)
        except BaseException:
            file.remove()
            raise

    @property
    def is_over(self) -> bool:
        """Whether it is finished or abandoned."""
        return self._file.is_over

    def prepared(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Records as the format can say them, with the stream's own schema, which the header was written from.

        Raises:
            RecordError: it cannot say one of them, or they have other fields than the stream.
        """
        schema = self._of.schema
        if records.schema.names != schema.names or records.schema.types != schema.types:
            given = ", ".join(f"{field.name} {field.type}" for field in records.schema)
            stated = ", ".join(f"{field.name} {field.type}" for field in schema)
            raise RecordError(self._of.place, f"a batch has the fields {given}, but the stream has {stated}")
        return self._writer.prepared(pa.RecordBatch.from_arrays(records.columns, schema=schema))

    def write(self, prepared: pa.RecordBatch) -> None:
        """Write records that were prepared, or hold them until there are enough.

        Raises:
            OSError: the disk failed.
        """
        for together in self._gathered.add(prepared):
            self._writer.write(together)

    def finish(self) -> None:
        """Write what is held and what stands at the file's end, put all on the disk and give the file its name.

        Raises:
            OSError: the disk failed.
        """
        self._complete()
        self._file.finish()

    def leave(self) -> Path:
        """The same without its name; where it is then.

        Raises:
            OSError: the disk failed.
        """
        self._complete()
        self._file.abandon()
        return self._file.part

    def abandon(self) -> None:
        """Let go of it without giving it its name."""
        self._file.abandon()
        self._gathered.forget()

    def remove(self) -> None:
        """Abandon it and take what there is off the disk."""
        self._gathered.forget()
        self._file.remove()

    def _complete(self) -> None:
        for together in self._gathered.rest():
            self._writer.write(together)
        self._writer.close()
