"""A file that gets its name when it is complete, and the delivery of records to one, which counts them only then."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter, FileIO
from pathlib import Path
from typing import Any, Protocol

from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.base import CLOSED, FAILED
from doge_datagen.sinks.files.locks import has_the_name, locked, unlock
from doge_datagen.sinks.files.paths import make_folder, os_errors_translated, real_file, sync_folder

BUFFER_BYTES = 1 << 17
"""Small writes are buffered; larger ones, such as whole columns, are written without being copied."""

UNFINISHED = ".part"


class PartFile:
    """``<path>.part``, which is renamed to ``path`` once it is on disk.

    While it is open, nobody else can open a part of the same name: two writers would corrupt it.

    Writers of formats see it as a file and may close it, which does nothing: only :meth:`finish` and :meth:`abandon`
    close it.

    Attributes:
        path: the final path.
        part: the path until then.

    Args:
        path: the final path, in an existing folder. A file at this path is replaced; a link to one stays a link.
        hidden: whether the part's name begins with ``_``, so that readers of the folder ignore it.

    Raises:
        BlockingIOError: it is being written to elsewhere.
        OSError: it cannot be created, or the path is a folder, a device or a pipe.
    """

    closed = False  # for writers of formats, which check it

    def __init__(self, path: Path, *, hidden: bool = False) -> None:
        self.path = real_file(path)
        name = self.path.name
        hiding = "_" if hidden and not name.startswith("_") else ""
        self.part = self.path.with_name(f"{hiding}{name}{UNFINISHED}")
        self._abandoned = False
        self._file = _opened(self.part)

    @property
    def is_over(self) -> bool:
        """Whether it is finished or abandoned."""
        return self._file.closed

    def write(self, data: Any) -> int:
        """Write bytes; after :meth:`abandon` they are discarded."""
        # Writers of formats flush when the garbage collector finds them, long after the file was given up.
        return len(data) if self._abandoned else self._file.write(data)

    def seekable(self) -> bool:
        """Return False: it is only written from beginning to end."""
        return False

    def flush(self) -> None:
        """Do nothing: the buffer is written at the end."""

    def close(self) -> None:
        """Do nothing: a format's writer closes before the file is finished."""

    def finish(self) -> None:
        """Sync the part to disk, rename it to its path, and sync the folder.

        Raises:
            OSError: the disk failed; the file has its name only if just the last step failed. Or the part was moved,
                removed or replaced.
        """
        # Python's buffer to the system first: fsync knows only what the system has.
        self._file.flush()
        # The bytes reach the disk before the name does: after a power cut, a file with its name is complete.
        os.fsync(self._file.fileno())
        # As late as possible, and after fsync, which may take seconds, in which somebody may move the part.
        self._check_part()
        if sys.platform == "win32":  # Windows cannot rename an open file
            self._file.close()
        self.part.replace(self.path)
        # Only after the rename, as closing releases the lock: a second writer could open the part before it has its
        # name.
        self._file.close()
        # A rename is durable only when the folder's own entries are on disk.
        sync_folder(self.path.parent)

    def _check_part(self) -> None:
        """Check that the part is still the file that was written, as another file must not get its name."""
        if not self._has_its_part():
            raise FileNotFoundError(f"{self.part} was moved, removed or replaced while it was written")

    def _has_its_part(self) -> bool:
        try:
            return has_the_name(self._file.fileno(), self.part)
        except OSError:
            return False

    def abandon(self) -> None:
        """Close the part without renaming it; writers that still flush something may do so."""
        self._abandoned = True
        if self._file.closed:
            return
        with suppress(OSError):  # what the disk does not take is given up too
            self._file.flush()
        # Explicitly, as closing is not enough while a forked child still has the descriptor. From here on the part may
        # be somebody else's, so the file is closed without its buffer.
        with suppress(OSError):  # a file system without locks
            unlock(self._file.fileno())
        with suppress(OSError):  # the descriptor is closed all the same
            self._file.raw.close()

    def remove(self) -> None:
        """Abandon and delete the part."""
        # A closed file cannot be compared with what has its name; it was closed by us a moment ago, so that is ours.
        is_ours = self._file.closed or self._has_its_part()
        self.abandon()
        if is_ours:
            self.part.unlink(missing_ok=True)


def _opened(part: Path) -> BufferedWriter[FileIO]:
    """Open and empty the part, locked if its file system supports locks."""
    if part.exists() and not part.is_file():
        return BufferedWriter(FileIO(part, "wb"), BUFFER_BYTES)  # such as a pipe, which cannot be locked
    try:
        # Before it is emptied: a part of that name may be one that another run is writing.
        descriptor = locked(part)
    except BlockingIOError as error:
        problem = f"another run or sink is writing to {part}. Hint: wait for its end, or name another path"
        raise BlockingIOError(problem) from error
    except OSError:
        # A file system without locks is no reason to refuse a run; only the protection against a second writer is
        # missing then. Any other reason is an error here, which says what is wrong.
        return BufferedWriter(FileIO(part, "wb"), BUFFER_BYTES)
    # Emptied only now, under the lock: before, it may have been another writer's.
    os.ftruncate(descriptor, 0)
    return BufferedWriter(FileIO(descriptor, "wb"), BUFFER_BYTES)


class UnfinishedFile(Protocol):
    """A file that has its name only when it is finished."""

    @property
    def is_over(self) -> bool:
        """Whether it is finished or abandoned."""

    def finish(self) -> None:
        """Sync it to disk and rename it to its path."""

    def abandon(self) -> None:
        """Close it without renaming it."""


def open_part(destination: str, path: Path) -> PartFile:
    """Open the part of a file; a missing folder is created.

    Raises:
        UnknownTargetError: the path is a folder, a device or a pipe, or leads through a file.
        SinkError: the part cannot be created, or somebody else is writing to it.
    """
    with os_errors_translated(destination):
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
        destination: name of the file in messages.
        file: the file, or what writes to it.
    """

    def __init__(self, destination: str, file: UnfinishedFile) -> None:
        self.accepted = 0
        self.delivered = 0
        self.refusal: str | None = None
        self._destination = destination
        self._file = file

    def check(self) -> None:
        """Raise if no more records are accepted."""
        if self.refusal is not None:
            raise SinkError(self._destination, self.refusal)

    def close(self) -> None:
        """Sync the file to disk and rename it to its path; closing again does nothing."""
        if self._file.is_over:
            return
        # Before the file is finished: whatever happens to it, nothing can be added to it any more.
        self.refusal = self.refusal or CLOSED
        with self.or_given_up():
            self._file.finish()
        # All at once: until the file has its name, no reader sees a single record.
        self.delivered = self.accepted

    def given_up(self, error: BaseException) -> DeliveryError:
        """Abandon the file, and return the error to raise."""
        self.refusal = FAILED
        self._file.abandon()
        return DeliveryError(self._destination, accepted=self.accepted, delivered=0, causes={str(error): self.accepted})

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
