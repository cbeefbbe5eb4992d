"""A lock on a folder, which the system takes back when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from doge_datagen.errors import SinkError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def locked(path: Path) -> int:
    """A descriptor that holds the lock of the file that has the name now: the last holder may have removed or moved it.

    The file is made where it is missing; what is in it stays.

    Raises:
        BlockingIOError: another holds it.
        OSError: it cannot be made, or its file system has no locks.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            lock(descriptor)
            if has_the_name(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def has_the_name(descriptor: int, path: Path) -> bool:
    """Whether an open file is the one that is found under a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":

    def lock(descriptor: int) -> None:
        """Hold it, or raise BlockingIOError."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:  # as Windows says that another holds it
            raise BlockingIOError(*error.args) from error

    def unlock(descriptor: int) -> None:
        """Let others hold it."""
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def lock(descriptor: int) -> None:
        """Hold it, or raise BlockingIOError."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def unlock(descriptor: int) -> None:
        """Let others hold it, by itself: a forked child that lives on has the descriptor too."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)


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
            problem = f"another run is writing to {folder}. Hint: wait for its end, or name another path"
            raise SinkError(place, problem) from error
        except OSError as error:
            raise SinkError(
                place, f"cannot be locked against a second run: {error}. Hint: name another path"
            ) from error

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
