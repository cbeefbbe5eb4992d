"""The machines whose law is tested, and histories of their subjects, simulated by the engine or tick by tick."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from doge_datagen import EventSink, Transition
from doge_datagen.engine.interpreted.lookahead import LookaheadSizes
from doge_datagen.engine.interpreted.walk import Subjects, Walk
from doge_datagen.model import Clock, Machine
from tests.per_tick import simulate


@dataclass(eq=False)
class Walker:
    """A subject that records its events and the number of attempts."""

    history: list[tuple[int, str]] = field(default_factory=list)
    asked: int = 0


class Historian(EventSink):
    """A sink that adds each event to its subject's history; timestamps are ticks."""

    def collect(self, timestamp: int, subject: Any, transition: Transition) -> None:
        subject.history.append((timestamp, transition.trigger))


def every_second_time(subject: Walker, _: Transition) -> bool:
    """Reject the first attempt and every second one after it."""
    subject.asked += 1
    return subject.asked % 2 == 0


Edge = tuple[str, str, str, float]


def machine(edges: list[Edge], blocked: frozenset[str] = frozenset()) -> Machine:
    """A machine of edges (trigger, from, to, probability), the first state first; a sink keeps every event."""
    states = list(dict.fromkeys(state for _, source, target, _ in edges for state in (source, target)))
    created = Machine.of(states, states[0])
    historian = Historian()
    for trigger, source, target, probability in edges:
        action = every_second_time if trigger in blocked else None
        created.add(Transition(trigger, source, target, probability, action, [historian]))
    return created


BANKING: list[Edge] = [
    ("income", "offline", "offline", 1),
    ("spending", "offline", "offline", 10),
    ("login", "offline", "online", 10),
    ("logout", "online", "offline", 70),
    ("open_loan_screen", "online", "loan_screen", 30),
    ("close_loan_screen", "loan_screen", "online", 40),
    ("take_loan", "loan_screen", "online", 10),
]

MACHINES = {
    "banking": machine(BANKING),
    "every tick": machine([("a", "x", "y", 60), ("b", "x", "x", 40), ("c", "y", "x", 30), ("d", "y", "y", 70)]),
    "certain cycle": machine([("a", "x", "y", 100), ("b", "y", "z", 100), ("c", "z", "x", 50)]),
    "tiny chance": machine([("rare", "x", "y", 0.05), ("rarer", "x", "x", 0.02), ("back", "y", "x", 25)]),
    "blocked": machine([("try", "x", "y", 30), ("other", "x", "x", 20), ("back", "y", "x", 50)], frozenset({"try"})),
    "final states": machine([("win", "play", "won", 3), ("lose", "play", "lost", 4), ("again", "play", "play", 5)]),
    "many ways": machine([(f"way {n}", "x", "x", 0.1 + n) for n in range(10)]),
}


def engine_histories(
    machine: Machine, subjects: int, ticks: int, seed: int, **sizes: int
) -> list[list[tuple[int, str]]]:
    """The history of each subject, simulated by the engine."""
    walkers = [Walker() for _ in range(subjects)]
    population = Subjects(walkers, [0] * subjects)
    clock = Clock(start=0, tick_ms=1, ticks=ticks)
    for _ in Walk(machine, population, clock, seed, lookahead=LookaheadSizes(**sizes)):
        pass
    return [walker.history for walker in walkers]


def per_tick_histories(machine: Machine, subjects: int, ticks: int, seed: int) -> list[list[tuple[int, str]]]:
    """The history of each subject, simulated tick by tick."""
    walkers = [Walker() for _ in range(subjects)]
    for _ in simulate(machine.matrix, machine.initial_state, walkers, ticks, Random(seed)):
        pass
    return [walker.history for walker in walkers]
