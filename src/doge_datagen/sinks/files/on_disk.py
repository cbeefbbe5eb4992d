"""What it takes for a name to be on the disk: a folder, too, is written out only when it is asked to be."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doge_datagen.errors import SinkError

NO_SUCH_CALL = (errno.EINVAL, errno.EBADF)
"""What systems answer that do not write out folders by themselves; PostgreSQL ignores the same."""


def make_folder(folder: Path) -> None:
    """Make a folder and those above it where they are missing, so that a power cut does not take them away.

    Raises:
        OSError: it cannot be made, or is a file.
    """
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
        SinkError: of this place; the cause says why.
    """
    try:
        yield
    except OSError as error:
        raise SinkError(place, f"{problem}: {error}") from error
