"""Batches to a file of any format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from doge_datagen.batch import Batch
from doge_datagen.errors import DeliveryError, RecordError, SinkError
from doge_datagen.sinks.batch_sink import BatchSink, Opening
from doge_datagen.sinks.files.gathered import Gathered
from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.files.writer import FileFormat, Job
from doge_datagen.sinks.refusals import CLOSED, FAILED


class FileBatchSink(BatchSink):
    """Writes the batches of a stream to one file.

    The records go to ``<path>.part``; ``close`` puts them on the disk and only then gives the file its name, so
    whoever finds the path finds it whole. Until then ``delivered`` is 0.

    Args:
        opening: the stream and the path.
        file_format: how the records are written.
        compression: one of the format's.

    Raises:
        SinkError: the file cannot be made; the cause says why.
        MissingDriverError: the format needs a package that is not installed.
        RecordError: by ``write``: the format cannot say a value, or the batch has other fields than the stream; the
            batches before are kept.
        DeliveryError: by ``write`` or ``close``: the disk failed; the file has not got its name.
    """

    def __init__(self, opening: Opening, file_format: FileFormat, compression: str) -> None:
        path = Path(opening.at)
        self._place = f"file {path}"
        self._schema = opening.schema
        self._gathered = Gathered(file_format.rows)
        self._accepted = 0
        self._delivered = 0
        self._refusal: str | None = None
        self._file = PartFile(path, self._place)
        try:
            self._writer = file_format.writer(Job(self._file, self._schema, opening.stream, self._place, compression))
        except BaseException:
            self._file.remove()
            raise

    @property
    def delivered(self) -> int:
        """How many records the finished file holds; 0 until the sink is closed."""
        return self._delivered

    def write(self, batch: Batch) -> None:
        """Write the batch, or hold it until there is enough to be written at once."""
        if self._refusal is not None:
            raise SinkError(self._place, self._refusal)
        try:
            records = self._writer.prepared(self._checked(batch.records))
        except RecordError:
            self._refusal = FAILED
            raise
        self._accepted += len(batch)
        with self._or_given_up():
            for together in self._gathered.add(records):
                self._writer.write(together)

    def close(self) -> None:
        """Put the records on the disk and give the file its name; closing again does nothing."""
        if self._file.is_over:
            return
        self._refusal = self._refusal or CLOSED
        with self._or_given_up():
            for together in self._gathered.rest():
                self._writer.write(together)
            self._writer.close()
            self._file.finish()
        self._delivered = self._accepted

    def discard(self) -> None:
        """Let go of the part; a file that is there under this name stays as it is."""
        self._refusal = self._refusal or CLOSED
        self._gathered.forget()
        self._file.remove()

    def _checked(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """The records with the stream's own schema, which a file's header was written from."""
        if records.schema.names != self._schema.names or records.schema.types != self._schema.types:
            given = ", ".join(f"{field.name} {field.type}" for field in records.schema)
            stated = ", ".join(f"{field.name} {field.type}" for field in self._schema)
            raise RecordError(self._place, f"a batch has the fields {given}, but the stream has {stated}")
        return pa.RecordBatch.from_arrays(records.columns, schema=self._schema)

    @contextmanager
    def _or_given_up(self) -> Iterator[None]:
        """Whatever strikes in here, a Ctrl-C too, leaves a part of which nobody knows what it has: it gets no name."""
        try:
            yield
        except BaseException as error:
            self._refusal = FAILED
            self._file.abandon()
            self._gathered.forget()
            if not isinstance(error, OSError):
                raise
            causes = {str(error): self._accepted}
            raise DeliveryError(self._place, accepted=self._accepted, delivered=0, causes=causes) from error
