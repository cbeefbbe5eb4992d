"""Deliver records to one file, which gets its name when all of it is on disk, and count them only then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.base import CLOSED, FAILED
from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.files.paths import make_folder, os_errors_translated, real_file


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
