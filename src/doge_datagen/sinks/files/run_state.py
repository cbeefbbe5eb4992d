"""``_doge.json`` in a folder of parts: the run it belongs to, and what the names of its parts do not say."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from doge_datagen.errors import SinkError
from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.files.paths import STATE


@dataclass(frozen=True, slots=True)
class RunState:
    """Content of the file.

    Attributes:
        run: name of the run that the folder belongs to.
        stream: name of the stream whose records it has.
        of: identity of the run, as in its position.
        ticks: position of the last commit without records; None if there was none.
        parts: where the parts ended at that time; they must reach at least this tick.
    """

    run: str
    stream: str
    of: str
    ticks: int | None = None
    parts: int = 0


def read_state(folder: Path, place: str) -> RunState | None:
    """Read the file of a folder; None if there is no file.

    Raises:
        SinkError: it cannot be read, or was not written by us.
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
    """Replace the file atomically.

    Raises:
        OSError: the disk failed; the previous file is still there.
    """
    file = PartFile(folder / STATE, hidden=True)
    try:
        file.write(f"{json.dumps(asdict(state), indent=2)}\n".encode())
        file.finish()
    except BaseException:
        file.remove()
        raise


def _checked(found: Any) -> RunState:
    state = RunState(**found)
    if not all(isinstance(text, str) for text in (state.run, state.stream, state.of)):
        raise ValueError("run, stream and of must be strings")
    numbers = (state.parts, 0 if state.ticks is None else state.ticks)
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("ticks and parts must be integers, 0 or more")
    return state
