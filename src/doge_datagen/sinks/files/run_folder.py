"""A folder of parts that belongs to one run, and is open in only one process."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from doge_datagen.errors import UnknownTargetError
from doge_datagen.sinks.files.locks import FolderLock
from doge_datagen.sinks.files.part_names import leftovers, visible
from doge_datagen.sinks.files.paths import STATE, make_folder, os_errors_translated, real_folder
from doge_datagen.sinks.files.run_state import RunState, read_state, write_state
from doge_datagen.sinks.replaced_file import OpenedFile


class RunFolder:
    """The folder, created if it is missing, locked, and checked to belong to the run.

    Args:
        path: path of the folder.
        run: name of the run.
        stream: name of the stream.
        place: name of the destination in messages.

    Raises:
        UnknownTargetError: it is a file, or belongs to another run or stream.
        SinkError: it cannot be created or read, or another process has locked it.
    """

    def __init__(self, path: Path, run: str, stream: str, place: str) -> None:
        self._run = run
        self._stream = stream
        self._place = place
        with os_errors_translated(place):
            _refuse_a_file(path)
            self.path = real_folder(path)
            self._made = not self.path.exists()
            make_folder(self.path)
        try:
            # Locked before anything is read: the process that holds the lock may still be adding parts.
            self._lock = FolderLock(self.path, place)
        except BaseException:
            self._remove_if_made()
            raise
        try:
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
        with os_errors_translated(self._place, "cannot be read"):
            return visible(self.path)

    def clear(self) -> None:
        """Remove what a killed process left unfinished.

        Raises:
            SinkError: it cannot be removed.
        """
        with os_errors_translated(self._place):
            for path in leftovers(self.path):
                path.unlink()

    def release(self) -> None:
        """Release the lock, and remove the folder if it was created here and is empty."""
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
