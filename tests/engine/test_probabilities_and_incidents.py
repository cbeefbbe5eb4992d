"""Probabilities that incidents change: each attempt has the probability of its tick, and both engines agree.

The significance of each test is 1 in 1,000; seeds are fixed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Clock, Incident, Model, Population, Stream, Transition
from doge_datagen.engine.waiting.incident_spans import edges_of, incident_spans
from doge_datagen.errors import CalculationError
from doge_datagen.forecast.forecast import forecast

SIGNIFICANCE = 1e-3
MINUTE = 60_000
SEED = 3
OUTAGES = {"outage": Incident(every="17 min", lasts="4 min + 30 s")}
"""Their edges are between ticks, too."""


def model(
    *transitions: Transition,
    count: int = 3000,
    ticks: int = 240,
    attributes: dict[str, Any] | None = None,
    incidents: dict[str, Incident] = OUTAGES,
    **clock: Any,
) -> Model:
    """A model of subjects with one attempt per minute."""
    fields = {"tick": "tick", "user": "index", "trigger": "trigger", "n": "n"}
    return Model(
        "m",
        Population("user", count, {"n": 0} | (attributes or {})),
        ["on", "off"],
        "on",
        transitions,
        {"e": Stream(fields)},
        Clock(0, MINUTE, ticks, **clock),
        incidents=incidents,
    )


def go(probability: str, to: str = "off", trigger: str = "go", **kwargs: Any) -> Transition:
    return Transition(trigger, "on", to, probability, emit="e", **kwargs)


def rows(of: Model, **kwargs: Any) -> list[dict[str, Any]]:
    return list(of.table("e", seed=SEED, **({"engine": "interpreted"} | kwargs)).to_pylist())


def under_way(of: Model, ticks: int = 240) -> np.ndarray[Any, Any]:
    """Whether there is an outage, by tick."""
    edges = edges_of(incident_spans(of.program, SEED)[0])
    return np.searchsorted(edges, np.arange(ticks) * MINUTE, side="right") % 2 == 1


def follows(ticks: list[int], chances: np.ndarray[Any, Any], count: int) -> bool:
    """Assert that the ticks of first successes follow attempts with these probabilities (chi-square)."""
    law = chances * np.append(1.0, np.cumprod(1 - chances)[:-1])
    expected, seen = np.append(law, 1 - law.sum()) * count, np.bincount(ticks, minlength=len(law) + 1)
    seen[-1] = count - len(ticks)
    cells = np.minimum(np.cumsum(expected) // 20, np.sum(expected) // 20 - 1).astype(int)
    of_cells = [np.bincount(cells, each) for each in (seen, expected)]
    filled = of_cells[1] > 0
    return bool(stats.chisquare(of_cells[0][filled], of_cells[1][filled]).pvalue > SIGNIFICANCE)


@pytest.mark.parametrize(("during", "else_"), [(9, 1), (0.5, 3), (2.5, 0)])
def test_each_attempt_has_the_probability_of_its_tick(during, else_):
    built = model(go(f"{during} if outage else {else_}"))
    chances = np.where(under_way(built), during, else_) / 100
    actual = [row["tick"] for row in rows(built)]
    assert follows(actual, chances, 3000)
    assert not follows(actual, np.full(240, chances.mean()), 3000)


def test_0_percent_never_happens_and_100_percent_happens_on_the_first_tick_of_an_incident():
    built = model(go("100 * outage"), count=10)
    assert [row["tick"] for row in rows(built)] == [int(np.argmax(under_way(built)))] * 10


def test_the_choice_of_transition_follows_the_probabilities_of_the_tick():
    built = model(go("6 if outage else 1"), go("2", trigger="other"))
    seen, during = rows(built), under_way(built)
    for here, share in ((True, 6 / 8), (False, 1 / 3)):
        triggers = [row["trigger"] for row in seen if during[row["tick"]] == here]
        assert len(triggers) > 500
        assert stats.binomtest(triggers.count("go"), len(triggers), share).pvalue > SIGNIFICANCE


def test_the_probability_after_an_event_is_that_of_the_following_ticks():
    built = model(go("30 if outage else 5", to="on", do="n += 1"), count=1000, ticks=100)
    counts, during = np.bincount([row["tick"] for row in rows(built)], minlength=100), under_way(built, 100)
    for here, share in ((True, 0.3), (False, 0.05)):
        attempts = 1000 * int((during == here).sum())
        assert stats.binomtest(int(counts[during == here].sum()), attempts, share).pvalue > SIGNIFICANCE


def test_an_incident_that_does_not_affect_a_subject_changes_nothing_for_it():
    some = {"outage": replace(OUTAGES["outage"], affects="index % 2 == 0")}
    seen = rows(model(go("100 * outage"), count=40, incidents=some))
    assert [row["user"] for row in seen] == list(range(0, 40, 2))


@pytest.fixture(scope="module")
def tired():
    transitions = [
        go("30 - min(n, 25) * outage", do="n += randrange(0, 3); require(n != 2)"),
        go("n * 0.5 if outage else 0.1 * fast", to="on", trigger="quit", do="n = 0"),
        Transition("back", ["off"], "on", "5 if outage else 60 - fast", emit="e"),
    ]
    return model(*transitions, attributes={"fast": "randrange(1, 50)"}, count=60, ticks=500, warm_up=100 * MINUTE)


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", [{}, {"workers": 4}, {"window": 7777}])
def test_both_engines_give_the_same_records(tired, kwargs):
    whole = rows(tired)
    assert len(whole) > 5000
    assert rows(tired, engine="compiled", **kwargs) == whole


@pytest.mark.slow
def test_an_invalid_probability_during_an_incident_names_the_transition():
    errors = []
    for engine in ("interpreted", "compiled"):
        with pytest.raises(CalculationError) as caught:
            rows(model(go("0.01 + 100 * outage"), count=3), engine=engine)
        errors.append(str(caught.value))
    assert errors[0].startswith("transitions.go.probability: a probability is not between 0 and 100")
    assert errors[0] == errors[1]


@pytest.mark.slow
def test_the_forecast_includes_incidents():
    built = model(go("9 if outage else 1", to="on"), count=500, ticks=600)
    expected = forecast(built.program, cost=200_000).streams[0].records.total
    assert abs(len(rows(built)) - expected) < 0.05 * expected
