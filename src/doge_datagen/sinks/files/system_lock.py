"""A lock on a file, which the system takes back when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

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
