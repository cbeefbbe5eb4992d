"""Which engine runs a model: the compiled one, unless the run is over before Numba would be ready."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Protocol

from doge_datagen.engine.window import Window
from doge_datagen.errors import MissingDriverError, ModelError, did_you_mean
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.program import Program

AUTO, COMPILED, INTERPRETED = ENGINES = ("auto", "compiled", "interpreted")
FEW = 50_000
"""Tries up to which plain Python is done before a compiler has begun."""


class Engine(Protocol):
    """What runs a program."""

    def windows(self, length: int | None = None) -> Iterator[Window]:
        """The records, window after window."""

    def close(self) -> None:
        """Let go of what is held."""


def engine_for(program: Program, seed: int, *, workers: int = 1, engine: str = AUTO) -> Engine:
    """What runs a program; the records are the same, whichever it is.

    Args:
        program: the model.
        seed: 64 bits.
        workers: threads, for the compiled engine.
        engine: ``compiled``, ``interpreted``, or ``auto``: interpreted where the run is small or Numba is missing.

    Raises:
        ModelError: there is no such engine, or the number of workers makes no sense.
        MissingDriverError: the compiled engine is asked for, and Numba is not installed.
    """
    if engine not in ENGINES:
        raise ModelError("engine", f"there is no engine {engine!r}; {did_you_mean(engine, ENGINES)}")
    if workers < 1:
        raise ModelError("workers", f"{workers} is too small; give 1 or more")
    has_numba = find_spec("numba") is not None
    if engine == COMPILED and not has_numba:
        raise MissingDriverError("the compiled engine", "fast")
    if engine == COMPILED or (engine == AUTO and has_numba and tries(program) > FEW):
        from doge_datagen.engine.compiled import CompiledEngine  # noqa: PLC0415 - Numba is not always needed

        return CompiledEngine(program, seed, min(workers, program.spec.subjects.count))
    from doge_datagen.engine.lives import InterpretedEngine  # noqa: PLC0415 - nor is this

    return InterpretedEngine(program, seed)


def tries(program: Program) -> float:
    """About how many tries a run has at the most: in its busiest state a subject tries as often as this says."""
    spec = program.spec
    if spec.clock.ticks == ENDLESS:
        return float("inf")
    leaving = dict.fromkeys(spec.states, 0.0)
    for transition in spec.transitions:
        leaving[transition.from_state] += transition.probability / 100
    return spec.subjects.count * (1 + spec.clock.ticks * max(leaving.values(), default=0.0))
