"""Records to one file of any format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from doge_datagen.errors import RecordError
from doge_datagen.sinks.files.gathered import Gathered
from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.files.writer import FileFormat, Job


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
        self._gathered = Gathered(records.file_format.rows)
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
