"""Checkpoints of an engine between two windows, and the checks whether one fits a program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from doge_datagen.draws import SUBJECTS_AT_MOST
from doge_datagen.engine.codegen import dtype_of
from doge_datagen.engine.subject_slice import slice_of, slice_within
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.engine.waiting.timing_code import kept_names
from doge_datagen.language.types import STRING
from doge_datagen.model.clock import Clock
from doge_datagen.program.program import Program

VERSION = 3
"""Of the checkpoint layout: what it holds and what its numbers mean."""
IDS = "ids"
"""The name of the column with the indexes of subjects, where they arrive."""


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Everything that the remaining ticks of a run depend on.

    Both engines take the same checkpoints, and can continue from each other's. One is valid for a run of the same
    program, seed and number of ticks.

    Attributes:
        tick: the next tick to simulate.
        ticks: the number of ticks in the run. It matters because wake-ups after the last tick are not recorded.
        walk: by name what else the engine keeps of each subject, above all ``wakes``: the tick of its next attempt, or
            ``NEVER`` if there is none. See :func:`walk_columns`.
        attributes: by name, the values of all subjects.
        subjects: the slice of subjects that it is of.
        arrived: how many subjects of the whole run have arrived; 0 if they are there from the start.
        parts: where there are several populations, the checkpoint of each; the other parts are empty then.
    """

    tick: int
    ticks: int
    walk: Mapping[str, npt.NDArray[np.int64 | np.int32]]
    attributes: Mapping[str, npt.NDArray[Any]]
    subjects: range
    arrived: int = 0
    parts: tuple[Checkpoint, ...] = ()

    def check_slice(self, subjects: range) -> None:
        """Check that it is of these subjects.

        Raises:
            ValueError: it is of others.
        """
        if self.subjects != subjects:
            raise ValueError(f"a checkpoint of the subjects {self.subjects} is not one of {subjects}")


def without_late(columns: Mapping[str, npt.NDArray[Any]], clock: Clock, tick: int) -> dict[str, npt.NDArray[Any]]:
    """Copies of what is kept of a walk at a tick, in which subjects that wake after the last tick never wake.

    During a warm-up they do, since they are shown at its end.
    """
    copies = {name: column.copy() for name, column in columns.items()}
    # The engines differ in what they know of wake-ups after the run: so a checkpoint says the same of all of them, and
    # is the same whichever engine took it.
    late = copies["wakes"] >= (NEVER if tick <= clock.warm_up_ticks > 0 else clock.ticks)
    copies["wakes"][late] = NEVER
    copies["tries" if "tries" in copies else "causes"][late] = -1
    return copies


def walk_columns(program: Program) -> dict[str, str]:
    """What the walk keeps of each subject, with the NumPy type of each column.

    With constant probabilities per tick: when it wakes, the number of the transition that it attempts then (-1 if it
    never wakes), and how many draws its walk has made. Else: when it wakes, the cause (an exit, or behind all exits a
    state whose dwell time ends; -1 if it never wakes), its state, and the slots and alarms of
    ``timed_waits``. Where subjects arrive, also its index: those to whom nothing can happen any more are not
    kept.
    """
    if program.timing is None:
        return {"wakes": "int64", "tries": "int32", "steps": "int64"}
    kept = dict.fromkeys(kept_names(program.timing), "int64")
    indexes = {} if program.timing.arrivals is None else {IDS: "uint32"}
    return {"wakes": "int64", "causes": "int32", "states": "int64", **kept, **indexes}


def attempt_column(program: Program) -> str:
    """The name of the column with what a subject attempts when it wakes."""
    return "tries" if program.timing is None else "causes"


def _causes(program: Program) -> int:
    """How many things a subject can attempt."""
    timing = program.timing
    return len(program.ways) if timing is None else len(timing.exits) + len(timing.dwells)


def stored_columns(program: Program) -> dict[str, str]:
    """The attributes that are stored for each subject, with the NumPy type of each column."""
    return {start.name: dtype_of(start.typed) for start in program.starts if start.stored}


def layout(program: Program) -> str:
    """A description of what the numbers in a checkpoint mean; checkpoints of the same layout are interchangeable.

    The package version is part of it: a string attribute is stored as an index into the program's strings, which
    another version may number differently.
    """
    if program.parts:
        return json.dumps([layout(part) for part in program.parts])
    # A string in a checkpoint is a number, whose meaning is the table of strings of a program.
    texts = _digest(program.texts)
    columns = walk_columns(program) | {f"attribute {name}": dtype for name, dtype in stored_columns(program).items()}
    described = {"version": VERSION, "package": version("doge-datagen"), "texts": texts, "columns": columns}
    return json.dumps(described, ensure_ascii=False)


def _digest(texts: pa.StringArray) -> str:
    hashed = sha256(str(len(texts)).encode())
    for buffer in texts.buffers()[1:]:
        hashed.update(buffer or b"")
    return hashed.hexdigest()[:16]


def mismatches(checkpoint: Checkpoint, program: Program, subjects: range | None = None) -> Iterator[str]:
    """The reasons why a run of a program cannot continue from a checkpoint, if there are any.

    Args:
        checkpoint: what the run would continue from.
        program: the program.
        subjects: the slice of subjects that is run; all of them by default.
    """
    if program.parts:
        yield from _mismatches_of_parts(checkpoint, program, subjects)
        return
    wanted_subjects = slice_of(program.spec, subjects)
    if checkpoint.subjects != wanted_subjects:
        yield f"it is of subjects {checkpoint.subjects}, not {wanted_subjects}"
        return
    count = len(wanted_subjects) if program.spec.population.arrive is None else len(checkpoint.walk.get(IDS, ()))
    wanted = stored_columns(program)
    if list(checkpoint.attributes) != list(wanted):
        yield f"it has the attributes {list(checkpoint.attributes)}, not {list(wanted)}"
        return
    walk = walk_columns(program)
    if list(checkpoint.walk) != list(walk):
        yield f"it keeps {list(checkpoint.walk)} of each subject, not {list(walk)}"
        return
    columns = {name: (checkpoint.walk[name], dtype) for name, dtype in walk.items()}
    columns |= {f"attribute {name}": (checkpoint.attributes[name], dtype) for name, dtype in wanted.items()}
    for name, (column, dtype) in columns.items():
        if column.shape != (count,) or column.dtype != np.dtype(dtype):
            yield f"{name} are {column.shape} of {column.dtype}, not {(count,)} of {dtype}"
            return
    if not 0 <= checkpoint.tick <= checkpoint.ticks == program.spec.clock.ticks:
        yield f"tick {checkpoint.tick} of {checkpoint.ticks} is not one of {program.spec.clock.ticks}"
    wakes, attempted = checkpoint.walk["wakes"], checkpoint.walk[attempt_column(program)]
    never = wakes == NEVER
    if not np.all(never | ((wakes >= checkpoint.tick) & (wakes < checkpoint.ticks))):
        yield "some subjects wake after the last tick"
    if not np.array_equal(never, attempted == -1) or not np.all((attempted >= -1) & (attempted < _causes(program))):
        yield "some subjects attempt a transition that does not exist"
    yield from _unknown_texts(checkpoint, program)
    yield from _wrong_subjects(checkpoint, program)


def _mismatches_of_parts(checkpoint: Checkpoint, program: Program, subjects: range | None) -> Iterator[str]:
    if len(checkpoint.parts) != len(program.parts):
        yield f"it is of {len(checkpoint.parts)} populations, not {len(program.parts)}"
        return
    ms = program.spec.clock.tick_ms
    for part, its_program in zip(checkpoint.parts, program.parts, strict=True):
        spec = its_program.spec
        # Populations have ticks of different lengths; each is at its first one that is not before the tick of the run.
        if part.tick != -(-checkpoint.tick * ms // spec.clock.tick_ms):
            yield f"population {spec.population.name!r} is at tick {part.tick}, not at that of the run"
        yield from mismatches(part, its_program, slice_within(spec, subjects))


def _wrong_subjects(checkpoint: Checkpoint, program: Program) -> Iterator[str]:
    """Why the subjects in a checkpoint cannot be those who have arrived, if they do."""
    if program.spec.population.arrive is None or program.depth:
        return
    ids, of, at_most = checkpoint.walk[IDS].astype(np.int64), checkpoint.subjects, SUBJECTS_AT_MOST
    if not (program.spec.population.at_start if checkpoint.tick else 0) <= checkpoint.arrived <= at_most:
        yield f"{checkpoint.arrived} subjects have arrived"
    if np.any(np.diff(ids) <= 0) or np.any(ids >= min(checkpoint.arrived, of.stop)):
        yield "its subjects are not in order"
    if np.any(ids < of.start) or np.any((ids - of.start) % of.step):
        yield f"some of its subjects are not of {of}"


def _unknown_texts(checkpoint: Checkpoint, program: Program) -> Iterator[str]:
    texts = len(program.data)
    for start in program.starts:
        if start.stored and start.typed.kind == STRING:
            column = checkpoint.attributes[start.name]
            if not np.all((column >= 0) & (column < texts)):
                yield f"attribute {start.name} has unknown strings"
