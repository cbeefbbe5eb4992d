"""A profile of the compiled engine on one worker, by step: for the bank or another model of the package."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib.resources import as_file
from time import thread_time
from typing import Any, TypeVar

from benchmarks.model import bank
from doge_datagen import Model
from doge_datagen.engine.compiled.engine import CompiledEngine
from doge_datagen.gallery.shipped import shipped
from doge_datagen.program.program import Program
from doge_datagen.run.simulation.windows import iterate_windows

ROUNDS = 5
SEED = 2022
SUBJECTS = 50_000
"""For models other than the bank."""
SIMULATE, ORDER, ARROW = STEPS = ("simulate", "put in order of time", "texts and Arrow")
BANK_USERS, BANK_TICKS = 100_000, 20_000
"""The size of the bank, as a reference for other models."""
Result = TypeVar("Result")


class TimedEngine(CompiledEngine):
    """The engine with a timer around each of its steps; counts the thread's CPU time."""

    def __init__(self, program: Program) -> None:
        self.seconds: Counter[str] = Counter()
        super().__init__(program, SEED)
        for owner, name, step in (
            (self._runner, "_simulate", SIMULATE),
            (self._order, "_put", ORDER),
            (self, "_batch", ARROW),
        ):
            setattr(owner, name, partial(self._timed, step, getattr(owner, name)))

    def _timed(self, step: str, function: Callable[..., Result], *arguments: Any) -> Result:
        started = thread_time()
        result = function(*arguments)
        self.seconds[step] += thread_time() - started  # type: ignore[assignment]  # a Counter of seconds
        return result


def timed_run(program: Program) -> tuple[Counter[str], int]:
    """Run once; the seconds of each step, and the number of records."""
    engine = TimedEngine(program)
    started = thread_time()
    records = sum(len(batch) for window in iterate_windows(engine, program.spec) for _, batch in window.batches)
    engine.seconds["all"] = thread_time() - started  # type: ignore[assignment]  # as above
    return engine.seconds, records


def fastest(program: Program) -> tuple[Counter[str], int]:
    """The fastest of several runs."""
    return min((timed_run(program) for _ in range(ROUNDS)), key=lambda run: run[0]["all"])


def cost(program: Program) -> float:
    """Seconds per record of the fastest run."""
    seconds, records = fastest(program)
    return seconds["all"] / records


def cost_of_bank() -> float:
    """Seconds per record of the bank, as a reference for other models."""
    return cost(bank(BANK_USERS, BANK_TICKS).program)


def model_named(name: str) -> tuple[Program, Program]:
    """The program of the bank, or of another model of the package, and a small version of it."""
    if name == "bank":
        return bank().program, bank(1000, 1000).program
    with as_file(shipped()[name].file) as path:
        model = Model.load(path)
    return model.resized(subjects=SUBJECTS).program, model.resized(subjects=10).program


def main(name: str = "bank") -> None:
    """Print the shares of the fastest run."""
    program, small = model_named(name)
    timed_run(small)  # compiles
    seconds, records = fastest(program)
    whole = seconds["all"]
    print(f"{records:,} records in {whole:.2f} s of one thread: {records / whole / 1e6:.1f} million a second")
    for step in STEPS:
        print(f"{step:<22} {seconds[step] / whole:6.1%} {seconds[step] / records * 1e9:6.1f} ns a record")
    rest = whole - sum(seconds[step] for step in STEPS)
    print(f"{'between the steps':<22} {rest / whole:6.1%} {rest / records * 1e9:6.1f} ns a record")


if __name__ == "__main__":
    main(*sys.argv[1:])
