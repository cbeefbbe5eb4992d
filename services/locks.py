"""File locks, which are released when the process that holds them ends for whatever reason."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from services.waiting import wait_until


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on `path` during the block, once it is free; the file contains the holder's process ID."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        print(os.getpid(), file=file, flush=True)
        try:
            yield
        finally:
            # Closing the file is not enough: a process forked meanwhile has it open too.
            fcntl.flock(file, fcntl.LOCK_UN)


def holder(path: Path) -> int:
    """Return the ID of the process that last acquired the lock on `path`."""
    return int(path.read_text())


def is_held(path: Path) -> bool:
    """Return whether a process holds the lock on `path`."""
    return not wait_until_free(path, seconds=0)


def wait_until_free(path: Path, *, seconds: float) -> bool:
    """Wait up to `seconds` for the lock on `path`; return whether it is free (also if the file does not exist)."""
    try:
        with path.open() as file:
            return wait_until(partial(_try_lock, file), seconds=seconds)
    except FileNotFoundError:
        return True


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
