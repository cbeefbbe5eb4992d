"""Checks before the first tick that the subjects of a run fit in the machine's memory."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from doge_datagen.engine.arriving.arrivals import ExpectedArrivals
from doge_datagen.engine.checkpoint import stored_columns, walk_columns
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.engine.subject_slice import slice_of, slice_within
from doge_datagen.errors import ModelError
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.population_paths import POPULATIONS, SUBJECTS
from doge_datagen.program.program import Program

log = logging.getLogger(__name__)

MEMINFO = Path("/proc/meminfo")
CONTAINER = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
TEXT = 24
"""The least bytes of a string that a subject keeps, with its offset in the Arrow array."""
MOMENT = 8
"""Bytes for each arrival in a population whose subjects are drawn, as long as the run lasts."""
LIFE, VALUE = 500, 40
"""Bytes of a subject in the interpreted engine: as a Python object with its next draws, and of each attribute."""


class Memory(NamedTuple):
    """The memory of the machine, or of the container that this process runs in.

    Attributes:
        whole: bytes in total, including swap space.
        free: bytes that are not in use.
    """

    whole: int
    free: int


def bytes_needed(program: Program, *, compiled: bool, subjects: range | None = None) -> int:
    """The least number of bytes that the subjects at the start, or a slice of them, need in one of the engines."""
    drawn = sum(program.of_arriving(name).spec.population.at_start for name in program.data.arrived)
    return subjects_at_start(program, subjects) * _bytes_of_one(program, compiled=compiled) + MOMENT * drawn


def subjects_at_start(program: Program, subjects: range | None = None) -> int:
    """How many subjects of a slice there are when the run starts."""
    population, of = program.spec.population, slice_of(program.spec, subjects)
    return len(of) if population.arrive is None else len(range(of.start, min(of.stop, population.at_start), of.step))


def _bytes_of_one(program: Program, *, compiled: bool) -> int:
    if compiled:
        columns = walk_columns(program) | stored_columns(program)
        own = sum(np.dtype(dtype).itemsize for dtype in columns.values())
    else:
        own = LIFE + VALUE * len(stored_columns(program))
    texts = [it for it in program.starts if it.text is not None]
    if program.spec.population.arrive is not None:
        return own
    return own + sum(TEXT + 8 * len(computed(it.columns)) for it in texts)


def machine(meminfo: Path = MEMINFO, limits: Iterable[Path] = CONTAINER) -> Memory | None:
    """The memory of this machine; None if it is unknown.

    Args:
        meminfo: where Linux reports what there is.
        limits: where it reports what a container may have.
    """
    found = _of_linux(meminfo) or _of_posix()
    if found is None:
        return None
    # In a container, the system still reports the memory of the whole machine.
    most = [limit for path in limits if (limit := _limit(path)) is not None]
    return Memory(min([found.whole, *most]), min([found.free, *most]))


def check_memory(
    program: Program, *, compiled: bool, has: Memory | None, warn: bool = True, subjects: range | None = None
) -> None:
    """Check that the subjects at the start fit in memory; warn if they, or those to come, need more than is free now.

    Args:
        program: the model.
        compiled: whether the compiled engine runs it.
        has: the memory of the machine; None if it is unknown.
        warn: whether to warn.
        subjects: the slice of subjects that is run; all of them by default.

    Raises:
        ModelError: they need more than the machine has.
    """
    if has is None:
        return
    if program.parts:
        for part in program.parts:
            within = slice_within(part.spec, subjects)
            try:
                check_memory(part, compiled=compiled, has=has, warn=warn, subjects=within)
            except ModelError as error:
                name, path = part.spec.population.name, error.dotted_path.removeprefix(f"{SUBJECTS}.")
                problem = error.problem.replace(error.dotted_path, path)
                raise ModelError(f"{POPULATIONS}.{name}.{path}", f"{problem} of {name}") from None
        return
    needs, count = bytes_needed(program, compiled=compiled, subjects=subjects), subjects_at_start(program, subjects)
    need = f"{count:,} subjects need at least {_shown(needs)} of memory"
    if needs > has.whole:
        path = _path(program)
        raise ModelError(path, f"{need}, and this machine has {_shown(has.whole)}. Hint: lower {path}")
    if warn and needs > has.free:
        log.warning("%s, and this machine has %s, of which %s is free", need, _shown(has.whole), _shown(has.free))
    elif warn and program.spec.population.arrive is not None:
        _warn_of_growth(program, has, compiled=compiled)
    if warn:
        _warn_of_moments(program, has)


def _warn_of_growth(program: Program, has: Memory, *, compiled: bool) -> None:
    """Warn if subjects arrive and none can ever leave, so that memory may not suffice."""
    timing, population = program.timing, program.spec.population
    if timing is None or len({it.state for it in timing.exits}) < len(population.states):
        return
    hint = "Hint: let a transition lead to a state that none leaves; subjects there need no memory"
    if program.spec.clock.ticks >= ENDLESS:
        log.warning("subjects arrive and never leave, so a run without end needs more and more memory. %s", hint)
        return
    count = population.at_start + int(ExpectedArrivals(program).count)
    needs = count * _bytes_of_one(program, compiled=compiled)
    if needs > has.free:
        need, free = _shown(needs), _shown(has.free)
        problem = f"{count:,} subjects are expected, none ever leaves, and they need {need}, of which {free} is free"
        log.warning("%s. %s", problem, hint)


def _warn_of_moments(program: Program, has: Memory) -> None:
    """Warn if it draws from populations in which so many arrive that their moments may not fit in memory."""
    for name in program.data.arrived:
        of = program.of_arriving(name)
        count = of.spec.population.at_start + int(ExpectedArrivals(of).count)
        if count * MOMENT > has.free:
            need = f"the moments of {count:,} expected arrivals, which need {_shown(count * MOMENT)}"
            problem = (
                f"to draw from {name}, {program.spec.population.name} keeps {need}, of which {_shown(has.free)} is free"
            )
            log.warning("%s. Hint: end the run earlier, or let fewer arrive", problem)


def _path(program: Program) -> str:
    return "subjects.count" if program.spec.population.arrive is None else "subjects.arrive.initially"


def out_of_memory(program: Program) -> ModelError:
    """The error when an allocation fails although the check has passed."""
    count, path = program.spec.population.at_start, _path(program)
    return ModelError(path, f"there is not enough memory for {count:,} subjects. Hint: lower {path}")


def _of_linux(meminfo: Path) -> Memory | None:
    try:
        lines = meminfo.read_text("ascii").splitlines()
        kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        whole = kilobytes["MemTotal"] + kilobytes["SwapTotal"]
        return Memory(1024 * whole, 1024 * (kilobytes["MemAvailable"] + kilobytes["SwapFree"]))
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _of_posix() -> Memory | None:
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return Memory(whole, whole)


def _limit(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None  # no such limit, or "max"


def _shown(number: int) -> str:
    """A number of bytes with a unit.

    >>> _shown(128_000_000_000), _shown(2_500_000)
    ('128.0 GB', '2.5 MB')
    """
    for name, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if number >= size:
            return f"{number / size:,.1f} {name}"
    return f"{number:,} bytes"
