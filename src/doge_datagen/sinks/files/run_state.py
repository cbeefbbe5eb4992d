"""``_doge.json`` in a folder of parts: whose it is, and what the names of its parts do not say."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from doge_datagen.errors import SinkError
from doge_datagen.sinks.files.part_file import PartFile

STATE = "_doge.json"


@dataclass(frozen=True, slots=True)
class RunState:
    """What stands in the file.

    Attributes:
        run: the name of the run that the folder belongs to.
        stream: the name of the stream whose records it has.
        of: what it is a run of, as its position says it.
        ticks: where the last commit without records led to; None where there was none.
        parts: where the parts ended then: there are at least so many.
    """

    run: str
    stream: str
    of: str
    ticks: int | None = None
    parts: int = 0


def read_state(folder: Path, place: str) -> RunState | None:
    """What stands in a folder's file; None where there is no file.

    Raises:
        SinkError: it cannot be read, or is none of ours.
    """
    path = folder / STATE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return _checked(found)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:
        problem = f"{path} is not as a run left it: {error}. Hint: put it back, or remove the folder to begin anew"
        raise SinkError(place, problem) from error


def write_state(folder: Path, state: RunState) -> None:
    """Put it there, all or nothing.

    Raises:
        OSError: the disk failed; what was there before is there still.
    """
    file = PartFile(folder / STATE, hidden=True)
    try:
        file.write(f"{json.dumps(asdict(state), indent=2)}\n".encode())
        file.finish()
    except BaseException:
        file.remove()
        raise


def refuse_a_folder(path: Path) -> None:
    """See that a path can be that of one file.

    Raises:
        IsADirectoryError: it is a folder; the message says of what.
    """
    if not path.is_dir():
        return
    parts = f" with the parts of a run that can be resumed ({STATE})" if (path / STATE).exists() else ""
    raise IsADirectoryError(f"{path} is a folder{parts}. Hint: name another path, or remove it")


def _checked(found: Any) -> RunState:
    state = RunState(**found)
    if not all(isinstance(text, str) for text in (state.run, state.stream, state.of)):
        raise ValueError("run, stream and of are texts")
    numbers = (state.parts, 0 if state.ticks is None else state.ticks)
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("ticks and parts are whole numbers from 0 on")
    return state
