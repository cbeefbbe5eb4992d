"""What it takes for a name to be on the disk: a folder, too, is written out only when it is asked to be."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doge_datagen.errors import SinkError, UnknownTargetError
from doge_datagen.sinks.files.real_paths import real_folder

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
