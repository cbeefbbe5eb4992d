"""Resolve paths, create folders durably, and detect that an opened file was replaced.

A folder's entries, too, reach the disk only by fsync. What is written to a file that was moved or removed is lost.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doge_datagen.errors import SinkError, UnknownTargetError

STATE = "_doge.json"
"""Name of the file in a folder of parts that says which run they belong to."""


def real_file(path: Path) -> Path:
    """Return the file behind all links, existing or not: the one to replace, so that links stay links.

    Raises:
        IsADirectoryError: it is a folder.
        FileExistsError: it is a device, a pipe or a socket, which a rename over it would destroy.
    """
    if path.is_dir():
        parts = f" with the parts of a run that can be resumed ({STATE})" if (path / STATE).exists() else ""
        raise IsADirectoryError(f"{path} is a folder{parts}. Hint: name another path, or remove it")
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is a device or pipe. Hint: name a file")
    # Also of a link that leads nowhere yet: the file is made where it leads, and the link stays.
    return Path(os.path.realpath(path))


def real_folder(path: Path) -> Path:
    """Return the folder behind all links, existing or not.

    Raises:
        NotADirectoryError: it, or what it would be in, is not a folder.
    """
    real = Path(os.path.realpath(path))
    nearest = next((it for it in (real, *real.parents) if it.exists()), real)
    if nearest.exists() and not nearest.is_dir():
        found = "a file" if nearest.is_file() else "a device or pipe"
        raise NotADirectoryError(
            f"{path if nearest == real else nearest} is {found}, not a folder. Hint: name another path"
        )
    return real


NO_SUCH_CALL = (errno.EINVAL, errno.EBADF)
"""Errors of systems that cannot fsync a folder; PostgreSQL ignores the same ones."""

OF_ANOTHER_KIND = (FileExistsError, IsADirectoryError, NotADirectoryError)
"""Errors that the user can fix by naming another path: a folder instead of a file, or the reverse, or a device."""


def make_folder(folder: Path) -> None:
    """Create a folder and its missing parents, durably.

    Raises:
        OSError: it cannot be created, or it or one of its parents is a file.
    """
    folder = real_folder(folder)
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    # Another process may create it at the same moment; it is synced all the same, since that process may not have done
    # so.
    folder.mkdir(parents=True, exist_ok=True)
    for path in reversed(missing):
        # A new folder is an entry in its parent: unless that is on disk, a power cut takes the folder away with all
        # files in it.
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Write a folder's entries to disk; otherwise a power cut could undo the rename of a file in it.

    Raises:
        OSError: the disk failed.
    """
    if sys.platform != "win32":  # Windows has no such call, and writes entries by itself
        # fsync of a file does not write the entry in its folder; that needs an fsync of the folder (fsync(2)).
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in NO_SUCH_CALL:
                raise
        finally:
            os.close(descriptor)


@contextmanager
def os_errors_translated(destination: str, problem: str = "cannot be written") -> Iterator[None]:
    """Turn the system's errors into ours.

    Raises:
        UnknownTargetError: ``destination`` is a folder instead of a file, or the reverse, or a device.
        SinkError: any other error; the cause has the reason.
    """
    try:
        yield
    except OF_ANOTHER_KIND as error:
        raise UnknownTargetError(destination, f"{problem}: {error}") from error
    except OSError as error:
        raise SinkError(destination, f"{problem}: {error}") from error


def make_folder_of(file: str, destination: str) -> None:
    """Create the folder of a file, and its parents, if they are missing.

    Args:
        file: path of the file.
        destination: name of the destination in messages.

    Raises:
        UnknownTargetError: the folder, or one of its parents, is a file.
        SinkError: it cannot be created.
    """
    folder = Path(file).absolute().parent
    with os_errors_translated(destination, f"the folder {folder} cannot be made"):
        real_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"the folder {folder} cannot be made: {error.strerror}. Hint: make it, or name another"
        raise SinkError(destination, problem) from error


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
    # Device and inode: a path and a time of change would be the same for a file that was copied back.
    return found.st_dev, found.st_ino
