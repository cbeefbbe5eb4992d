"""Takes checkpoints of engine and stages during a run, and saves each once every sink has committed up to it."""

from __future__ import annotations

from time import monotonic

from doge_datagen.engine.protocol import Engine
from doge_datagen.program.program import Program
from doge_datagen.run.resuming.checkpoint_file import StoredCheckpoint
from doge_datagen.run.resuming.checkpoint_store import CheckpointStore
from doge_datagen.run.stage_chain import StageChain

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
        if kept is None or not stages.restore(kept.stages):
            return None
        engine.restore(kept.checkpoint)
        return kept

    def taken(self, engine: Engine, stages: StageChain) -> StoredCheckpoint | None:
        """A checkpoint of engine and stages between two windows, without the census; None if none is due."""
        if self._folder is None or monotonic() < self._take_at or not engine.is_settled:
            return None
        self._take_at = float("inf")  # until this one is saved, by the thread that consumes the windows
        return StoredCheckpoint(engine.checkpoint(), [], stages.checkpoint())

    def wait(self, checkpoint: StoredCheckpoint, census: list[int]) -> None:
        """Hold a checkpoint until the sinks have committed up to it."""
        self._waiting = checkpoint._replace(census=list(census))

    def keep(self, arrived: int) -> None:
        """Save the checkpoint that waits, if the sinks have committed up to it.

        Args:
            arrived: how many ticks every sink with a position has committed.
        """
        waiting = self._waiting
        if self._folder is None or waiting is None or arrived < waiting.checkpoint.tick:
            return
        self._waiting = None
        began = monotonic()
        self._folder.keep(waiting, self._of, self._program)
        saved = monotonic()
        self._take_at = saved + (max(self._every, (saved - began) / SHARE) if self._every else 0.0)
