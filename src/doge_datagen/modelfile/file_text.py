"""Read the text of a model file: UTF-8, and no larger than a model file may be."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import BinaryIO

from doge_datagen.errors import InvalidModelError, Problem, similar_file

MOST_BYTES = 16 << 20


def text_of(path: FilePath) -> str:
    """Return the text of a model file.

    Raises:
        InvalidModelError: the file does not exist or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return decoded(whole(file, str(path)), str(path))
    except InvalidModelError:
        raise
    except FileNotFoundError:
        problem = Problem((), f"there is no such file. Hint: {similar_file(path)}", file=str(path))
    except IsADirectoryError:
        problem = Problem((), "is a folder. Hint: name a file in it", file=str(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem((), f"cannot be read: {reason}. Hint: name a file that can be read", file=str(path))
    raise InvalidModelError([problem])


def whole(file: BinaryIO, name: str) -> bytes:
    """Read a whole file, up to the largest size of a model file; a device may be endless.

    Args:
        file: open for reading.
        name: the file's name in errors.

    Raises:
        InvalidModelError: the file is too large.
    """
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        problem = f"is larger than {MOST_BYTES >> 20} MiB, the limit of a model file. Hint: name a model file"
        raise InvalidModelError([Problem((), problem, file=name)])
    return data


def decoded(data: bytes, name: str) -> str:
    """Decode the bytes of a model file.

    Args:
        data: the whole file.
        name: the file's name in errors.

    Raises:
        InvalidModelError: the bytes are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        problem = Problem((), "is not UTF-8. Hint: save it as UTF-8", line, column, name)
    raise InvalidModelError([problem])
