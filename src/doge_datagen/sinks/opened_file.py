"""Whether a path still leads to the file that was opened: data written to one that is gone arrives nowhere."""

from __future__ import annotations

import os
from pathlib import Path

SQLITE_MOVED = 1032
"""SQLite's code for the same, which it finds out by itself."""


class FileGoneError(OSError):
    """The path leads to another file by now, or to none."""


class OpenedFile:
    """A file or folder that was opened under a path.

    Args:
        path: where it is; what is no path, such as a database that is elsewhere, is always there.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._found = _found(path)

    def check(self) -> None:
        """See that the path leads to it.

        Raises:
            FileGoneError: it does not.
        """
        if self._found is not None and self._found != _found(self._path):
            raise FileGoneError(f"{self._path} was moved, removed or replaced during the run, with what was in it")


def is_gone(error: BaseException | None) -> bool:
    """Whether this is the error of a file that is not where it was, ours or SQLite's."""
    return isinstance(error, FileGoneError) or getattr(error, "sqlite_errorcode", None) == SQLITE_MOVED


def _found(path: str | Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - it may be no path at all
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
