"""Snapshots of an engine between two windows, and the checks whether one fits a program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.codegen import dtype_of
from doge_datagen.engine.subject_slice import slice_of
from doge_datagen.engine.waiting import NEVER
from doge_datagen.language.types import STRING
from doge_datagen.program.program import Program

VERSION = 1
"""Of the snapshot layout: what it holds and what its numbers mean."""
DTYPES = {"wakes": "int64", "tries": "int32", "steps": "int64"}


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Everything that the remaining ticks of a run depend on.

    Both engines take the same snapshots, and can continue from each other's. A snapshot is valid for a run of the same
    program, seed and number of ticks.

    Attributes:
        tick: the next tick to simulate.
        ticks: the number of ticks in the run. It matters because wake-ups after the last tick are not recorded.
        wakes: by subject, the tick of its next attempt, int64; ``NEVER`` if there is none before the last.
        tries: by subject, the number of the transition that it will attempt, int32; -1 if it never wakes.
        steps: by subject, how many draws its walk has made, int64.
        attributes: by name, the values of all subjects.
        subjects: the slice of subjects that it is of.
    """

    tick: int
    ticks: int
    wakes: npt.NDArray[np.int64]
    tries: npt.NDArray[np.int32]
    steps: npt.NDArray[np.int64]
    attributes: Mapping[str, npt.NDArray[Any]]
    subjects: range

    def check_slice(self, subjects: range) -> None:
        """Check that it is of these subjects.

        Raises:
            ValueError: it is of others.
        """
        if self.subjects != subjects:
            raise ValueError(f"a snapshot of the subjects {self.subjects} is not one of {subjects}")


def stored_columns(program: Program) -> dict[str, str]:
    """The attributes that are stored for each subject, with the NumPy type of each column."""
    return {start.name: dtype_of(start.typed) for start in program.starts if start.stored}


def layout(program: Program) -> str:
    """A description of what the numbers in a snapshot mean; snapshots of the same layout are interchangeable.

    The package version is part of it: a string attribute is stored as an index into the program's strings, which
    another version may number differently.
    """
    texts = sha256(json.dumps(list(program.tables.texts)).encode()).hexdigest()[:16]
    columns = DTYPES | {f"attribute {name}": dtype for name, dtype in stored_columns(program).items()}
    described = {"version": VERSION, "package": version("doge-datagen"), "texts": texts, "columns": columns}
    return json.dumps(described, ensure_ascii=False)


def misfits(checkpoint: Checkpoint, program: Program, subjects: range | None = None) -> Iterator[str]:
    """The reasons why a run of a program cannot continue from a snapshot, if there are any.

    Args:
        checkpoint: the snapshot.
        program: the program.
        subjects: the slice of subjects that is run; all of them by default.
    """
    wanted_subjects = slice_of(program.spec, subjects)
    if checkpoint.subjects != wanted_subjects:
        yield f"it is of subjects {checkpoint.subjects}, not {wanted_subjects}"
        return
    count, transitions = len(wanted_subjects), len(program.spec.population.transitions)
    wanted = stored_columns(program)
    if list(checkpoint.attributes) != list(wanted):
        yield f"it has the attributes {list(checkpoint.attributes)}, not {list(wanted)}"
        return
    columns = {name: (getattr(checkpoint, name), dtype) for name, dtype in DTYPES.items()}
    columns |= {f"attribute {name}": (checkpoint.attributes[name], dtype) for name, dtype in wanted.items()}
    for name, (column, dtype) in columns.items():
        if column.shape != (count,) or column.dtype != np.dtype(dtype):
            yield f"{name} are {column.shape} of {column.dtype}, not {(count,)} of {dtype}"
            return
    if not 0 <= checkpoint.tick <= checkpoint.ticks == program.spec.clock.ticks:
        yield f"tick {checkpoint.tick} of {checkpoint.ticks} is not one of {program.spec.clock.ticks}"
    wakes, tries = checkpoint.wakes, checkpoint.tries
    never = wakes == NEVER
    if not np.all(never | ((wakes >= checkpoint.tick) & (wakes < checkpoint.ticks))):
        yield "some subjects wake after the last tick"
    if not np.array_equal(never, tries == -1) or not np.all((tries >= -1) & (tries < transitions)):
        yield "some subjects attempt a transition that does not exist"
    yield from _unknown_texts(checkpoint, program)


def _unknown_texts(checkpoint: Checkpoint, program: Program) -> Iterator[str]:
    texts = len(program.tables.texts)
    for start in program.starts:
        if start.stored and start.typed.kind == STRING:
            column = checkpoint.attributes[start.name]
            if not np.all((column >= 0) & (column < texts)):
                yield f"attribute {start.name} has unknown strings"
