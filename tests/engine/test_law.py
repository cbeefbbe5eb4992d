"""The engine that skips from event to event has the law of the simulator that draws on every tick.

Subjects are independent, so every test below takes one observation per subject and compares two samples, or a sample
and the exact law, by Pearson's chi-square. Significance is 1 in 10,000 for each; seeds are fixed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from functools import cache

import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare

from tests.engine.machines import MACHINES, engine_histories, machine, per_tick_histories

SIGNIFICANCE = 1e-4
SUBJECTS, TICKS = 3000, 120
FEWEST = 5  # expected in a cell, for the chi-square approximation to hold

History = list[tuple[int, str]]


@cache
def engine(name: str) -> list[History]:
    return engine_histories(MACHINES[name], SUBJECTS, TICKS, seed=2022)


@cache
def per_tick(name: str) -> list[History]:
    return per_tick_histories(MACHINES[name], SUBJECTS, TICKS, seed=2022)


def assert_same_law(ours: Iterable[Hashable], theirs: Iterable[Hashable]) -> None:
    """Assert that two samples of categories come from one distribution; rare categories are merged."""
    left, right = Counter(ours), Counter(theirs)
    both = left + right
    frequent = [kind for kind, count in both.items() if count >= 4 * FEWEST]
    rest = [sum(count for kind, count in sample.items() if kind not in frequent) for sample in (left, right)]
    table = [[sample[kind] for kind in frequent] for sample in (left, right)]
    if sum(rest) >= 4 * FEWEST:
        table = [[*row, other] for row, other in zip(table, rest, strict=True)]
    else:
        assert sum(rest) <= 0.01 * sum(both.values())
    if len(table[0]) > 1:
        assert chi2_contingency(table, correction=False).pvalue > SIGNIFICANCE


def triggers() -> list[tuple[str, str]]:
    return [(name, transition.trigger) for name, machine in MACHINES.items() for transition in machine.transitions()]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "trigger"), triggers())
def test_transitions_per_subject_have_the_law_of_the_per_tick_simulator(name: str, trigger: str) -> None:
    def counts(histories: list[History]) -> list[int]:
        return [sum(happened == trigger for _, happened in history) for history in histories]

    assert_same_law(counts(engine(name)), counts(per_tick(name)))


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("event", [0, 1, 2])
def test_dwell_times_have_the_law_of_the_per_tick_simulator(name: str, event: int) -> None:
    def dwells(histories: list[History]) -> list[tuple[str, int]]:
        """The previous trigger and the ticks from it to the next event, in growing bins."""
        padded = [[(-1, "start"), *history, (TICKS, "end"), (TICKS, "end"), (TICKS, "end")] for history in histories]
        pairs = [(history[event], history[event + 1]) for history in padded]
        return [(before, (tick - since).bit_length() * (tick < TICKS)) for (since, before), (tick, _) in pairs]

    assert_same_law(dwells(engine(name)), dwells(per_tick(name)))


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("tick", [0, 1, 2, 7, 40, TICKS - 1])
def test_events_on_a_tick_have_the_law_of_the_per_tick_simulator(name: str, tick: int) -> None:
    def happened(histories: list[History]) -> list[str]:
        return [dict(history).get(tick, "nothing") for history in histories]

    assert_same_law(happened(engine(name)), happened(per_tick(name)))


@pytest.mark.parametrize("percent", [100, 99.5, 50, 7.3, 0.9])
def test_the_first_attempt_is_geometric(percent: float) -> None:
    subjects, ticks = 20_000, 400
    histories = engine_histories(machine([("go", "x", "y", percent)]), subjects, ticks, seed=7)
    first = Counter(history[0][0] if history else ticks for history in histories)
    p = percent / 100
    law = [p * (1 - p) ** tick for tick in range(ticks)]
    assert_follows([first[tick] for tick in range(ticks + 1)], [*law, (1 - p) ** ticks])


def test_the_state_at_a_tick_follows_the_powers_of_the_transition_matrix() -> None:
    machine = MACHINES["banking"]
    index = {state: number for number, state in enumerate(machine.states)}
    matrix = np.eye(len(index))
    for t in machine.transitions():
        matrix[index[t.from_state], index[t.to_state]] += t.probability / 100
        matrix[index[t.from_state], index[t.from_state]] -= t.probability / 100
    target = {t.trigger: t.to_state for t in machine.transitions()}
    for tick in (0, 1, 3, 20, TICKS - 1):
        reached = Counter(state_after(history, tick, target, machine.initial_state) for history in engine("banking"))
        law = np.linalg.matrix_power(matrix, tick + 1)[index[machine.initial_state]]
        assert_follows([reached[state] for state in machine.states], law.tolist())


def state_after(history: History, tick: int, target: dict[str, str], initial: str) -> str:
    passed = [trigger for when, trigger in history if when <= tick]
    return target[passed[-1]] if passed else initial


def assert_follows(observed: list[int], law: list[float]) -> None:
    """Assert that counts follow exact probabilities; neighbouring cells are merged until each has enough."""
    total = sum(observed)
    cells: list[list[float]] = [[0.0, 0.0]]
    for count, probability in zip(observed, law, strict=True):
        if cells[-1][1] >= FEWEST:
            cells.append([0.0, 0.0])
        cells[-1][0] += count
        cells[-1][1] += probability * total
    if len(cells) > 1 and cells[-1][1] < FEWEST:
        count, expected = cells.pop()
        cells[-1][0] += count
        cells[-1][1] += expected
    if len(cells) == 1:
        assert cells[0][0] == pytest.approx(cells[0][1])
    else:
        seen, expected = zip(*cells, strict=True)
        assert chisquare(seen, np.array(expected) * sum(seen) / sum(expected)).pvalue > SIGNIFICANCE


def test_one_of_a_thousand_users_logs_in_per_minute_at_a_tenth_of_a_percent() -> None:
    users, minutes = 1000, 10_000
    histories = engine_histories(machine([("login", "offline", "offline", 0.1)]), users, minutes, seed=2022)
    logins = sum(map(len, histories))
    expected = users * minutes * 0.001
    assert abs(logins - expected) < 4 * (expected * 0.999) ** 0.5  # binomial: 1 in 15,000


def test_one_user_logs_in_every_sixteen_point_seven_hours_at_a_tenth_of_a_percent() -> None:
    histories = engine_histories(machine([("login", "offline", "online", 0.1)]), 10_000, 50_000, seed=2022)
    hours = [(history[0][0] + 1) / 60 for history in histories]
    assert abs(np.mean(hours) - 16.7) < 4 * 16.7 / 100 + 0.04  # geometric: its deviation is its mean; 1 in 15,000


@pytest.mark.parametrize("name", MACHINES)
def test_subjects_are_independent(name: str) -> None:
    """Whether a subject has an event on a tick is independent of its neighbour."""
    marks = [dict(history).get(3, "nothing") for history in engine(name)]
    pairs = Counter(zip(marks[::2], marks[1::2], strict=True))
    kinds = [kind for kind, count in Counter(marks).items() if count >= 0.1 * len(marks)]
    table = [[pairs[one, other] for other in kinds] for one in kinds]
    if len(kinds) > 1:
        assert chi2_contingency(table, correction=False).pvalue > SIGNIFICANCE
    else:
        assert len(kinds) == 1
