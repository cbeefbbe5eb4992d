"""Everything that the compiled engine keeps of its subjects: a row for each, in the order of their indexes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.arriving.arrivals import Arrived
from doge_datagen.engine.arriving.spawn_queue import MOST
from doge_datagen.engine.checkpoint import IDS, stored_columns, walk_columns
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.program.program import Program
from doge_datagen.program.spawning.lineage import identity, path_names

Array = npt.NDArray[Any]
WAKES, CAUSES = "wakes", "causes"
ROOM = 1024
"""Rows of a table that subjects arrive in; it doubles when it is full."""
DEAD = 16
"""Rows are removed once this fraction of them is of subjects to whom nothing can happen any more."""


class SubjectColumns:
    """The columns of all subjects; where subjects arrive, of those who are there, with room for more.

    Args:
        program: the model.
        count: how many subjects there are from the start.

    Attributes:
        count: how many rows are in use.
    """

    def __init__(self, program: Program, count: int) -> None:
        timing = program.timing
        arrivals = None if timing is None else timing.arrivals
        self._arriving = None if timing is None or arrivals is None else timing.arriving
        self._path = path_names(program.depth)
        self.count = count if self._arriving is None else 0
        # A fixed crowd has all its rows at once and never moves them, so that its columns are as large as they have to
        # be.
        room = count if self._arriving is None else ROOM
        self._walk = {name: np.empty(room, dtype) for name, dtype in walk_columns(program).items()}
        self._attributes = {name: np.empty(room, dtype) for name, dtype in stored_columns(program).items()}

    @property
    def arrays(self) -> tuple[Array, ...]:
        """What the kernel keeps of a walk; the first is the tick at which each subject wakes."""
        return tuple(self._walk.values())

    @property
    def attributes(self) -> tuple[Array, ...]:
        """The attributes, in the order of the kernel's tuple."""
        return tuple(self._attributes.values())

    def release(self) -> bool:
        """Remove the rows of subjects to whom nothing can happen any more, if they are many; whether it did."""
        gone = self._walk[WAKES][: self.count] >= NEVER
        # Closing the gaps moves all rows. Done for a few it would cost more than it saves; done like this, each row
        # that leaves pays for a fixed number of moves.
        if not np.count_nonzero(gone) * DEAD > self.count:
            return False
        stay = np.flatnonzero(~gone)
        for columns in (self._walk, self._attributes):
            for column in columns.values():
                # Indexed by an array, NumPy copies before it assigns, so the rows may overlap. They stay in the order
                # of their indexes, which checkpoints promise.
                column[: len(stay)] = column[stay]
        self.count = len(stay)
        return True

    def append(self, arrived: Arrived) -> bool:
        """Add a row for each subject that arrives; whether there are any."""
        first, more = self.count, len(arrived.subjects)
        self._make_room(first + more)
        for columns in (self._walk, self._attributes):
            for column in columns.values():
                # The rows may be those of subjects who have left, whose timers and attributes must not pass on.
                column[first : first + more] = 0
        self._walk[IDS][first : first + more] = arrived.subjects
        self._walk[WAKES][first : first + more] = arrived.moments
        self._walk[CAUSES][first : first + more] = self._arriving
        for name, values in arrived.given.items():
            self._attributes[name][first : first + more] = values
        self.count = first + more
        return more > 0

    def identity(self, order: int) -> int | str:
        """How errors name the subject at this position in the order of events of one moment."""
        if not self._path:
            return order
        # The kernel cannot give a path, which has any length: it is looked up once, for the error.
        root, serial = divmod(order, MOST)
        (row,) = np.flatnonzero(self._walk[IDS][: self.count] == serial)
        return identity(root, (self._attributes[name][row] for name in self._path))

    def _make_room(self, rows: int) -> None:
        # Doubled, so that growing costs a constant per row.
        room = len(self._walk[WAKES])
        while room < rows:
            room *= 2
        if room > len(self._walk[WAKES]):
            for columns in (self._walk, self._attributes):
                for name, column in columns.items():
                    columns[name] = np.concatenate([column[: self.count], np.empty(room - self.count, column.dtype)])

    def copies(self, *, with_gone: bool = False) -> tuple[dict[str, Array], dict[str, Array]]:
        """What a checkpoint holds of the walk, and the attributes: of all subjects, or of those who are there.

        Args:
            with_gone: whether those to whom nothing can happen any more are there.
        """
        rows = np.arange(self.count)
        if self._arriving is not None:
            # Whoever is still to arrive is not in a checkpoint: the queue gives them again, from the number of those
            # who have arrived.
            here = self._walk[CAUSES][rows] != self._arriving
            rows = np.flatnonzero(here if with_gone else here & (self._walk[WAKES][rows] < NEVER))
        walk, attributes = ({name: it[rows] for name, it in of.items()} for of in (self._walk, self._attributes))
        return walk, attributes

    def restore(self, walk: Mapping[str, Array], attributes: Mapping[str, Array]) -> None:
        """Continue from what :meth:`copies` returned."""
        count = len(walk[WAKES])
        if self._arriving is not None:
            self.count = 0
            # Nothing of the rows before has to be moved.
            self._make_room(count)
        self.count = count
        for columns, given in ((self._walk, walk), (self._attributes, attributes)):
            for name, column in columns.items():
                column[:count] = given[name]
