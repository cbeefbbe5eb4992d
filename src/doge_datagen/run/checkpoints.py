"""Takes snapshots of the engine during a run, and saves each once every sink has committed up to it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from time import monotonic

from doge_datagen.engine.checkpoint import Checkpoint
from doge_datagen.engine.window import Window
from doge_datagen.program.program import Program
from doge_datagen.run.checkpoint_file import StoredCheckpoint
from doge_datagen.run.checkpoint_store import CheckpointStore
from doge_datagen.run.engine_choice import Engine

SECONDS_BETWEEN = 60.0
SHARE = 0.05
"""The fraction of a run's time that may be spent on saving snapshots; with many subjects they are saved less often."""


class Checkpoints:
    """Takes snapshots between windows, and saves them.

    A snapshot is saved only once every sink that keeps a position has committed at least up to its tick: a run resumes
    at the sinks' positions, and a snapshot later than these would be useless.

    Args:
        folder: where to save them; None for not at all.
        of: the identity of the run.
        program: the program that is run.
    """

    def __init__(self, folder: CheckpointStore | None, of: str, program: Program) -> None:
        self._folder = folder
        self._of = of
        self._program = program
        self._take_at = monotonic() + SECONDS_BETWEEN
        self._waiting: StoredCheckpoint | None = None

    def last(self, at_most: int) -> StoredCheckpoint | None:
        """The snapshot to resume from; None if the run has to be simulated from its first tick.

        Args:
            at_most: the first tick whose records are still to be delivered.
        """
        return None if self._folder is None else self._folder.kept(self._of, self._program, at_most)

    def beside(
        self, windows: Iterator[Window], engine: Engine
    ) -> Generator[tuple[Window, Checkpoint | None], None, None]:
        """The windows, each with a snapshot of the engine at its end if one is due, else None."""
        for window in windows:
            due = self._folder is not None and monotonic() >= self._take_at and engine.is_settled
            if due:
                self._take_at = float("inf")  # until this one is saved, by the thread that consumes the windows
            yield window, engine.checkpoint() if due else None

    def wait(self, checkpoint: Checkpoint, census: list[int]) -> None:
        """Hold a snapshot until the sinks have committed up to it."""
        self._waiting = StoredCheckpoint(checkpoint, list(census))

    def keep(self, arrived: int) -> None:
        """Save the snapshot that waits, if the sinks have committed up to it.

        Args:
            arrived: how many ticks every sink with a position has committed.
        """
        waiting = self._waiting
        if self._folder is None or waiting is None or arrived < waiting.checkpoint.tick:
            return
        self._waiting = None
        began = monotonic()
        self._folder.keep(waiting, self._of, self._program)
        self._take_at = monotonic() + max(SECONDS_BETWEEN, (monotonic() - began) / SHARE)
