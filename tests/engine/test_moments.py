"""The laws of transitions at moments: each against its formula, alone and in competition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.errors import CalculationError

HOUR, MINUTE, SECOND = 3_600_000, 60_000, 1000
SIGNIFICANCE = 1e-3
"""Of each test: the probability of failing by chance with a random seed; the seeds are fixed."""
FIELDS = {"time": "timestamp", "user": "index", "trigger": "trigger", "source": "from_state", "target": "to_state"}


def model(
    states: Any, transitions: list[Transition], *, hours: float = 24.0, count: int = 400, **attributes: Any
) -> Model:
    """A model of one stream, which all transitions feed."""
    fed = [replace(it, emit="e") for it in transitions]
    population = Population("user", count, attributes)
    fields = FIELDS | {name: name for name in attributes}
    initial = next(iter(states))
    return Model("m", population, states, initial, fed, {"e": Stream(fields)}, Clock(0, 1, int(hours * HOUR)))


def events(of: Model, **kwargs: Any) -> list[dict[str, Any]]:
    """All records, as dicts with the time in milliseconds since the start."""
    table = of.table("e", seed=7, **({"engine": "interpreted"} | kwargs))
    return [row | {"time": round(row["time"].timestamp() * 1000)} for row in table.to_pylist()]


def by_user(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The events by subject."""
    result: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        result.setdefault(row["user"], []).append(row)
    yield from result.values()


def waits(rows: list[dict[str, Any]]) -> list[int]:
    """The milliseconds from each event of a subject to the next."""
    return [after["time"] - before["time"] for each in by_user(rows) for before, after in pairwise(each)]


def fits(sample: list[int], law: Any) -> bool:
    """Whether a sample follows a continuous law (Kolmogorov-Smirnov)."""
    return bool(stats.kstest(sample, law.cdf).pvalue > SIGNIFICANCE)


def shares_fit(counts: list[int], shares: list[float]) -> bool:
    """Whether counts follow shares (chi-square)."""
    expected = np.array(shares) / sum(shares) * sum(counts)
    return bool(stats.chisquare(counts, expected).pvalue > SIGNIFICANCE)


def first_waits(of: Model) -> list[int]:
    """The time of each subject's first event."""
    return [each[0]["time"] for each in by_user(events(of))]


def test_a_rate_waits_exponentially():
    one = model(["on"], [Transition("go", "on", "on", rate="6/h")], hours=6)
    sample = first_waits(one)
    assert len(sample) == 400
    assert fits(sample, stats.expon(scale=HOUR / 6))


def test_a_rate_may_depend_on_attributes():
    one = model(["on"], [Transition("go", "on", "on", rate="speed/h")], hours=10, speed="index % 2 * 8 + 2.0")
    counts = Counter(row["user"] % 2 for row in events(one))
    assert shares_fit([counts[0], counts[1]], [2, 10])


def test_rates_of_one_state_compete():
    transitions = [Transition("a", "on", "on", rate="3/h"), Transition("b", "on", "off", rate="1/h")]
    one = model({"on": None, "off": "final"}, [*transitions], hours=48)
    rows = events(one)
    firsts = [each[0] for each in by_user(rows)]
    assert fits([row["time"] for row in firsts], stats.expon(scale=HOUR / 4))
    counts = Counter(row["trigger"] for row in firsts)
    assert shares_fit([counts["a"], counts["b"]], [3, 1])


def test_a_rate_of_zero_never_happens():
    one = model(["on"], [Transition("a", "on", "on", rate="0/h"), Transition("b", "on", "on", rate="1/h")])
    assert {row["trigger"] for row in events(one)} == {"b"}


def test_a_timer_fires_once_after_its_state_was_entered():
    transitions = [Transition("go", "on", "off", after="30 min"), Transition("back", "off", "on", after="45 min")]
    one = model(["on", "off"], transitions, hours=5, count=1)
    times = [row["time"] // MINUTE for row in events(one)]
    assert times == [30, 75, 105, 150, 180, 225, 255]


def test_an_internal_transition_does_not_change_timers():
    transitions = [Transition("ping", "on", rate="30/h"), Transition("stop", "on", "off", after="30 min")]
    rows = events(model({"on": None, "off": "final"}, transitions, hours=2))
    assert {row["time"] for row in rows if row["trigger"] == "stop"} == {30 * MINUTE}
    assert all(row["time"] <= 30 * MINUTE for row in rows)


def test_a_transition_to_its_own_state_enters_it_again():
    transitions = [Transition("again", "on", "on", after="10 min"), Transition("stop", "on", "off", after="15 min")]
    rows = events(model({"on": None, "off": "final"}, transitions, hours=2, count=1))
    assert [row["trigger"] for row in rows] == ["again"] * 11


def test_a_periodic_transition_keeps_its_grid():
    transitions = [Transition("tick", "on", every="20 min"), Transition("ping", "on", rate="10/h")]
    rows = events(model(["on"], transitions, hours=3, count=20))
    ticks = {row["time"] for row in rows if row["trigger"] == "tick"}
    assert ticks == {20 * MINUTE * n for n in range(1, 9)}


def test_a_moment_fires_once_for_each_value():
    transitions = [Transition("renew", "on", at="due", do="paid += 1; due = due + 2 h")]
    one = model(["on"], transitions, hours=9, count=3, due="timestamp + 1 h", paid="0")
    assert [row["time"] // HOUR for each in by_user(events(one)) for row in each] == [1, 3, 5, 7] * 3


def test_a_moment_that_is_not_assigned_again_fires_once():
    transitions = [Transition("renew", "on", at="due"), Transition("ping", "on", every="1 h")]
    rows = events(model(["on"], transitions, hours=9, count=3, due="timestamp + 90 min"))
    assert Counter(row["trigger"] for row in rows)["renew"] == 3


def test_a_moment_in_the_past_fires_on_entering_its_state():
    transitions = [Transition("come", "off", "on", after="2 h"), Transition("remind", "on", at="due")]
    rows = events(model(["off", "on"], transitions, hours=9, count=1, due="timestamp + 1 h"))
    assert [(row["trigger"], row["time"]) for row in rows] == [("come", 2 * HOUR), ("remind", 2 * HOUR + 1)]


def test_a_moment_that_depends_on_entering_its_state_fires_each_time():
    transitions = [
        Transition("in", "off", "on", after="1 h"),
        Transition("warn", "on", at="entered + 10 min"),
        Transition("out", "on", "off", after="30 min"),
    ]
    rows = events(model(["off", "on"], transitions, hours=4, count=1))
    assert [row["time"] // MINUTE for row in rows if row["trigger"] == "warn"] == [70, 160]


def test_a_moment_that_depends_on_the_last_event_fires_after_each():
    transitions = [Transition("ping", "on", every="1 h"), Transition("idle", "on", at="previous + 25 min")]
    rows = events(model(["on"], transitions, hours=2.2, count=1))
    assert [(row["trigger"], row["time"] // MINUTE) for row in rows] == [
        ("idle", 25), ("idle", 50), ("ping", 60), ("idle", 85), ("idle", 110), ("ping", 120),
    ]  # fmt: skip


def test_a_dwell_time_ends_in_a_transition_by_weight():
    transitions = [Transition("a", "on", "on", weight=80), Transition("b", "on", "off", weight=20)]
    states = {"on": {"dwell": "lognormal(median=20 s, sigma=1.2)"}, "off": "final"}
    rows = events(model(states, transitions, hours=24, count=1500))
    firsts = [each[0] for each in by_user(rows)]
    assert fits([row["time"] for row in firsts], stats.lognorm(s=1.2, scale=20 * SECOND))
    counts = Counter(row["trigger"] for row in rows)
    assert shares_fit([counts["a"], counts["b"]], [80, 20])


def test_a_timer_can_interrupt_a_dwell_time():
    transitions = [Transition("a", "on", weight=1), Transition("out", "on", "off", after="1 min")]
    states = {"on": {"dwell": "exponential(mean=20 s)"}, "off": "final"}
    rows = events(model(states, transitions, count=600))
    assert {row["time"] for row in rows if row["trigger"] == "out"} == {MINUTE}
    inner = [row["time"] for row in rows if row["trigger"] == "a"]
    mean = 600 * 60 / 20
    assert abs(len(inner) - mean) < 4 * mean**0.5  # Poisson; 4 standard deviations: significance 6e-5


def test_a_probability_is_attempted_once_per_tick():
    transitions = [Transition("go", "on", "rest", 10), Transition("wake", "rest", "on", after="90 s")]
    one = replace(model(["on", "rest"], transitions, hours=1), clock=Clock(0, MINUTE, 120))
    rows = events(one)
    firsts = [each[0]["time"] for each in by_user(rows)]
    assert all(time % MINUTE == 0 for row in rows if row["trigger"] == "go" for time in [row["time"]])
    attempts = [time // MINUTE + 1 for time in firsts]
    counts = [sum(it == n for it in attempts) for n in range(1, 15)]
    law = [0.1 * 0.9 ** (n - 1) for n in range(1, 15)]
    assert shares_fit([*counts, 400 - sum(counts)], [*law, 1 - sum(law)])


def test_a_state_entered_in_the_first_tick_is_left_as_later():
    """The wait is independent of the attempt that led to the state, although both are drawn at the same moment."""
    begin = [Transition("a", "off", "on", 30), Transition("b", "off", "on", 30)]
    transitions = [Transition("x", "on", "left", rate="1/h"), Transition("y", "on", "left", rate="1/h")]
    one = model({"off": None, "on": None, "left": "final"}, [*begin, *transitions], hours=24, count=2000)
    pairs = [each for each in by_user(events(one)) if each[0]["time"] == 0]
    assert fits([second["time"] for _, second in pairs], stats.expon(scale=HOUR / 2))
    for first in "ab":
        counts = Counter(second["trigger"] for it, second in pairs if it["trigger"] == first)
        assert shares_fit([counts["x"], counts["y"]], [1, 1])


def test_a_branch_is_drawn_by_its_shares():
    transitions = [Transition("decide", "on", {"a": 0.2, "b": 0.3, "stay": "rest"}, rate="10/h")]
    rows = events(model({"on": None, "a": "final", "b": "final"}, transitions, hours=10))
    counts = Counter(row["target"] for row in rows)
    assert shares_fit([counts["a"], counts["b"], counts["on"]], [0.2, 0.3, 0.5])


def test_an_action_sees_the_branch_that_was_drawn():
    transitions = [
        Transition("decide", "on", {"a": 1, "b": 1}, after="1 min", do="chosen = 1 if to_state == 'a' else 2")
    ]
    rows = events(model({"on": None, "a": "final", "b": "final"}, transitions, chosen="0"))
    assert {(row["target"], row["chosen"]) for row in rows} == {("a", 1), ("b", 2)}


def test_a_condition_excludes_a_transition_from_the_competition():
    transitions = [
        Transition("a", "on", "on", rate="3/h", when="not done", do="done = True"),
        Transition("b", "on", "on", rate="1/h"),
    ]
    rows = events(model(["on"], transitions, hours=20, done="False"))
    each = list(by_user(rows))
    assert all(sum(row["trigger"] == "a" for row in mine) <= 1 for mine in each)
    after = [w for mine in each for w in waits([row for row in mine if row["trigger"] == "b"])]
    late = [
        last["time"] - first["time"]
        for mine in each
        for first, last in pairwise(mine)
        if first["done"] and last["trigger"] == "b"
    ]
    assert after
    assert fits(late, stats.expon(scale=HOUR))


def test_a_condition_excludes_a_weight_from_the_choice():
    transitions = [
        Transition("a", "on", "on", weight=3, when="index % 2 == 0"),
        Transition("b", "on", "on", weight=1),
    ]
    rows = events(model({"on": {"dwell": "10 min"}}, transitions, hours=10))
    counts = Counter((row["user"] % 2, row["trigger"]) for row in rows)
    assert counts[1, "a"] == 0
    assert shares_fit([counts[0, "a"], counts[0, "b"]], [3, 1])


def test_a_rejected_rate_waits_again():
    transitions = [Transition("a", "on", "on", rate="4/h", do="require(random() < 0.5)")]
    rows = events(model(["on"], transitions, hours=12))
    assert fits([each[0]["time"] for each in by_user(rows)], stats.expon(scale=HOUR / 2))


def test_a_rejected_timer_does_not_fire_again():
    transitions = [Transition("a", "on", after="5 min", do="require(index > 0)")]
    rows = events(model(["on"], transitions, count=2))
    assert [(row["user"], row["time"]) for row in rows] == [(1, 5 * MINUTE)]


def test_transitions_at_one_moment_are_ordered_by_kind():
    transitions = [
        Transition("e", "on", every="10 min"),
        Transition("t", "on", after="10 min"),
        Transition("m", "on", at="due"),
    ]
    rows = events(model(["on"], transitions, hours=0.25, count=1, due="timestamp + 10 min"))
    assert [(row["trigger"], row["time"] - 10 * MINUTE) for row in rows] == [("m", 0), ("t", 1), ("e", 2)]


def test_from_several_states_and_from_every_state():
    transitions = [
        Transition("go", "a", "b", after="1 min"),
        Transition("on", "b", "c", after="1 min"),
        Transition("all", "*", every="50 s"),
        Transition("some", ["a", "b"], every="40 s"),
    ]
    rows = events(model({"a": None, "b": None, "c": "final"}, transitions, hours=1, count=1))
    assert [(row["time"] // SECOND, row["trigger"], row["source"]) for row in rows] == [
        (40, "some", "a"), (50, "all", "a"), (60, "go", "a"), (100, "some", "b"), (110, "all", "b"), (120, "on", "b"),
    ]  # fmt: skip


def test_the_time_of_entering_a_state_and_of_the_last_event_are_known():
    transitions = [
        Transition("in", "off", "on", after="1 h"),
        Transition("ping", "on", every="10 min", do="stayed = (timestamp - entered) / 1 min"),
        Transition("out", "on", "off", after="25 min", do="stayed = (timestamp - previous) / 1 min"),
    ]
    rows = events(model(["off", "on"], transitions, hours=1.5, count=1, stayed="0.0"))
    assert [(row["trigger"], row["stayed"]) for row in rows] == [("in", 0), ("ping", 10), ("ping", 20), ("out", 5)]


def everything(**kwargs: Any) -> Model:
    """A model with all kinds of transitions."""
    transitions = [
        Transition("visit", "away", "here", rate="2/d * eager"),
        Transition("call", "away", "here", rate="1/d", when="calls < 3", do="calls += 1"),
        Transition("view", "here", "here", weight=80),
        Transition("buy", "here", weight="6 if calls > 1 else 3", when="eager > 1", do="due = timestamp + 3 h"),
        Transition("leave", "here", {"away": 0.9, "gone": "rest"}, weight=14),
        Transition("time_out", "here", "away", after="30 min"),
        Transition("beep", ["here", "away"], every="exponential(mean=5 h)", do="require(random() < 0.5)"),
        Transition("remind", "*", at="due", do="due = never"),
    ]
    states = {"away": None, "here": {"dwell": "lognormal(median=20 s, sigma=1.2)"}, "gone": "final"}
    attributes = {"eager": "uniform(0.5, 3)", "calls": "0", "due": "timestamp + 1 h"}
    return model(states, transitions, **{"hours": 72, "count": 40} | kwargs, **attributes)


@pytest.fixture(scope="module")
def expected():
    return events(everything())


@pytest.mark.slow
@pytest.mark.parametrize(
    "kwargs", [{"workers": 1}, {"workers": 2}, {"workers": 4}, {"window": 100_000}, {"window": 7 * HOUR}]
)
def test_the_compiled_engine_gives_the_same_records(expected, kwargs):
    assert len(expected) > 1000
    assert events(everything(), engine="compiled", **kwargs) == expected


def test_the_length_of_a_tick_changes_nothing(expected):
    one = everything()
    for tick in (SECOND, MINUTE, 5 * MINUTE):
        assert events(replace(one, clock=Clock(0, tick, 72 * HOUR // tick))) == expected


@pytest.mark.parametrize(
    ("transition", "path", "problem"),
    [
        ({"rate": "(5 - 2 * index)/h"}, "transitions.go.rate", "a rate or weight is negative"),
        ({"weight": "index - 3"}, "transitions.go.weight", "a rate or weight is negative"),
        ({"weight": "0 * index"}, "transitions.go.weight", "all weights are 0"),
        ({"after": "(3 - index) * 1 h"}, "transitions.go.after", "a duration is negative"),
        ({"rate": "1 / index / h"}, "transitions.go.rate", "division by zero"),
    ],
)
def test_an_error_names_its_location_and_subject(transition, path, problem):
    states = {"on": {"dwell": "1 min"} if "weight" in transition else None}
    one = model(states, [Transition("go", "on", "on", **transition)], count=8)
    with pytest.raises(CalculationError, match=problem) as raised:
        events(one)
    assert raised.value.dotted_path == path
    assert raised.value.subject is not None


@pytest.mark.slow
@pytest.mark.parametrize("transition", [{"rate": "(5 - 2 * index)/h"}, {"weight": "0 * index"}])
def test_the_compiled_engine_raises_the_same_error(transition):
    states = {"on": {"dwell": "1 min"} if "weight" in transition else None}
    one = model(states, [Transition("go", "on", "on", **transition)], count=8)
    raised = []
    for engine in ("interpreted", "compiled"):
        with pytest.raises(CalculationError) as actual:
            events(one, engine=engine)
        raised.append(str(actual.value))
    assert raised[0] == raised[1]
