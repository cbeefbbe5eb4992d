"""The folder that a file is put in."""

from __future__ import annotations

from pathlib import Path

from doge_datagen.errors import SinkError


def make_folder(file: str, place: str) -> None:
    """Make the folder of a file, and those above it, where they are missing.

    Args:
        file: its path.
        place: as the error names it.

    Raises:
        SinkError: it cannot be made.
    """
    folder = Path(file).absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"the folder {folder} cannot be made: {error.strerror}; make it, or name another"
        raise SinkError(place, problem) from error
