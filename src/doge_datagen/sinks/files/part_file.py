"""A file that gets its name when it is whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from doge_datagen.sinks.files.locks import has_the_name, locked
from doge_datagen.sinks.files.paths import real_file, sync_folder

BUFFER_BYTES = 1 << 17
"""Small writes are gathered; larger ones, such as whole columns, go to the disk without being copied."""

UNFINISHED = ".part"


class PartFile:
    """``<path>.part``, which becomes ``path`` once it is on the disk.

    As long as it is open nobody else who makes one of the same name gets it: two at work on one would spoil it.

    Writers of formats see it as a file. Whatever they do to close it, only :meth:`finish` and :meth:`abandon` do.

    Attributes:
        path: the file to be.
        part: what it is called until then.

    Args:
        path: the file to be, in a folder that is there; one of that name is replaced, a link to one stays a link.
        hidden: whether its name begins with ``_`` until it is whole, so that who reads the folder passes it by.

    Raises:
        BlockingIOError: another is at work on it.
        OSError: it cannot be made, or is a folder, a device or a pipe.
    """

    closed = False  # as writers of formats ask it

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
        """Take bytes; after :meth:`abandon` they lead nowhere."""
        return len(data) if self._abandoned else self._file.write(data)

    def seekable(self) -> bool:
        """It is written from its beginning to its end."""
        return False

    def flush(self) -> None:
        """Nothing: what is in the buffer may stay there until the end."""

    def close(self) -> None:
        """Nothing: a format's writer is done before its file is."""

    def finish(self) -> None:
        """Put it on the disk, give it its name, and put the name on the disk.

        Raises:
            OSError: the disk failed; it has its name only if all but the last was done. Or somebody has moved, removed
                or replaced the part.
        """
        self._file.flush()
        os.fsync(self._file.fileno())
        self._check_part()
        if sys.platform == "win32":  # which renames no file that is open
            self._file.close()
        self.part.replace(self.path)
        self._file.close()
        sync_folder(self.path.parent)

    def _check_part(self) -> None:
        """See that what gets the name is what was written: whatever has taken the part's place is somebody else's."""
        if not self._has_its_part():
            raise FileNotFoundError(f"{self.part} was moved, removed or replaced while it was written")

    def _has_its_part(self) -> bool:
        try:
            return has_the_name(self._file.fileno(), self.part)
        except OSError:
            return False

    def abandon(self) -> None:
        """Let go of it without giving it its name; writers that still have something to say may say it."""
        self._abandoned = True
        try:
            self._file.close()
        except OSError:
            return  # close writes the rest once more and fails as before; the descriptor is closed all the same

    def remove(self) -> None:
        """Abandon it and take what there is off the disk."""
        is_ours = self._file.closed or self._has_its_part()
        self.abandon()
        if is_ours:
            self.part.unlink(missing_ok=True)


def _opened(part: Path) -> BinaryIO:
    """The file without what it had, locked where its file system has locks."""
    if part.exists() and not part.is_file():
        return part.open("wb", buffering=BUFFER_BYTES)  # such as a pipe, which has none
    try:
        descriptor = locked(part)
    except BlockingIOError as error:
        problem = f"another run or sink is writing to {part}. Hint: wait for its end, or name another path"
        raise BlockingIOError(problem) from error
    except OSError:
        return part.open("wb", buffering=BUFFER_BYTES)  # without a lock, or it says what is wrong
    os.ftruncate(descriptor, 0)
    return open(descriptor, "wb", buffering=BUFFER_BYTES)  # noqa: PTH123 - a descriptor
