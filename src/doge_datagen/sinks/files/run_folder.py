"""A folder of parts that belongs to one run, and is open in only one process: its state, and the names of its parts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from doge_datagen.errors import SinkError, UnknownTargetError
from doge_datagen.sinks.files.format_writer import FileFormat
from doge_datagen.sinks.files.locks import FolderLock
from doge_datagen.sinks.files.part_file import UNFINISHED, PartFile
from doge_datagen.sinks.files.paths import STATE, OpenedFile, make_folder, os_errors_translated, real_folder

NAME = re.compile(r"part-(?P<start>\d{15,})-(?P<end>\d{15,})(?P<ending>\..+)")
# Exactly the names that we give, as these files are removed without asking.
LEFT = re.compile(rf"_(doge\.json|{NAME.pattern}){re.escape(UNFINISHED)}")
HIDDEN = ("_", ".")
"""Files with these prefixes are ignored: Spark, Arrow's datasets and Hive do not treat them as data."""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """The records of the ticks from ``start`` up to, but not including, ``end``.

    >>> Part(0, 86400).name('.parquet')
    'part-000000000000000-000000000086400.parquet'
    """

    start: int
    end: int

    def name(self, ending: str) -> str:
        """Name of its file; sorted by name, parts are in order of time."""
        return f"part-{self.start:015}-{self.end:015}{ending}"


def ending_of(path: str, file_format: FileFormat, compression: str) -> str:
    """Extension of the parts' names: that of the path, or else one that tells readers the format and compression.

    >>> from doge_datagen.sinks.files.formats import FORMATS
    >>> ending_of('out/trx.ndjson.gz', FORMATS['jsonl'], 'gzip'), ending_of('out/trx', FORMATS['csv'], 'zstd')
    ('.ndjson.gz', '.csv.zst')
    """
    outside = file_format.compressions[compression]
    bare = path.lower().removesuffix(outside)
    inside = next((ending for ending in file_format.endings if bare.endswith(ending)), file_format.endings[0])
    return inside + outside


def visible(folder: Path) -> list[str]:
    """Names of the files in a folder that readers treat as data, sorted."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(HIDDEN))


def leftovers(folder: Path) -> list[Path]:
    """Files that a killed process left unfinished."""
    return [path for path in folder.iterdir() if LEFT.fullmatch(path.name)]


def end_of(names: Iterable[str], ending: str, destination: str) -> int | None:
    """Return the tick that the parts of these names lead to; None if there are no parts. Other names are ignored.

    Raises:
        SinkError: they do not follow one another from tick 0, or one has another extension.
    """
    end = None
    for part in sorted(_part_of(found, ending, destination) for name in names if (found := NAME.fullmatch(name))):
        # Parts are sorted by start, so a gap or an overlap shows between neighbours. It means lost or doubled records,
        # which no position can express.
        if part.start != (end or 0):
            raise SinkError(destination, _gap_or_overlap(part, end or 0, ending))
        end = part.end
    return end


def _part_of(found: re.Match[str], ending: str, destination: str) -> Part:
    if found["ending"] != ending:
        problem = (
            f"{found[0]} is not {ending}: format or compression were others. Hint: set them back, or name another path"
        )
        raise SinkError(destination, problem)
    return Part(int(found["start"]), int(found["end"]))


def _gap_or_overlap(part: Part, end: int, ending: str) -> str:
    hint = "put back what was taken away, or remove the folder to begin anew"
    if part.start > end:
        return f"the records from tick {end} on are missing before {part.name(ending)}. Hint: {hint}"
    return f"{part.name(ending)} has records that other parts have too, up to tick {end}. Hint: {hint}"


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


def read_state(folder: Path, destination: str) -> RunState | None:
    """Read the file of a folder; None if there is no file.

    Raises:
        SinkError: it cannot be read, or was not written by us.
    """
    path = folder / STATE
    try:
        # Damaged content is an error and not taken as missing: the folder would then count as new, and its records be
        # written again.
        found = json.loads(path.read_text(encoding="utf-8"))
        return _checked(found)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:
        problem = f"{path} is not as a run left it: {error}. Hint: put it back, or remove the folder to begin anew"
        raise SinkError(destination, problem) from error


def write_state(folder: Path, state: RunState) -> None:
    """Replace the file atomically.

    Raises:
        OSError: the disk failed; the previous file is still there.
    """
    # Renamed into place, so that a process killed at any point leaves the old state or the new one, and no half of a
    # file.
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


class RunFolder:
    """The folder, created if it is missing, locked, and checked to belong to the run.

    Args:
        path: path of the folder.
        run: name of the run.
        stream: name of the stream.
        destination: name of the destination in messages.

    Raises:
        UnknownTargetError: it is a file, or belongs to another run or stream.
        SinkError: it cannot be created or read, or another process has locked it.
    """

    def __init__(self, path: Path, run: str, stream: str, destination: str) -> None:
        self._run = run
        self._stream = stream
        self._destination = destination
        with os_errors_translated(destination):
            _refuse_a_file(path)
            self.path = real_folder(path)
            # Before it is created, to know whether it may be removed again if the run cannot begin.
            self._made = not self.path.exists()
            make_folder(self.path)
        try:
            # Locked before anything is read: the process that holds the lock may still be adding parts.
            self._lock = FolderLock(self.path, destination)
        except BaseException:
            self._remove_if_made()
            raise
        try:
            # Under the lock: from here on, a folder of that name which is another one is noticed.
            self._opened = OpenedFile(self.path)
            self._state = self._own()
        except BaseException:
            self.release()
            raise

    @property
    def state(self) -> RunState | None:
        """The run's state as stored in the folder; None before the first commit."""
        return self._state

    def set_state(self, *, of: str, ticks: int | None, parts: int) -> None:
        """Store the run's state, unless it is stored already.

        Raises:
            OSError: the disk failed; the previous state is still stored.
        """
        state = RunState(self._run, self._stream, of, ticks, parts)
        # Each write costs two fsync calls, and most commits change nothing here.
        if state != self._state:
            write_state(self.path, state)
            self._state = state

    def check(self) -> None:
        """Check that the path still leads to this folder.

        Raises:
            FileGoneError: it was moved, removed or replaced.
        """
        self._opened.check()

    def names(self) -> list[str]:
        """Names of the files that readers see, sorted.

        Raises:
            SinkError: it cannot be read.
        """
        with os_errors_translated(self._destination, "cannot be read"):
            return visible(self.path)

    def clear(self) -> None:
        """Remove what a killed process left unfinished.

        Raises:
            SinkError: it cannot be removed.
        """
        with os_errors_translated(self._destination):
            for path in leftovers(self.path):
                path.unlink()

    def release(self) -> None:
        """Release the lock, and remove the folder if it was created here and is empty."""
        # Before the folder is removed, which the file of the lock would prevent.
        self._lock.release()
        self._remove_if_made()

    def _own(self) -> RunState | None:
        state, names = read_state(self.path, self._destination), self.names()
        if state is not None and state.run != self._run:
            problem = f"belongs to the run {state.run!r}, not {self._run!r}"
            raise UnknownTargetError(self._destination, f"{problem}. Hint: name another path, or remove the folder")
        if state is not None and state.stream != self._stream:
            problem = f"has the records of the stream {state.stream!r}, not {self._stream!r}"
            raise UnknownTargetError(
                self._destination, f"{problem}. Hint: name the path that this stream had, or a new one"
            )
        # A run writes its state before its first part, so a folder with files and no state was made by something else.
        if state is None and names:
            problem = f"holds {names[0]!r} but no {STATE}, so it is not of this run"
            raise UnknownTargetError(self._destination, f"{problem}. Hint: name another path, or empty the folder")
        return state

    def _remove_if_made(self) -> None:
        if self._made:
            with suppress(OSError):  # it is not empty
                self.path.rmdir()


def _refuse_a_file(path: Path) -> None:
    """Refuse a path at which a folder cannot be created.

    Raises:
        FileExistsError: it is a file.
    """
    if path.is_file():
        problem = "a run that can be resumed writes a folder of files there"
        raise FileExistsError(f"{path} is a file, and {problem}. Hint: name another path, or remove the file")
