"""A folder that belongs to one run, and to one process of it as long as it is open."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from doge_datagen.errors import UnknownTargetError
from doge_datagen.sinks.files.locks import FolderLock
from doge_datagen.sinks.files.part_names import leftovers, visible
from doge_datagen.sinks.files.paths import make_folder, real_folder, told
from doge_datagen.sinks.files.run_state import STATE, RunState, read_state, write_state
from doge_datagen.sinks.opened_file import OpenedFile


class RunFolder:
    """Made where it is missing, locked, and known to be this run's.

    Args:
        path: where it is, or is to be.
        run: the name of the run.
        stream: the name of the stream.
        place: for errors.

    Raises:
        UnknownTargetError: it is a file, or not this stream's of this run.
        SinkError: it cannot be had, or another process holds it.
    """

    def __init__(self, path: Path, run: str, stream: str, place: str) -> None:
        self._run = run
        self._stream = stream
        self._place = place
        with told(place):
            _refuse_a_file(path)
            self.path = real_folder(path)
            self._made = not self.path.exists()
            make_folder(self.path)
        try:
            self._lock = FolderLock(self.path, place)
        except BaseException:
            self._remove_if_made()
            raise
        try:
            self._opened = OpenedFile(self.path)
            self._state = self._own()
        except BaseException:
            self.let_go()
            raise

    @property
    def state(self) -> RunState | None:
        """What it says of the run; None before the first commit."""
        return self._state

    def say(self, *, of: str, ticks: int | None, parts: int) -> None:
        """Have it say this, unless it does.

        Raises:
            OSError: the disk failed; it says what it said.
        """
        state = RunState(self._run, self._stream, of, ticks, parts)
        if state != self._state:
            write_state(self.path, state)
            self._state = state

    def check(self) -> None:
        """See that the path still leads to it.

        Raises:
            FileGoneError: it was moved, removed or replaced.
        """
        self._opened.check()

    def names(self) -> list[str]:
        """What readers see in it, in order.

        Raises:
            SinkError: it cannot be read.
        """
        with told(self._place, "cannot be read"):
            return visible(self.path)

    def clear(self) -> None:
        """Take away what a killed process did not finish.

        Raises:
            SinkError: it cannot be taken away.
        """
        with told(self._place):
            for path in leftovers(self.path):
                path.unlink()

    def let_go(self) -> None:
        """Let others have it; where nothing came of it, it is as it was."""
        self._lock.release()
        self._remove_if_made()

    def _own(self) -> RunState | None:
        state, names = read_state(self.path, self._place), self.names()
        if state is not None and state.run != self._run:
            problem = f"belongs to the run {state.run!r}, not {self._run!r}"
            raise UnknownTargetError(self._place, f"{problem}. Hint: name another path, or remove the folder")
        if state is not None and state.stream != self._stream:
            problem = f"has the records of the stream {state.stream!r}, not {self._stream!r}"
            raise UnknownTargetError(self._place, f"{problem}. Hint: name the path that this stream had, or a new one")
        if state is None and names:
            problem = f"holds {names[0]!r} but no {STATE}, so it is not of this run"
            raise UnknownTargetError(self._place, f"{problem}. Hint: name another path, or empty the folder")
        return state

    def _remove_if_made(self) -> None:
        if self._made:
            with suppress(OSError):  # there is something in it
                self.path.rmdir()


def _refuse_a_file(path: Path) -> None:
    """See that a path can be that of a folder.

    Raises:
        FileExistsError: it is a file.
    """
    if path.is_file():
        problem = "a run that can be resumed makes a folder of files of it"
        raise FileExistsError(f"{path} is a file, and {problem}. Hint: name another path, or remove the file")
