"""A lock on a folder, which the system takes back when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from doge_datagen.errors import SinkError
from doge_datagen.sinks.files.system_lock import locked, unlock

LOCK = "_doge.lock"


class FolderLock:
    """Keeps all others out of a folder that ask for its lock too, in this process or another.

    It is ``flock`` on ``_doge.lock``, and on Windows ``msvcrt.locking``. The file is there as long as the lock is held;
    one that a killed process left locks nobody out. Processes on several machines keep each other out only where the
    file system of the folder carries such locks from one to the other, as NFS does.

    Args:
        folder: one that is there.
        place: for errors.

    Raises:
        SinkError: another holds it, or the file system has no locks.
    """

    def __init__(self, folder: Path, place: str) -> None:
        self._path = folder / LOCK
        try:
            self._descriptor: int | None = locked(self._path)
        except BlockingIOError as error:
            problem = f"another run is writing to {folder}; wait for its end, or name another path"
            raise SinkError(place, problem) from error
        except OSError as error:
            raise SinkError(place, f"cannot be locked against a second run: {error}; name another path") from error

    def release(self) -> None:
        """Let others have it; releasing again does nothing."""
        if self._descriptor is None:
            return
        # As long as it is locked, lest it be removed under whoever comes next; Windows removes no file that is open,
        # neither by us before it is closed nor under others afterwards.
        if sys.platform != "win32":
            self._remove()
        unlock(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
        if sys.platform == "win32":
            self._remove()

    def _remove(self) -> None:
        with suppress(OSError):  # whoever comes next takes it as it is
            self._path.unlink(missing_ok=True)
