"""The compiled engine: against the per-tick loop, with two workers, rare events, many subjects, and in long runs."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib.resources import files
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.engine import bank as bank_of_callbacks
from benchmarks.floors import at_least, at_most
from doge_datagen import Model
from doge_datagen.engine.checkpoint import Checkpoint
from doge_datagen.run.reporting.state_counts import Census
from doge_datagen.run.resuming.checkpoint_file import StoredCheckpoint
from doge_datagen.run.resuming.checkpoint_store import CheckpointStore
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.simulation.windows import engine_of, iterate_windows
from tests.per_tick import simulate

BANK = files("doge_datagen.demo").joinpath("bank.yaml")
ROUNDS = 5
MANY_ROUNDS = 15
"""For comparing two cores with one, by medians: both are rarely at their fastest at the same time."""
SUBJECTS, TICKS = 1_000_000, 2000
FEW = 1000  # subjects of the per-tick loop, whose cost per subject and tick is constant
RUN = """
import resource
from benchmarks.model import bank, run_to_arrow
run_to_arrow(bank({subjects}, {ticks}))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
SECOND_PROCESS = """
import sys
from benchmarks.model import bank, run_to_arrow
model = bank()
for _ in sys.stdin:
    print(run_to_arrow(model), flush=True)
"""
START = """
import sys
from time import perf_counter
sys.modules |= dict.fromkeys({without})
started = perf_counter()
from doge_datagen import Model
model = Model.load({path!r}).resized(subjects=1000, ticks=1000)
for _ in model.batches(seed=2022, engine="compiled"):
    pass
print(perf_counter() - started)
"""
TEST_PACKAGES = ["scipy", "coverage"]
"""Packages of the test environment that Numba imports if installed, and that users may not have."""


def bank(subjects: int = SUBJECTS, ticks: int = TICKS, rarer: int = 1) -> Model:
    """The banking model; ``rarer`` divides all its probabilities."""
    model = Model.load(str(BANK)).resized(subjects=subjects, ticks=ticks)
    slower = [replace(it, probability=it.chance / rarer) for it in model.transitions]
    return replace(model, transitions=slower)


def run_to_arrow(model: Model, workers: int = 1) -> int:
    """Run to time-ordered Arrow batches and discard them; returns the number of records."""
    return sum(batch.num_rows for _, batch in model.batches(seed=2022, workers=workers, engine="compiled"))


def simulate_silently(model: Model) -> Checkpoint:
    """Simulate without output, as a resumed run does to reach its position; returns the final checkpoint."""
    with engine_of(model.program, RunConfig(engine="compiled"), 2022) as engine:
        for _ in iterate_windows(engine, model.spec, stops={model.clock.ticks}):
            pass
        return engine.checkpoint()


def stored_checkpoint(model: Model) -> StoredCheckpoint:
    """That checkpoint in the form a run stores."""
    with engine_of(model.program, RunConfig(engine="compiled"), 2022) as engine:
        census = Census(model.program, 2022)
        for window in iterate_windows(engine, model.spec, stops={model.clock.ticks}):
            census.move(window.events)
        return StoredCheckpoint(engine.checkpoint(), census.counts)


def from_checkpoint(model: Model, stored: Checkpoint, folder: CheckpointStore) -> None:
    """Restore a stored checkpoint."""
    with engine_of(model.program, RunConfig(engine="compiled"), 2022) as engine:
        restored = folder.kept("bench", model.program, stored.tick)
        if restored is None:
            raise AssertionError("the checkpoint was not stored")
        engine.restore(restored.checkpoint)


def resuming(model: Model) -> None:
    """Print how long it takes to return to a position."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["DOGE_STATE_DIR"] = name
        folder, stored = CheckpointStore("bench"), stored_checkpoint(model)
        folder.keep(stored, "bench", model.program)
        whole, silent, restored = best(
            lambda: run_to_arrow(model),
            lambda: simulate_silently(model),
            lambda: from_checkpoint(model, stored.checkpoint, folder),
        )
        folder.close()
    print(
        f"  back to the last tick: {silent / whole:.2f} of a run without sinks, {restored / whole:.2f} by a checkpoint"
    )


def per_tick(subjects: int, ticks: int) -> None:
    """The plain loop, with sinks that do nothing."""
    case = bank_of_callbacks(subjects)
    for _ in simulate(case.machine.matrix, case.machine.initial_state, case.users, ticks, Random(1)):
        pass


def seconds_of(rounds: int, *functions: Callable[[], Any]) -> list[list[float]]:
    """The duration of each round of each function, which take turns."""
    seconds: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for durations, function in zip(seconds, functions, strict=True):
            started = perf_counter()
            function()
            durations.append(perf_counter() - started)
    return seconds


def best(*functions: Callable[[], Any]) -> list[float]:
    """The shortest of several rounds of each function, in seconds."""
    return [min(durations) for durations in seconds_of(ROUNDS, *functions)]


def output_of(program: str) -> float:
    """The last number that a program prints in a new process."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}  # an installed package has byte code, too
    return float(subprocess.check_output([sys.executable, "-c", program], text=True, env=environment).split()[-1])


@contextlib.contextmanager
def two_processes() -> Iterator[Callable[[], None]]:
    """Start two processes; yields a function that runs the model in both at once and waits for both."""
    begin = partial(
        subprocess.Popen[str],
        [sys.executable, "-c", SECOND_PROCESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with begin() as one, begin() as other:

        def run_both() -> None:
            for it in one, other:
                print(file=it.stdin, flush=True)
            for it in one, other:
                if it.stdout is None or not it.stdout.readline():
                    raise RuntimeError("a process failed")

        run_both()  # imports and compiles
        yield run_both


def two_cores(model: Model) -> None:
    """Two workers against one, and against the optimum on this machine, two processes that share nothing."""
    with two_processes() as run_both:
        rounds = seconds_of(MANY_ROUNDS, lambda: run_to_arrow(model), lambda: run_to_arrow(model, 2), run_both)
    one, two, separate = map(median, rounds)
    print(f"  two workers / one: {one / two:.2f}; two processes that share nothing: {2 * one / separate:.2f}")
    print(f"  the one / the other: {at_least(0.9, 'model on two workers', separate / 2 / two)}")


def startup_seconds() -> list[float]:
    """The duration of a program with a small run, in a user's environment and in ours."""
    return [output_of(START.format(path=str(BANK), without=without)) for without in (TEST_PACKAGES, [])]


def main() -> None:
    """Print the figures."""
    model, rare = bank(), bank(ticks=TICKS * 10, rarer=10)
    records, rare_records = run_to_arrow(model), run_to_arrow(rare)  # compiles
    run_to_arrow(model, 2)
    one, slow, loop = best(lambda: run_to_arrow(model), lambda: run_to_arrow(rare), lambda: per_tick(FEW, TICKS))
    print(f"model: {SUBJECTS:,} subjects x {TICKS:,} ticks, {records:,} records to Arrow in {one:.2f} s: ")
    ratio = loop * SUBJECTS / FEW / one
    print(f"  {records / one / 1e6:.1f} M records/s on one worker")
    print(f"  one worker / the per-tick loop: {at_least(1000, 'model on one worker', ratio, digits=0)}")
    two_cores(model)
    cost_ratio = slow / rare_records / (one / records)
    print(f"  cost of a record, probabilities / 10 and ticks x 10: {at_most(1.1, 'rare events', cost_ratio)}")
    resuming(model)
    short, long = (output_of(RUN.format(subjects=100_000, ticks=ticks)) for ticks in (5_000, 50_000))
    print(f"  memory of 50,000 ticks / 5,000, 100,000 subjects: {at_most(1.05, 'memory of a run', long / short, 3)}")
    many = output_of(RUN.format(subjects=10_000_000, ticks=100)) * 1024 / 1e9
    print(f"  10,000,000 subjects x 100 ticks, GB: {at_most(2, 'memory of subjects', many)}")
    start, with_scipy = map(min, zip(*(startup_seconds() for _ in range(ROUNDS)), strict=True))
    print(f"  a second start, imports and a run of 1,000 x 1,000 included, s: {at_most(1.5, 'second start', start)}")
    print(f"  the same where SciPy is installed, which Numba imports then: {with_scipy:.2f}")


if __name__ == "__main__":
    main()
