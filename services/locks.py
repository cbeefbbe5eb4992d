"""File locks: they end with the process that holds them, however it ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.05


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
    return path.exists() and not wait_until_free(path, seconds=0)


def wait_until_free(path: Path, *, seconds: float) -> bool:
    """Wait at most `seconds` for the lock on `path` to be free; tell whether it is."""
    with path.open("a") as file:
        deadline = time.monotonic() + seconds
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
