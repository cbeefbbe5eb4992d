"""How many times faster the engine is than the plain per-tick simulator, and whether its memory stays flat."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter
from typing import Any

from doge_datagen.engine.interpreted import Population, Walk
from doge_datagen.model import Clock, Machine, Transition
from tests.per_tick import simulate

ROUNDS = 5
SUBJECTS = 1000
BANK_STATES = ("offline", "online", "loan_screen")
MEMORY = """
import resource
from benchmarks.engine import bank, engine
engine(bank(1000), {ticks})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class NoOp:
    """A sink that does nothing: what is measured is the engine."""

    def collect(self, timestamp: int, subject: Any, transition: Transition, /) -> None:
        """Forget the event."""

    def close(self) -> None:
        """Hold nothing."""


@dataclass
class User:
    """A subject of the banking machine."""

    user_id: int
    balance: int = 500
    loan_balance: int = 0
    last_payment: int = 0


@dataclass(frozen=True)
class Case:
    """A machine and the subjects that walk it."""

    machine: Machine
    users: Sequence[User]


def case(states: Sequence[str], edges: Sequence[tuple[Any, ...]], users: int) -> Case:
    machine = Machine.of(tuple(states), states[0])
    for trigger, source, target, probability, action in edges:
        machine.add(Transition(trigger, source, target, probability, action, [NoOp()]))
    return Case(machine, [User(number) for number in range(users)])


def bank(users: int) -> Case:
    """The banking machine of the blog post, callbacks and all."""
    dice = Random(1)

    def income(user: User, _: Transition) -> bool:
        user.balance += dice.randrange(500, 2000)
        return True

    def spending(user: User, _: Transition) -> bool:
        payment = dice.randrange(10, 100)
        if payment > user.balance:
            return False
        user.balance -= payment
        user.last_payment = payment
        return True

    def take_loan(user: User, _: Transition) -> bool:
        user.loan_balance += 10_000
        user.balance += 10_000
        return True

    edges = [
        ("income", "offline", "offline", 0.01, income),
        ("spending", "offline", "offline", 0.1, spending),
        ("login", "offline", "online", 0.1, None),
        ("logout", "online", "offline", 70, None),
        ("open_loan_screen", "online", "loan_screen", 30, None),
        ("close_loan_screen", "loan_screen", "online", 40, None),
        ("take_loan", "loan_screen", "online", 10, take_loan),
    ]
    return case(BANK_STATES, edges, users)


def one_way_every_tick(users: int) -> Case:
    """Every subject moves on every tick, and there is one way only."""
    return case("xy", [("go", "x", "y", 100, None), ("back", "y", "x", 100, None)], users)


def two_ways_every_tick(users: int) -> Case:
    """Every subject moves on every tick, by one of two ways."""
    edges = [
        ("a", "x", "y", 60, None),
        ("b", "x", "x", 40, None),
        ("c", "y", "x", 30, None),
        ("d", "y", "y", 70, None),
    ]
    return case("xy", edges, users)


def engine(made: Case, ticks: int) -> int:
    """Walk with the engine; gives the number of events."""
    population = Population(made.users, [0] * len(made.users))
    walk = Walk(made.machine, population, Clock(0, 60_000, ticks), seed=1)
    for _ in walk:
        pass
    return sum(walk.counts)


def per_tick(made: Case, ticks: int) -> None:
    """Ask every subject in every tick."""
    for _ in simulate(made.machine.matrix, made.machine.states[0], made.users, ticks, Random(1)):
        pass


def seconds(walk: Callable[[Case, int], object], made: Case, ticks: int) -> float:
    start = perf_counter()
    walk(made, ticks)
    return perf_counter() - start


def compare(title: str, make: Callable[[int], Case], ticks: int, *, floor: float) -> None:
    """Print the ratio of the best times; both sides take turns: what else the machine does falls on both."""
    slow, fast = [], []
    for _ in range(ROUNDS):
        slow.append(seconds(per_tick, make(SUBJECTS), ticks))
        fast.append(seconds(engine, make(SUBJECTS), ticks))
    ratio = min(slow) / min(fast)
    print(f"{title}: {ratio:.1f} x per-tick (floor {floor:g}; {min(slow):.3f} s / {min(fast):.3f} s)", flush=True)


def memory(ticks: int) -> int:
    """Kilobytes at the most of a fresh process that walks the banking machine."""
    program = [sys.executable, "-c", MEMORY.format(ticks=ticks)]
    return int(subprocess.run(program, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    compare("banking, 1,000 subjects x 10,000 ticks", bank, 10_000, floor=50)
    compare("every tick, two ways, 1,000 subjects x 1,000 ticks", two_ways_every_tick, 1_000, floor=1)
    compare("every tick, one way, 1,000 subjects x 1,000 ticks", one_way_every_tick, 1_000, floor=1)
    short, long = memory(10_000), memory(100_000)
    print(f"memory of ten times the ticks: {long / short:.3f} x ({long / 1024:.0f} MB)")
    start = perf_counter()
    events = engine(bank(1_000_000), 1_000)
    print(f"1,000,000 subjects x 1,000 ticks: {events:,} events in {perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
