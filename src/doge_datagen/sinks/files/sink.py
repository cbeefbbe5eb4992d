"""The sink that writes batches to one file, which gets its name at the end of the run."""

from __future__ import annotations

from pathlib import Path

from doge_datagen.batch import Batch
from doge_datagen.errors import RecordError
from doge_datagen.sinks.base import CLOSED, FAILED, BatchSink
from doge_datagen.sinks.files.format_writer import FileFormat
from doge_datagen.sinks.files.part_file import FileDelivery, open_part
from doge_datagen.sinks.files.record_buffer import Records, RecordsFile
from doge_datagen.sinks.sink_kind import SinkContext


class FileBatchSink(BatchSink):
    """Writes the batches of a stream to one file.

    Records are written to ``<path>.part``. ``close`` syncs it to disk and only then renames it to ``path``, so a file
    at ``path`` is always complete. Until then ``delivered`` is 0. If the run fails, the part keeps its name. If
    ``path`` is a link, the file behind it is replaced.

    Args:
        opening: the stream and the path.
        file_format: how records are written.
        compression: one of the format's compressions.

    Raises:
        SinkError: the file cannot be created; the cause has the reason.
        UnknownTargetError: the path is a folder, a device or a pipe, or leads through a file.
        MissingDriverError: the format needs a package that is not installed.
        RecordError: by ``write``: the format cannot represent a value, or the batch has other fields than the stream.
            Earlier batches are kept.
        DeliveryError: by ``write`` or ``close``: the disk failed; the file did not get its name.
    """

    def __init__(self, opening: SinkContext, file_format: FileFormat, compression: str) -> None:
        path = Path(opening.at.reveal())
        destination = f"file {path}"
        file = open_part(destination, path)
        self._file = RecordsFile(file, Records(opening.stream, opening.schema, file_format, compression, destination))
        self._delivery = FileDelivery(destination, self._file)
        self._left: Path | None = None

    @property
    def delivered(self) -> int:
        """How many records the finished file holds; 0 until the sink is closed."""
        return self._delivery.delivered

    def write(self, batch: Batch) -> None:
        """Write the batch, or buffer it until there is enough to be written at once."""
        self._delivery.check()
        try:
            records = self._file.prepared(batch.records)
        except RecordError:
            # Not given up: the records before this batch are sound, and close keeps them.
            self._delivery.refusal = FAILED
            raise
        # Before writing, so that the error of a full disk counts this batch among what is missing.
        self._delivery.accepted += len(batch)
        with self._delivery.or_given_up():
            self._file.write(records)

    def close(self) -> None:
        """Sync the records to disk and rename the file to its path; closing again does nothing."""
        self._delivery.close()

    def abandon(self) -> None:
        """Complete the part and leave it under its own name; an existing file at the path stays as it is."""
        if self._file.is_over:
            return
        self._delivery.refusal = self._delivery.refusal or CLOSED
        with self._delivery.or_given_up():
            self._left = self._file.leave()

    @property
    def left_unfinished(self) -> str | None:
        """Path of the part, after ``abandon``."""
        if self._left is None:
            return None
        here = Path.cwd()
        return str(self._left.relative_to(here) if self._left.is_relative_to(here) else self._left)

    def discard(self) -> None:
        """Remove the part; an existing file at the path stays as it is."""
        self._delivery.refusal = self._delivery.refusal or CLOSED
        self._file.remove()
