"""How many times faster the engine is than the plain per-tick simulator, and whether its memory stays flat."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter
from typing import Any

from benchmarks.banking import BankSinks, Size, banking
from benchmarks.floors import at_least, at_most
from doge_datagen.engine.interpreted.walk import Subjects, Walk
from doge_datagen.model import Clock, Machine, Transition
from tests.per_tick import simulate

ROUNDS = 5
SUBJECTS = 1000
MEMORY = """
import resource
from benchmarks.engine import bank, engine
engine(bank(1000), {ticks})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class NoOp:
    """A sink that does nothing, so that only the engine is measured."""

    def collect(self, timestamp: int, subject: Any, transition: Transition, /) -> None:
        """Discard the event."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Case:
    """A state machine and its subjects."""

    machine: Machine
    users: Sequence[Any]


def case(edges: Sequence[tuple[str, str, str, float]], users: int) -> Case:
    """A machine with edges (trigger, from, to, probability) between x and y."""
    machine = Machine.of(["x", "y"], "x")
    for edge in edges:
        machine.add(Transition(*edge, event_sinks=[NoOp()]))
    return Case(machine, [object() for _ in range(users)])


def bank(users: int) -> Case:
    """The banking machine of the blog post, with its callbacks."""
    no_op = NoOp()
    generator = banking(BankSinks(no_op, no_op, no_op, no_op), Size(users, ticks=0, seed=1))
    machine = Machine.of(generator.states, generator.initial_state)
    for leaving in generator.transition_matrix.values():
        for transition in leaving.values():
            machine.add(transition)
    return Case(machine, [generator.subject_factory.create() for _ in range(users)])


def one_way_every_tick(users: int) -> Case:
    """Every subject moves on every tick, by the only transition."""
    return case([("go", "x", "y", 100), ("back", "y", "x", 100)], users)


def two_ways_every_tick(users: int) -> Case:
    """Every subject moves on every tick, by one of two transitions."""
    edges = [
        ("a", "x", "y", 60),
        ("b", "x", "x", 40),
        ("c", "y", "x", 30),
        ("d", "y", "y", 70),
    ]
    return case(edges, users)


def engine(made: Case, ticks: int) -> int:
    """Simulate with the engine; returns the number of events."""
    population = Subjects(made.users, [0] * len(made.users))
    walk = Walk(made.machine, population, Clock(0, 60_000, ticks), seed=1)
    for _ in walk:
        pass
    return sum(walk.counts)


def per_tick(made: Case, ticks: int) -> None:
    """Simulate by drawing for every subject on every tick."""
    for _ in simulate(made.machine.matrix, made.machine.states[0], made.users, ticks, Random(1)):
        pass


def seconds(walk: Callable[[Case, int], object], made: Case, ticks: int) -> float:
    start = perf_counter()
    walk(made, ticks)
    return perf_counter() - start


def compare(title: str, make: Callable[[int], Case], ticks: int, *, floor: float) -> None:
    """Print the ratio of the best times; both sides take turns, so that other work on the machine affects both."""
    slow, fast = [], []
    for _ in range(ROUNDS):
        slow.append(seconds(per_tick, make(SUBJECTS), ticks))
        fast.append(seconds(engine, make(SUBJECTS), ticks))
    ratio = min(slow) / min(fast)
    told = at_least(floor, title, ratio, digits=1)
    print(f"{title}, per-tick / engine: {told}; {min(slow):.3f} s / {min(fast):.3f} s", flush=True)


def memory(ticks: int) -> int:
    """Peak memory of a new process that simulates the banking machine, in kilobytes."""
    program = [sys.executable, "-c", MEMORY.format(ticks=ticks)]
    return int(subprocess.run(program, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    compare("banking, 1,000 subjects x 10,000 ticks", bank, 10_000, floor=50)
    compare("every tick, two ways, 1,000 subjects x 1,000 ticks", two_ways_every_tick, 1_000, floor=1)
    compare("every tick, one way, 1,000 subjects x 1,000 ticks", one_way_every_tick, 1_000, floor=1)
    short, long = memory(10_000), memory(100_000)
    print(f"memory of ten times the ticks: {at_most(1.05, 'memory', long / short, 3)}; {long / 1024:.0f} MB")
    start = perf_counter()
    events = engine(bank(1_000_000), 1_000)
    print(f"1,000,000 subjects x 1,000 ticks: {events:,} events in {perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
