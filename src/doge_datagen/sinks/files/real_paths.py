"""A path to the file or folder it leads to, or why it leads to none that can be written."""

from __future__ import annotations

import os
from pathlib import Path


def real_file(path: Path) -> Path:
    """The file behind all links, there or to be: the one to replace, so that links stay links.

    Raises:
        IsADirectoryError: it is a folder.
        FileExistsError: it is a device, a pipe or a socket, which a file that gets its name would destroy.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name a file")
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is a device or pipe; name a file")
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
        raise NotADirectoryError(f"{path if nearest == real else nearest} is {found}, not a folder; name another path")
    return real
