"""The compiled engine: against the per-tick loop, with two workers, with rare events, with many subjects, for long."""

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
"""Where two cores are compared with one: the shortest time would need a moment in which both are at their best."""
SUBJECTS, TICKS = 1_000_000, 2000
FEW = 1000  # subjects of the per-tick loop, whose cost is the same for each subject and tick
RUN = """
import resource
from benchmarks.model import bank, walked
walked(bank({subjects}, {ticks}))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
BESIDE = """
import sys
from benchmarks.model import bank, walked
model = bank()
for _ in sys.stdin:
    print(walked(model), flush=True)
"""
START = """
import sys
from time import perf_counter
sys.modules |= dict.fromkeys({without})
begun = perf_counter()
from doge_datagen import Model
model = Model.load({path!r}).resized(subjects=1000, ticks=1000)
for _ in model.batches(seed=2022, engine="compiled"):
    pass
print(perf_counter() - begun)
"""
OF_OUR_TESTS = ["scipy", "coverage"]
"""What Numba imports where it is installed, and users need not have."""


def bank(subjects: int = SUBJECTS, ticks: int = TICKS, rarer: int = 1) -> Model:
    """The banking model; ``rarer`` divides all its probabilities."""
    model = Model.load(str(BANK)).resized(subjects=subjects, ticks=ticks)
    slower = [replace(it, probability=it.chance / rarer) for it in model.transitions]
    return replace(model, transitions=slower)


def walked(model: Model, workers: int = 1) -> int:
    """Run to time-ordered Arrow batches, which are thrown away; how many records there were."""
    return sum(batch.num_rows for _, batch in model.batches(seed=2022, workers=workers, engine="compiled"))


def silently(model: Model) -> Checkpoint:
    """What a run with a name does to get to where it stands: simulate without a word; the checkpoint of its end."""
    with engine_of(model.program, RunConfig(engine="compiled"), 2022) as engine:
        for _ in iterate_windows(engine, model.spec, stops={model.clock.ticks}):
            pass
        return engine.checkpoint()


def kept(model: Model) -> StoredCheckpoint:
    """That checkpoint as a run keeps it."""
    with engine_of(model.program, RunConfig(engine="compiled"), 2022) as engine:
        census = Census(model.program, 2022)
        for window in iterate_windows(engine, model.spec, stops={model.clock.ticks}):
            census.move(window.events)
        return StoredCheckpoint(engine.checkpoint(), census.counts)


def from_checkpoint(model: Model, taken: Checkpoint, folder: CheckpointStore) -> None:
    """The same from a checkpoint that was kept."""
    with engine_of(model.program, RunConfig(engine="compiled"), 2022) as engine:
        found = folder.kept("bench", model.program, taken.tick)
        if found is None:
            raise AssertionError("the checkpoint was not kept")
        engine.restore(found.checkpoint)


def resuming(model: Model) -> None:
    """How long it takes to get back to a position."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["DOGE_STATE_DIR"] = name
        folder, taken = CheckpointStore("bench"), kept(model)
        folder.keep(taken, "bench", model.program)
        whole, silent, restored = best(
            lambda: walked(model), lambda: silently(model), lambda: from_checkpoint(model, taken.checkpoint, folder)
        )
        folder.close()
    print(
        f"  back to the last tick: {silent / whole:.2f} of a run without sinks, {restored / whole:.2f} by a checkpoint"
    )


def per_tick(subjects: int, ticks: int) -> None:
    """The plain loop, sinks that do nothing."""
    case = bank_of_callbacks(subjects)
    for _ in simulate(case.machine.matrix, case.machine.initial_state, case.users, ticks, Random(1)):
        pass


def seconds_of(rounds: int, *things: Callable[[], Any]) -> list[list[float]]:
    """How long each of some rounds of each took; they take turns."""
    seconds: list[list[float]] = [[] for _ in things]
    for _ in range(rounds):
        for taken, thing in zip(seconds, things, strict=True):
            begun = perf_counter()
            thing()
            taken.append(perf_counter() - begun)
    return seconds


def best(*things: Callable[[], Any]) -> list[float]:
    """The shortest of some rounds of each, in seconds."""
    return [min(taken) for taken in seconds_of(ROUNDS, *things)]


def output_of(program: str) -> float:
    """What a program of its own process prints last."""
    settled = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}  # installing a package leaves its byte code, too
    return float(subprocess.check_output([sys.executable, "-c", program], text=True, env=settled).split()[-1])


@contextlib.contextmanager
def beside_each_other() -> Iterator[Callable[[], None]]:
    """Two processes; what is given walks in both at once, and returns when both have come to the end."""
    begin = partial(
        subprocess.Popen[str], [sys.executable, "-c", BESIDE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with begin() as one, begin() as other:

        def walk() -> None:
            for it in one, other:
                print(file=it.stdin, flush=True)
            for it in one, other:
                if it.stdout is None or not it.stdout.readline():
                    raise RuntimeError("a process failed")

        walk()  # which also imports
        yield walk


def two_cores(model: Model) -> None:
    """Two workers against one, and against what nobody can do better on this machine: two that share nothing."""
    with beside_each_other() as walk:
        rounds = seconds_of(MANY_ROUNDS, lambda: walked(model), lambda: walked(model, 2), walk)
    one, two, apart = map(median, rounds)
    print(f"  two workers / one: {one / two:.2f}; two processes that share nothing: {2 * one / apart:.2f}")
    print(f"  the one / the other: {at_least(0.9, 'model on two workers', apart / 2 / two)}")


def starts() -> list[float]:
    """How long a program takes to the end of a small run; in an environment that has what users have, and in ours."""
    return [output_of(START.format(path=str(BANK), without=without)) for without in (OF_OUR_TESTS, [])]


def main() -> None:
    """Print the figures."""
    model, rare = bank(), bank(ticks=TICKS * 10, rarer=10)
    records, rare_records = walked(model), walked(rare)  # the first run compiles
    walked(model, 2)
    one, slow, loop = best(lambda: walked(model), lambda: walked(rare), lambda: per_tick(FEW, TICKS))
    print(f"model: {SUBJECTS:,} subjects x {TICKS:,} ticks, {records:,} records to Arrow in {one:.2f} s: ")
    ratio = loop * SUBJECTS / FEW / one
    print(f"  {records / one / 1e6:.1f} M records/s on one worker")
    print(f"  one worker / the per-tick loop: {at_least(1000, 'model on one worker', ratio, digits=0)}")
    two_cores(model)
    dearer = slow / rare_records / (one / records)
    print(f"  cost of a record, probabilities / 10 and ticks x 10: {at_most(1.1, 'rare events', dearer)}")
    resuming(model)
    short, long = (output_of(RUN.format(subjects=100_000, ticks=ticks)) for ticks in (5_000, 50_000))
    print(f"  memory of 50,000 ticks / 5,000, 100,000 subjects: {at_most(1.05, 'memory of a run', long / short, 3)}")
    many = output_of(RUN.format(subjects=10_000_000, ticks=100)) * 1024 / 1e9
    print(f"  10,000,000 subjects x 100 ticks, GB: {at_most(2, 'memory of subjects', many)}")
    start, with_scipy = map(min, zip(*(starts() for _ in range(ROUNDS)), strict=True))
    print(f"  a second start, imports and a run of 1,000 x 1,000 included, s: {at_most(1.5, 'second start', start)}")
    print(f"  the same where SciPy is installed, which Numba imports then: {with_scipy:.2f}")


if __name__ == "__main__":
    main()
