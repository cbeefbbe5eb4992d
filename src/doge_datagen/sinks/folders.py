"""The folder that a file is put in."""

from __future__ import annotations

from pathlib import Path

from doge_datagen.errors import SinkError
from doge_datagen.sinks.files.on_disk import told
from doge_datagen.sinks.files.real_paths import real_folder


def make_folder(file: str, place: str) -> None:
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
        problem = f"the folder {folder} cannot be made: {error.strerror}; make it, or name another"
        raise SinkError(place, problem) from error
