"""Probabilities that are expressions: each wait against its law, and the same bytes from both engines.

The significance of each test is 1 in 1,000; seeds are fixed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.errors import CalculationError
from doge_datagen.run.resuming.identity import identity
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.simulation.windows import windows

SIGNIFICANCE = 1e-3
MINUTE = 60_000


def model(
    *transitions: Transition, attributes: dict[str, Any], count: int = 2000, ticks: int = 400, **parts: Any
) -> Model:
    """A model of subjects with one attempt per minute; only the given transitions leave ``off``."""
    fields = {"tick": "tick", "user": "index", "trigger": "trigger", "n": "n"}
    fed = [replace(it, emit="e") for it in transitions]
    population = Population("user", count, {"n": 0} | attributes)
    clock = Clock(0, MINUTE, ticks)
    return Model("m", population, ["on", "off"], "on", fed, {"e": Stream(fields)}, clock, **parts)


def rows(of: Model, **kwargs: Any) -> list[dict[str, Any]]:
    return list(of.table("e", seed=3, **({"engine": "interpreted"} | kwargs)).to_pylist())


def is_geometric(waits: list[int], p: float) -> bool:
    """Assert that ticks until success, from 1, are geometric; the tail is one cell (chi-square)."""
    last = int(stats.geom.ppf(0.98, p))
    counts = np.bincount(np.minimum(waits, last + 1), minlength=last + 2)[1:]
    expected = np.append(stats.geom.pmf(np.arange(1, last + 1), p), stats.geom.sf(last, p)) * len(waits)
    return bool(stats.chisquare(counts, expected).pvalue > SIGNIFICANCE)


def test_the_wait_is_geometric_with_the_probability_of_each_subject():
    seen = rows(model(Transition("go", "on", "off", "10 + 20 * (index % 2)"), attributes={}))
    for rest, p in ((0, 0.1), (1, 0.3)):
        waits = [row["tick"] + 1 for row in seen if row["user"] % 2 == rest]
        assert len(waits) == 1000
        assert is_geometric(waits, p)


def test_it_is_evaluated_again_after_each_transition_of_the_subject():
    seen = rows(model(Transition("go", "on", "on", "50 / (n + 1)", do="n += 1"), attributes={}, ticks=200))
    times: dict[int, list[int]] = {}
    for row in seen:
        times.setdefault(row["user"], []).append(row["tick"])
    assert is_geometric([each[0] + 1 for each in times.values()], 0.5)
    assert is_geometric([each[1] - each[0] for each in times.values()], 0.25)
    assert is_geometric([each[2] - each[1] for each in times.values()], 1 / 6)


@pytest.mark.slow
def test_the_wait_after_an_attempt_in_the_first_tick_has_a_draw_of_its_own():
    transitions = [Transition("go", ["on"], "on", 25), Transition("or", ["on"], "on", 25)]
    seen = rows(model(*transitions, attributes={}, ticks=60))
    first = {row["user"]: row["trigger"] for row in seen if row["tick"] == 0}
    then: dict[int, dict[str, Any]] = {}
    for row in seen:
        if row["tick"] and row["user"] in first:
            then.setdefault(row["user"], row)
    assert is_geometric([row["tick"] for row in then.values()], 0.5)
    alike = sum(row["trigger"] == first[user] for user, row in then.items())
    assert stats.binomtest(alike, len(then)).pvalue > SIGNIFICANCE


def test_the_transitions_of_a_state_share_its_attempts():
    transitions = [Transition("a", "on", "off", "2 * weight"), Transition("b", "on", "off", 12)]
    seen = rows(model(*transitions, attributes={"weight": 4.0}))
    assert is_geometric([row["tick"] + 1 for row in seen], 0.2)
    counts = Counter(row["trigger"] for row in seen)
    shares = [8 / 20 * len(seen), 12 / 20 * len(seen)]
    assert stats.chisquare([counts["a"], counts["b"]], shares).pvalue > SIGNIFICANCE


def test_0_percent_is_never_attempted_and_100_percent_happens_on_every_tick():
    transitions = [Transition("go", "on", "off", "100 if index < 3 else 0"), Transition("back", "off", "on", "n + 100")]
    seen = rows(model(*transitions, attributes={}, count=6, ticks=4))
    assert [(row["tick"], row["user"], row["trigger"]) for row in seen] == [
        (tick, user, trigger) for tick, trigger in enumerate(["go", "back", "go", "back"]) for user in range(3)
    ]


def test_a_rejected_attempt_is_followed_by_others_of_the_same_law():
    transition = Transition("go", "on", "off", "chance", do="require(random() < 0.5)")
    assert is_geometric([row["tick"] + 1 for row in rows(model(transition, attributes={"chance": 40.0}))], 0.2)


@pytest.fixture(scope="module")
def tired():
    transitions = [
        Transition("work", "on", "off", "30 - min(n, 25)", do="n += randrange(0, 3)"),
        Transition("quit", "on", "on", "n * 0.5", do="n = 0"),
        Transition("back", ["off"], "on", 25),
    ]
    return model(*transitions, attributes={}, count=40, ticks=300)


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", [{}, {"workers": 4}, {"window": 7777}])
def test_both_engines_give_the_same_records(tired, kwargs):
    assert rows(tired, engine="compiled", **kwargs) == rows(tired)


BAD = "50 + n * 60 if index == 0 else 50 - n * 60 if index == 1 else 30 + n * 60"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("subject", "message"),
    [
        (0, "transitions.go.probability: a probability is not between 0 and 100"),
        (1, "transitions.go.probability: a probability is not between 0 and 100"),
        (2, "states.on: the probabilities of leaving the state sum to more than 100"),
    ],
)
def test_an_invalid_probability_names_state_or_transition_and_subject(subject, message):
    transitions = [Transition("go", "on", "on", BAD, do="n += 1"), Transition("other", "on", "on", 20)]
    program, errors = model(*transitions, attributes={}, count=3, ticks=100).program, []
    for engine in ("interpreted", "compiled"):
        kwargs = RunConfig(engine=engine)
        with (
            windows(program, kwargs, 3, subjects=range(subject, subject + 1)) as simulated,
            pytest.raises(CalculationError) as caught,
        ):
            list(simulated)
        errors.append(str(caught.value))
    assert errors[0].startswith(message)
    assert f"(subject {subject}, at " in errors[0]
    assert errors[0] == errors[1]


def test_percentages_that_sum_to_100_except_for_rounding_are_allowed():
    transitions = [Transition(it, "on", "on", "share / 3") for it in "abc"]
    assert len(rows(model(*transitions, attributes={"share": 100}, count=5, ticks=3))) == 15


def test_a_constant_expression_equals_a_literal_probability():
    attributes = {"m": 0}
    written = model(Transition("go", "on", "off", 12.5), attributes=attributes)
    named = model(Transition("go", "on", "off", "base / 2 + 2.5"), attributes=attributes, constants={"base": 20})
    assert named.program.timing is None
    assert identity(named.program, 1) == identity(written.program, 1)
    assert rows(named) == rows(written)
