"""What the run needs of an engine."""

from __future__ import annotations

from typing import Protocol

from doge_datagen.engine.checkpoint import Checkpoint
from doge_datagen.engine.window import Window


class Engine(Protocol):
    """Runs a program, window after window."""

    @property
    def tick(self) -> int:
        """The next tick to simulate."""

    @property
    def records(self) -> int:
        """How many records a window should hold, of all streams together."""

    @property
    def used(self) -> str:
        """A description of what has run so far: an engine, and possibly another one from some tick on."""

    @property
    def compiling(self) -> bool:
        """Whether the model is being compiled in the background."""

    @property
    def compiled_in(self) -> float | None:
        """Seconds that it took to compile the model; None if it is not compiled, or not yet."""

    @property
    def is_settled(self) -> bool:
        """Whether a checkpoint can be taken: no subject has been simulated beyond the next tick.

        After a window that was cut short, this may take a few more windows.
        """

    def window(self, end: int, *, with_records: bool = True) -> Window:
        """Simulate from the next tick up to ``end``, exclusive, and give the records.

        The window ends earlier if it would otherwise hold too much or take too long.

        Args:
            end: the tick after the last that is wanted.
            with_records: whether to build records; without, the window has no batches.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """

    def checkpoint(self) -> Checkpoint:
        """Everything that the remaining ticks depend on; only possible if the engine is settled."""

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same run, whichever engine took it."""

    def close(self) -> None:
        """Release threads and memory."""
