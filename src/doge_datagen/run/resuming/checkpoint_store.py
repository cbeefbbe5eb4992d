"""The checkpoints of a named run: when one is taken and saved, and the folder on this machine that keeps the latest."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from doge_datagen.engine.protocol import Engine
from doge_datagen.engine.user_folders import user_folder
from doge_datagen.errors import ModelError, SinkError
from doge_datagen.program.program import Program
from doge_datagen.run.resuming.checkpoint_file import StoredCheckpoint, read, write
from doge_datagen.run.stages import StageChain
from doge_datagen.sinks.files.locks import FolderLock

log = logging.getLogger(__name__)

VARIABLE = "DOGE_STATE_DIR"
# It becomes the name of a folder, a row and a transactional id: no slash, no colon, and no leading dot.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
FILE = "snapshot.npz"


class CheckpointStore:
    """The folder of one run, locked for this process until it is closed.

    Losing the folder costs nothing but time: positions are stored by the sinks, and without a checkpoint a run is
    simulated from its first tick.

    Args:
        run_id: the run's name.

    Raises:
        ModelError: the name is not a valid run ID.
        SinkError: another process on this machine is running it.
        OSError: the folder cannot be created or locked.
    """

    def __init__(self, run_id: str) -> None:
        self._folder = all_runs() / checked_run_id(run_id)
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = FolderLock(self._folder, f"run {run_id}")
        except SinkError as error:
            # A file system without locks is no second process; the run goes on without checkpoints.
            if isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, BlockingIOError):
                raise error.__cause__ from None
            problem = "another process on this machine is running it. Hint: wait until it ends, or use another run ID"
            raise SinkError(f"run {run_id}", problem) from error

    def close(self) -> None:
        """Release the lock."""
        self._lock.release()

    def keep(self, kept: StoredCheckpoint, of: str, program: Program) -> None:
        """Save a checkpoint in place of the last one; see :func:`doge_datagen.run.resuming.checkpoint_file.write`."""
        write(self._folder / FILE, kept, of, program)

    def kept(self, of: str, program: Program, at_most: int) -> StoredCheckpoint | None:
        """The saved checkpoint, or None if it is of no use; see ``checkpoint_file.read``."""
        return read(self._folder / FILE, of, program, at_most)


@contextmanager
def checkpoint_store_of(run_id: str | None) -> Iterator[CheckpointStore | None]:
    """The folder of a named run; None if the run has no name or the folder is not available.

    Raises:
        ModelError: the name is not a valid run ID.
        SinkError: another process on this machine is running it.
    """
    folder = None
    try:
        folder = CheckpointStore(run_id) if run_id is not None else None
    except OSError as error:
        log.warning(
            "no checkpoints are kept, so resuming takes longer: %s. Hint: set %s to a writable folder", error, VARIABLE
        )
    try:
        yield folder
    finally:
        if folder is not None:
            folder.close()


def checked_run_id(run_id: str) -> str:
    """The run ID, if it can be used as a name for folders, topics and rows.

    Raises:
        ModelError: it is not a valid run ID.

    >>> checked_run_id('nightly-2')
    'nightly-2'
    """
    if not isinstance(run_id, str) or not NAME.fullmatch(run_id):
        hint = "use up to 100 letters, digits, '.', '_' and '-', beginning with a letter or digit"
        raise ModelError("run_id", f"{run_id!r} is not a valid run ID. Hint: {hint}")
    return run_id


def all_runs() -> Path:
    """The folder for the checkpoints of all runs: ``DOGE_STATE_DIR``, or the user's state folder by default.

    Raises:
        OSError: the user has no home directory.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    return user_folder("XDG_STATE_HOME", ".local/state") / "doge-datagen" / "runs"


SHARE = 0.05
"""The fraction of a run's time that may be spent on saving checkpoints; with many subjects, fewer are saved."""


class Checkpoints:
    """Takes checkpoints between windows, and saves them.

    A checkpoint is saved only once every sink that keeps a position has committed at least up to its tick: a run
    resumes at the sinks' positions, and a checkpoint later than these would be useless.

    Args:
        folder: where to save them; None for not at all.
        of: the identity of the run.
        program: the program that is run.
        every: seconds between two checkpoints, more if saving takes longer than its share; 0 for one after each window.
    """

    def __init__(self, folder: CheckpointStore | None, of: str, program: Program, every: float) -> None:
        self._folder = folder
        self._of = of
        self._program = program
        self._every = every
        self._take_at = monotonic() + every
        self._waiting: StoredCheckpoint | None = None

    def resume(self, engine: Engine, stages: StageChain, at_most: int) -> StoredCheckpoint | None:
        """Restore engine and stages from the saved checkpoint.

        Args:
            engine: at its first tick.
            stages: at theirs.
            at_most: the first tick whose records are still to be delivered.

        Returns:
            The checkpoint; None if there is none that fits, and the run has to be simulated from its first tick.
        """
        kept = None if self._folder is None else self._folder.kept(self._of, self._program, at_most)
        # Stages first: they may refuse their state, and the engine has to be at its first tick then.
        if kept is None or not stages.restore(kept.stages):
            return None
        engine.restore(kept.checkpoint)
        return kept

    def taken(self, engine: Engine, stages: StageChain) -> StoredCheckpoint | None:
        """A checkpoint of engine and stages between two windows, without the census; None if none is due."""
        # Called by the thread that simulates, between two windows, so that engine and stages are at the same tick.
        if self._folder is None or monotonic() < self._take_at or not engine.is_settled:
            return None
        self._take_at = float("inf")  # until this one is saved, by the thread that consumes the windows
        return StoredCheckpoint(engine.checkpoint(), [], stages.checkpoint())

    def wait(self, checkpoint: StoredCheckpoint, census: list[int]) -> None:
        """Hold a checkpoint until the sinks have committed up to it."""
        # The census is counted where windows are consumed, so it is added there, and copied, as counting goes on.
        self._waiting = checkpoint._replace(census=list(census))

    def keep(self, arrived: int) -> None:
        """Save the checkpoint that waits, if the sinks have committed up to it.

        Args:
            arrived: how many ticks every sink with a position has committed.
        """
        waiting = self._waiting
        # Data first: a resumed run delivers from its positions on, so a checkpoint beyond them would have to be thrown
        # away.
        if self._folder is None or waiting is None or arrived < waiting.checkpoint.tick:
            return
        # Before it is saved, so that an error while saving does not try it again with each window.
        self._waiting = None
        began = monotonic()
        self._folder.keep(waiting, self._of, self._program)
        saved = monotonic()
        # From the end, and in proportion to its cost: with many subjects saving may take longer than the interval.
        self._take_at = saved + (max(self._every, (saved - began) / SHARE) if self._every else 0.0)
