"""What it takes for a name to be on the disk: a folder, too, is written out only when it is asked to be."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doge_datagen.errors import SinkError, UnknownTargetError


def real_file(path: Path) -> Path:
    """The file behind all links, there or to be: the one to replace, so that links stay links.

    Raises:
        IsADirectoryError: it is a folder.
        FileExistsError: it is a device, a pipe or a socket, which a file that gets its name would destroy.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder. Hint: name a file")
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is a device or pipe. Hint: name a file")
    return Path(os.path.realpath(path))


def real_folder(path: Path) -> Path:
    """The folder behind all links, there or to be.

    Raises:
        NotADirectoryError: it, or what it is to be in, is no folder.
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
"""What systems answer that do not write out folders by themselves; PostgreSQL ignores the same."""

OF_ANOTHER_KIND = (FileExistsError, IsADirectoryError, NotADirectoryError)
"""Who named the path can mend it: a folder where a file is to be, a file where a folder is, a device."""


def make_folder(folder: Path) -> None:
    """Make a folder and those above it where they are missing, so that a power cut does not take them away.

    Raises:
        OSError: it cannot be made, or it or one above it is a file.
    """
    folder = real_folder(folder)
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in reversed(missing):
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk: without it, a file that got its name may have lost it after a power cut.

    Raises:
        OSError: the disk failed.
    """
    if sys.platform != "win32":  # which has no such call, and writes names out by itself
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in NO_SUCH_CALL:
                raise
        finally:
            os.close(descriptor)


@contextmanager
def told(place: str, problem: str = "cannot be written") -> Iterator[None]:
    """The system's errors as ours.

    Raises:
        UnknownTargetError: of this place, which is of another kind than the one that is needed.
        SinkError: of this place; the cause says why.
    """
    try:
        yield
    except OF_ANOTHER_KIND as error:
        raise UnknownTargetError(place, f"{problem}: {error}") from error
    except OSError as error:
        raise SinkError(place, f"{problem}: {error}") from error


def make_folder_of(file: str, place: str) -> None:
    """Make the folder of a file, and those above it, where they are missing.

    Args:
        file: its path.
        place: as the error names it.

    Raises:
        UnknownTargetError: it, or one above it, is a file.
        SinkError: it cannot be made.
    """
    folder = Path(file).absolute().parent
    with told(place, f"the folder {folder} cannot be made"):
        real_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"the folder {folder} cannot be made: {error.strerror}. Hint: make it, or name another"
        raise SinkError(place, problem) from error
