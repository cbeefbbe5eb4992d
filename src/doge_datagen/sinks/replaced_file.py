"""Detect that an opened file was moved, removed or replaced, so that data written to it would be lost."""

from __future__ import annotations

import os
from pathlib import Path

SQLITE_MOVED = 1032
"""SQLite's own error code for this."""


class FileGoneError(OSError):
    """The path no longer leads to the opened file."""


class OpenedFile:
    """The file or folder that a path led to when this object was created.

    Args:
        path: the path. If it does not exist then, as for a database elsewhere, nothing is checked later.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._found = _found(path)

    def check(self) -> None:
        """Check that the path still leads to the same file.

        Raises:
            FileGoneError: it does not.
        """
        if self._found is not None and self._found != _found(self._path):
            raise FileGoneError(f"{self._path} was moved, removed or replaced during the run, with what was in it")


def is_gone(error: BaseException | None) -> bool:
    """Whether an error says that a file was moved, removed or replaced; ours or SQLite's."""
    return isinstance(error, FileGoneError) or getattr(error, "sqlite_errorcode", None) == SQLITE_MOVED


def _found(path: str | Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - it may be no path at all
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
