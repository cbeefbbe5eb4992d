"""A snapshot of the engine now and then, kept once all that led to it has arrived."""

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
"""Of the time of a run that may go into keeping snapshots; with many subjects they are kept less often."""


class Checkpoints:
    """Takes snapshots between windows, and keeps the last one that every place has reached.

    Args:
        folder: where; None where none is kept.
        of: the identity of the run.
        program: that is run.
    """

    def __init__(self, folder: CheckpointStore | None, of: str, program: Program) -> None:
        self._folder = folder
        self._of = of
        self._program = program
        self._take_at = monotonic() + SECONDS_BETWEEN
        self._waiting: StoredCheckpoint | None = None

    def last(self, at_most: int) -> StoredCheckpoint | None:
        """The one to go on from; None where all has to be simulated from the beginning.

        Args:
            at_most: the tick from which on records are wanted.
        """
        return None if self._folder is None else self._folder.kept(self._of, self._program, at_most)

    def beside(
        self, windows: Iterator[Window], engine: Engine
    ) -> Generator[tuple[Window, Checkpoint | None], None, None]:
        """The windows, and with some of them the snapshot at their end."""
        for window in windows:
            due = self._folder is not None and monotonic() >= self._take_at and engine.is_settled
            if due:
                self._take_at = float("inf")  # until this one is kept, which another thread does
            yield window, engine.checkpoint() if due else None

    def wait(self, checkpoint: Checkpoint, census: list[int]) -> None:
        """Hold a snapshot until what led to it has arrived."""
        self._waiting = StoredCheckpoint(checkpoint, list(census))

    def keep(self, arrived: int) -> None:
        """Keep what waits, where all places have at least so many ticks."""
        waiting = self._waiting
        if self._folder is None or waiting is None or arrived < waiting.checkpoint.tick:
            return
        self._waiting = None
        began = monotonic()
        self._folder.keep(waiting, self._of, self._program)
        self._take_at = monotonic() + max(SECONDS_BETWEEN, (monotonic() - began) / SHARE)
