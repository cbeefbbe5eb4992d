"""Reads and writes checkpoint files.

A checkpoint only saves time: one that is damaged or does not match the run is ignored, and the run is simulated again
from its first tick.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.checkpoint import Checkpoint, layout, mismatches
from doge_datagen.program.program import Program

log = logging.getLogger(__name__)

OF_WALK, OF_ATTRIBUTE, OF_STAGE, OF_PART = "walk:", "attribute:", "stage:", "population:"
NUMBERS, CENSUS, SLICE = "numbers", "census", "subjects"


class StoredCheckpoint(NamedTuple):
    """A checkpoint as it is stored.

    Attributes:
        checkpoint: the state of the engine.
        census: how many subjects were in each state, in the order of the model's states.
        stages: the state of each stage, in their order.
    """

    checkpoint: Checkpoint
    census: list[int]
    stages: tuple[bytes, ...] = ()


def write(path: Path, kept: StoredCheckpoint, of: str, program: Program) -> None:
    """Replace the checkpoint in a file; if it cannot be written, log a warning and carry on.

    The file is replaced atomically, so that a crash leaves either the previous checkpoint or the new one.

    Args:
        path: the file.
        kept: the checkpoint.
        of: the identity of the run.
        program: the program that it was taken from.
    """
    checkpoint, part = kept.checkpoint, path.with_name(f"{path.name}.part")
    arrays = dict(_arrays(checkpoint))
    for number, it in enumerate(checkpoint.parts):
        arrays |= {f"{OF_PART}{number}:{name}": array for name, array in _arrays(it)}
    arrays |= {f"{OF_STAGE}{number}": np.frombuffer(state, np.uint8) for number, state in enumerate(kept.stages)}
    census = np.array(kept.census, dtype=np.int64)
    header = {"of": np.array(of), "layout": np.array(layout(program)), CENSUS: census}
    try:
        # Into another file, which takes the name by a rename: a process that is killed leaves the checkpoint before.
        with part.open("wb") as file:
            np.savez(file, **header, **arrays)  # type: ignore[arg-type]  # NumPy's stub takes the names for its own
            file.flush()
            # Before the rename: otherwise a power cut may leave the name with an empty file. The folder is not synced,
            # since an old checkpoint is as good.
            os.fsync(file.fileno())
        part.replace(path)
    # A full disk must not end a run that delivers to somewhere else: without a checkpoint, resuming only takes longer.
    except OSError as error:
        log.warning("the checkpoint was not saved: %s", error)
        part.unlink(missing_ok=True)


def read(path: Path, of: str, program: Program, at_most: int) -> StoredCheckpoint | None:
    """The checkpoint in a file, or None if the run cannot continue from it.

    Args:
        path: the file.
        of: the identity of the run.
        program: the program to run.
        at_most: the tick at which the run resumes; a later checkpoint is of no use.
    """
    try:
        kept, its_run, its_layout = _read(path)
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001 - a damaged archive may raise anything, and the run does not depend on it
        log.warning("the checkpoint %s cannot be read, so everything is simulated again: %s", path, error)
        return None
    # A checkpoint beyond a position would skip records that were never delivered. It can only come from positions that
    # were set back, such as by a restored backup.
    if its_run != of or kept.checkpoint.ticks != program.spec.clock.ticks or kept.checkpoint.tick > at_most:
        return None
    # Checked against the program, as the engines trust what they restore, and compiled code does not check an index.
    reason = next(_reasons(kept, program, its_layout), None)
    if reason is not None:
        log.warning("the checkpoint %s does not fit this run, so everything is simulated again: %s", path, reason)
        return None
    return kept


def _read(path: Path) -> tuple[StoredCheckpoint, str, str]:
    # Without pickle, as a file could otherwise execute code.
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        stages = tuple(state.tobytes() for state in _with_prefix(OF_STAGE, file).values())
        its_layout = str(file["layout"]) if "layout" in file.files else ""
        parts, arrays = _with_prefix(OF_PART, file), {name: file[name] for name in file}
        numbers = sorted({int(name.split(":", 1)[0]) for name in parts})
        each = [_checkpoint(_with_prefix(f"{number}:", parts)) for number in numbers]
        checkpoint = replace(_checkpoint(arrays), parts=tuple(each))
        return StoredCheckpoint(checkpoint, arrays[CENSUS].tolist(), stages), str(file["of"]), its_layout


def _arrays(checkpoint: Checkpoint) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """By name, everything that a checkpoint consists of."""
    subjects = checkpoint.subjects
    yield NUMBERS, np.array([checkpoint.tick, checkpoint.ticks, checkpoint.arrived], dtype=np.int64)
    yield SLICE, np.array([subjects.start, subjects.stop, subjects.step], dtype=np.int64)
    yield from ((f"{OF_WALK}{name}", column) for name, column in checkpoint.walk.items())
    yield from ((f"{OF_ATTRIBUTE}{name}", column) for name, column in checkpoint.attributes.items())


def _checkpoint(arrays: Mapping[str, npt.NDArray[Any]]) -> Checkpoint:
    """The reverse of :func:`_arrays`; other names are ignored."""
    tick, ticks, arrived = arrays[NUMBERS].tolist()
    walk, attributes = _with_prefix(OF_WALK, arrays), _with_prefix(OF_ATTRIBUTE, arrays)
    return Checkpoint(tick, ticks, walk, attributes, range(*arrays[SLICE].tolist()), arrived)


def _with_prefix(prefix: str, file: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    return {name.removeprefix(prefix): file[name] for name in file if name.startswith(prefix)}


def _reasons(kept: StoredCheckpoint, program: Program, its_layout: str) -> Iterator[str]:
    """Why the run cannot continue from a checkpoint."""
    if its_layout != layout(program):
        yield "it is of another version of doge-datagen"
    yield from mismatches(kept.checkpoint, program)
    census, parts = list(kept.census), kept.checkpoint.parts or (kept.checkpoint,)
    if len(census) != len(program.states):
        yield f"its subjects by state are {census}"
        return
    for part, checkpoint in zip(program.populations, parts, strict=True):
        population, (own, census) = part.spec.population, _split(census, len(part.states))
        # Everybody is in some state, also those who have left; so any other sum means a damaged census.
        everybody = population.count if population.arrive is None else checkpoint.arrived
        if min(own) < 0 or sum(own) != everybody:
            yield f"its subjects by state are {own}"


def _split(census: list[int], states: int) -> tuple[list[int], list[int]]:
    return census[:states], census[states:]
