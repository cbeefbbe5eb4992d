"""The sink that writes batches to one file, which gets its name when all of it is on disk and counts only then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from doge_datagen.batch import Batch
from doge_datagen.errors import DeliveryError, RecordError, SinkError
from doge_datagen.sinks.base import CLOSED, FAILED, BatchSink
from doge_datagen.sinks.files.format_writer import FileFormat
from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.files.paths import make_folder, os_errors_translated, real_file
from doge_datagen.sinks.files.record_buffer import Records, RecordsFile
from doge_datagen.sinks.sink_kind import SinkContext


class UnfinishedFile(Protocol):
    """A file that has its name only when it is finished."""

    @property
    def is_over(self) -> bool:
        """Whether it is finished or abandoned."""

    def finish(self) -> None:
        """Sync it to disk and rename it to its path."""

    def abandon(self) -> None:
        """Close it without renaming it."""


def open_part(place: str, path: Path) -> PartFile:
    """Open the part of a file; a missing folder is created.

    Raises:
        UnknownTargetError: the path is a folder, a device or a pipe, or leads through a file.
        SinkError: the part cannot be created, or somebody else is writing to it.
    """
    with os_errors_translated(place):
        real = real_file(path)
        make_folder(real.parent)
        return PartFile(real)


class FileDelivery:
    """What all sinks have in common that write one file.

    Attributes:
        accepted: how many records were written; the sink counts them.
        delivered: how many records the finished file holds; 0 until then.
        refusal: why no more records are accepted, after an error or at the end; None as long as they are.

    Args:
        place: name of the file in messages.
        file: the file, or what writes to it.
    """

    def __init__(self, place: str, file: UnfinishedFile) -> None:
        self.accepted = 0
        self.delivered = 0
        self.refusal: str | None = None
        self._place = place
        self._file = file

    def check(self) -> None:
        """Raise if no more records are accepted."""
        if self.refusal is not None:
            raise SinkError(self._place, self.refusal)

    def close(self) -> None:
        """Sync the file to disk and rename it to its path; closing again does nothing."""
        if self._file.is_over:
            return
        self.refusal = self.refusal or CLOSED
        with self.or_given_up():
            self._file.finish()
        self.delivered = self.accepted

    def given_up(self, error: BaseException) -> DeliveryError:
        """Abandon the file, and return the error to raise."""
        self.refusal = FAILED
        self._file.abandon()
        return DeliveryError(self._place, accepted=self.accepted, delivered=0, causes={str(error): self.accepted})

    @contextmanager
    def or_given_up(self) -> Iterator[None]:
        """After any exception, Ctrl-C included, the content of the part is unknown: it never gets its name."""
        try:
            yield
        except BaseException as error:
            given_up = self.given_up(error)
            if not isinstance(error, OSError):
                raise
            raise given_up from error


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
        place = f"file {path}"
        file = open_part(place, path)
        self._file = RecordsFile(file, Records(opening.stream, opening.schema, file_format, compression, place))
        self._delivery = FileDelivery(place, self._file)
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
            self._delivery.refusal = FAILED
            raise
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
