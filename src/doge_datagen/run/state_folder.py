"""What a machine keeps of a run with a name: that it is at work, and a snapshot now and then."""

from __future__ import annotations

import logging
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from doge_datagen.engine.snapshot import Snapshot
from doge_datagen.errors import ModelError, SinkError
from doge_datagen.sinks.files.folder_lock import FolderLock

log = logging.getLogger(__name__)

VARIABLE = "DOGE_STATE_DIR"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
FILE = "snapshot.npz"
ARRAYS = ("wakes", "tries", "steps")
OF_ATTRIBUTE = "attribute:"


class Kept(NamedTuple):
    """What a snapshot is kept with.

    Attributes:
        snapshot: of the engine.
        census: how many subjects were in each state, in the order of the model's states.
    """

    snapshot: Snapshot
    census: list[int]


class StateFolder:
    """The folder of one run, which is this process's alone as long as it is open.

    Losing it costs nothing but time: positions stand at the sinks, and a run without a snapshot simulates from the
    beginning.

    Args:
        run_id: the run's name.

    Raises:
        ModelError: the name cannot be one of a folder.
        SinkError: a run of this name is at work on this machine.
        OSError: the folder cannot be had.
    """

    def __init__(self, run_id: str) -> None:
        self._folder = all_runs() / checked_run_id(run_id)
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = FolderLock(self._folder, f"run {run_id}")
        except SinkError as error:
            if isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, BlockingIOError):
                raise error.__cause__ from None
            problem = "another process of this machine is at work on it; wait for its end, or give another run id"
            raise SinkError(f"run {run_id}", problem) from error

    def close(self) -> None:
        """Let others have it."""
        self._lock.release()

    def keep(self, kept: Kept, of: str) -> None:
        """Put a snapshot in the place of the last one; one that cannot be written is a warning, no error.

        Args:
            kept: the snapshot.
            of: the identity of the run.
        """
        snapshot, part = kept.snapshot, self._folder / f"{FILE}.part"
        arrays = {name: getattr(snapshot, name) for name in ARRAYS}
        arrays |= {f"{OF_ATTRIBUTE}{name}": column for name, column in snapshot.attributes.items()}
        numbers = np.array([snapshot.tick, snapshot.ticks, *kept.census], dtype=np.int64)
        try:
            with part.open("wb") as file:
                np.savez(file, of=np.array(of), numbers=numbers, **arrays)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / FILE)
        except OSError as error:
            log.warning("no snapshot is kept: %s", error)

    def kept(self, of: str, ticks: int, at_most: int) -> Kept | None:
        """The snapshot that was kept, where it is good for a run.

        Args:
            of: the identity of the run.
            ticks: how many there are in all.
            at_most: the tick with which the run goes on.
        """
        try:
            with (self._folder / FILE).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                tick, its_ticks, *census = file["numbers"].tolist()
                if str(file["of"]) != of or its_ticks != ticks or tick > at_most:
                    return None
                attributes = {
                    name.removeprefix(OF_ATTRIBUTE): file[name] for name in file.files if name.startswith(OF_ATTRIBUTE)
                }
                wakes, tries, steps = (file[name] for name in ARRAYS)
                return Kept(Snapshot(tick, its_ticks, wakes, tries, steps, attributes), census)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            log.warning("the snapshot %s cannot be read, so all is simulated again: %s", self._folder / FILE, error)
            return None


@contextmanager
def state_folder_of(run_id: str | None) -> Iterator[StateFolder | None]:
    """The folder of a run with a name; None where it has no name, or the folder cannot be had.

    Raises:
        ModelError: the name cannot be one of a folder.
        SinkError: a run of this name is at work on this machine.
    """
    folder = None
    try:
        folder = StateFolder(run_id) if run_id is not None else None
    except OSError as error:
        log.warning("no snapshots are kept, so that resuming takes longer: %s; name a folder by %s", error, VARIABLE)
    try:
        yield folder
    finally:
        if folder is not None:
            folder.close()


def checked_run_id(run_id: str) -> str:
    """A name that can be one of folders, topics and rows.

    Raises:
        ModelError: it cannot.

    >>> checked_run_id('nightly-2')
    'nightly-2'
    """
    if not isinstance(run_id, str) or not NAME.fullmatch(run_id):
        raise ModelError("run_id", f"{run_id!r} is no name; up to 100 letters, digits, '.', '_' and '-' make one")
    return run_id


def all_runs() -> Path:
    """Where runs keep their snapshots: ``DOGE_STATE_DIR``, or the user's own folder for such things."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "doge-datagen" / "runs"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "doge-datagen" / "runs"
