"""What a machine keeps of a run with a name: that it is at work, and a snapshot now and then."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doge_datagen.engine.user_folders import user_folder
from doge_datagen.errors import ModelError, SinkError
from doge_datagen.program.program import Program
from doge_datagen.run.checkpoint_file import StoredCheckpoint, read, write
from doge_datagen.sinks.files.locks import FolderLock

log = logging.getLogger(__name__)

VARIABLE = "DOGE_STATE_DIR"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
FILE = "snapshot.npz"


class CheckpointStore:
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
            problem = "another process of this machine is at work on it. Hint: wait for its end, or give another run id"
            raise SinkError(f"run {run_id}", problem) from error

    def close(self) -> None:
        """Let others have it."""
        self._lock.release()

    def keep(self, kept: StoredCheckpoint, of: str, program: Program) -> None:
        """Put a snapshot in the place of the last one; see :func:`doge_datagen.run.checkpoint_file.write`."""
        write(self._folder / FILE, kept, of, program)

    def kept(self, of: str, program: Program, at_most: int) -> StoredCheckpoint | None:
        """The snapshot that was kept, where it is good for a run; see :func:`doge_datagen.run.checkpoint_file.read`."""
        return read(self._folder / FILE, of, program, at_most)


@contextmanager
def checkpoint_store_of(run_id: str | None) -> Iterator[CheckpointStore | None]:
    """The folder of a run with a name; None where it has no name, or the folder cannot be had.

    Raises:
        ModelError: the name cannot be one of a folder.
        SinkError: a run of this name is at work on this machine.
    """
    folder = None
    try:
        folder = CheckpointStore(run_id) if run_id is not None else None
    except OSError as error:
        log.warning(
            "no snapshots are kept, so that resuming takes longer: %s. Hint: name a folder by %s", error, VARIABLE
        )
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
        raise ModelError("run_id", f"{run_id!r} is not a name; up to 100 letters, digits, '.', '_' and '-' make one")
    return run_id


def all_runs() -> Path:
    """Where runs keep their snapshots: ``DOGE_STATE_DIR``, or the user's own folder for such things.

    Raises:
        OSError: the user has no folder.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    return user_folder("XDG_STATE_HOME", ".local/state") / "doge-datagen" / "runs"
