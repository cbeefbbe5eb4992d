"""Locks on files and folders that the operating system releases when their process ends, however it ends."""

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
    """Open and lock a file, and return a descriptor that holds the lock.

    The file is created if it is missing; its content stays. If the previous holder has removed or moved the file
    meanwhile, the new file of that name is locked instead.

    Raises:
        BlockingIOError: the lock is held by another descriptor.
        OSError: the file cannot be created, or its file system has no locks.
    """
    while True:
        # For writing, without which NFS gives no exclusive lock (flock(2)); and not emptied: until the lock is held,
        # the file is somebody else's.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            lock(descriptor)
            # Between open and lock the holder before may have removed its file: a lock on that keeps nobody out.
            if has_the_name(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def has_the_name(descriptor: int, path: Path) -> bool:
    """Whether an open file is the one that the path leads to now."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":

    def lock(descriptor: int) -> None:
        """Take the lock, or raise BlockingIOError."""
        try:
            # One byte stands for the file; LK_LOCK would retry for ten seconds, in which Ctrl-C is not heard.
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:  # on Windows, if the lock is held elsewhere
            raise BlockingIOError(*error.args) from error

    def unlock(descriptor: int) -> None:
        """Release the lock."""
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def lock(descriptor: int) -> None:
        """Take the lock, or raise BlockingIOError."""
        # flock and not lockf: it keeps two descriptors of one process apart, and closing an unrelated descriptor of the
        # same file does not release it, as it does with POSIX locks (fcntl(2)).
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def unlock(descriptor: int) -> None:
        """Release the lock explicitly: closing is not enough while a forked child still has the descriptor."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)


LOCK = "_doge.lock"


class FolderLock:
    """Keeps all others that ask for the lock out of a folder, in this process or another.

    It uses ``flock`` on ``_doge.lock``, and ``msvcrt.locking`` on Windows. The file exists while the lock is held; one
    that a killed process left behind does not lock anybody out. Processes on different machines keep each other out
    only if the folder's file system supports such locks across machines, as NFS does.

    Args:
        folder: an existing folder.
        destination: name of the destination in messages.

    Raises:
        SinkError: the lock is held by another run, or the file system has no locks.
    """

    def __init__(self, folder: Path, destination: str) -> None:
        self._path = folder / LOCK
        try:
            self._descriptor: int | None = locked(self._path)
        except BlockingIOError as error:
            problem = f"another run is writing to {folder}. Hint: wait for its end, or name another path"
            raise SinkError(destination, problem) from error
        except OSError as error:
            raise SinkError(
                destination, f"cannot be locked against a second run: {error}. Hint: name another path"
            ) from error

    def release(self) -> None:
        """Release the lock; releasing again does nothing."""
        if self._descriptor is None:
            return
        # Remove the file while it is locked, or it could be removed under the next holder. Windows cannot remove an
        # open file, so there it is removed after closing; that fails if the next holder has opened it.
        if sys.platform != "win32":
            self._remove()
        unlock(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
        if sys.platform == "win32":
            self._remove()

    def _remove(self) -> None:
        with suppress(OSError):  # the next run reuses the file
            self._path.unlink(missing_ok=True)
