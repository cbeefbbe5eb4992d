"""File locks: they end with the process that holds them, however it ends."""

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
    """Hold the lock on `path` inside the block, waiting for whoever holds it now; the file tells who by process id."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        print(os.getpid(), file=file, flush=True)
        try:
            yield
        finally:
            # Closing would not do: a process forked meanwhile has the file open too.
            fcntl.flock(file, fcntl.LOCK_UN)


def holder(path: Path) -> int:
    """Return the id of the process that last took the lock on `path`."""
    return int(path.read_text())


def is_held(path: Path) -> bool:
    """Tell whether some process holds the lock on `path`."""
    return not wait_until_free(path, seconds=0)


def wait_until_free(path: Path, *, seconds: float) -> bool:
    """Wait at most `seconds` for the lock on `path` to be free; tell whether it is, as it is without the file."""
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
