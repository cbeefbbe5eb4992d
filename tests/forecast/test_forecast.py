"""The forecast of a model whose actions reject agrees with its runs."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.engine.interpreted.single_walk import SingleWalk
from doge_datagen.forecast.algebraic_forecast import algebraic_forecast
from doge_datagen.forecast.forecast import forecast as full_forecast
from doge_datagen.forecast.sample import COST
from doge_datagen.model import ENDLESS
from tests.compiling import program_of
from tests.engine.rejecting import DAY, few_for_long, hours, purses, shares, stopping, trial_periods, waiting

SEED = 2022
forecast = partial(full_forecast, cost=COST / 5)
"""Forecasts with a fifth of the sample that users get."""


def real(model, seed=SEED):
    """The events of a run by transition."""
    events = InterpretedEngine(program_of(model), seed).window(model.clock.ticks).events
    return np.array([events[number] for number in range(len(model.transitions))])


def hesitant(do="require(random() < 0.25)", count=200, ticks=500):
    """A model in which rejections change no state."""
    transitions = [
        Transition("look", "here", "here", 10, do=do, emit="looks"),
        Transition("go", "here", "away", 5),
        Transition("come", "away", "here", 10, emit="comings"),
    ]
    streams = {name: Stream({"user": "index"}) for name in ("looks", "comings")}
    return Model(
        "hesitant", Population("user", count), ["here", "away"], "here", transitions, streams, Clock(0, 60_000, ticks)
    )


MODELS = [waiting(150), purses(100), hours(20), trial_periods(150), shares(300), stopping(50), hesitant()]


@pytest.mark.slow
def test_nine_in_ten_counts_of_a_run_are_within_their_range():
    """Each with probability 0.95, not independent within a model; seeds are fixed."""
    within, wide = [], []
    for model in MODELS:
        expected, events = forecast(program_of(model)), real(model)
        of_streams = [[name in it.emit for it in model.transitions] for name in model.streams]
        actual = [events.sum(), *(events[feeding].sum() for feeding in of_streams)]
        figures = [expected.events, *(it.records for it in expected.streams)]
        within += [it.low <= count <= it.high for it, count in zip(figures, actual, strict=True)]
        wide.append((expected.events.high - expected.events.low) / expected.events.total)
    assert sum(within) >= 0.9 * len(within)
    assert max(wide) < 0.7  # otherwise the test would be trivial


@pytest.mark.slow
@pytest.mark.parametrize(
    "model", [hesitant(count=20, ticks=200), purses(15).resized(ticks=DAY)], ids=lambda it: it.name
)
def test_of_a_hundred_runs_about_ninety_five_are_within_the_range(model):
    """Of 100 runs with probability 0.95 each, fewer than 87 are within with probability 1 in 2,000; seeds are fixed."""
    expected, walk = forecast(program_of(model)), SingleWalk(program_of(model))
    everybody, within = np.arange(model.subjects.count), 0
    for seed in range(1000, 1100):
        walk.reseeded(seed)
        draws = walk.draws(everybody)
        total = sum(sum(walk.walked(it, own, 1e9).events) for it, own in zip(everybody.tolist(), draws, strict=True))
        within += expected.events.low <= total <= expected.events.high
    assert within >= 87


def test_if_rejections_change_no_state_attempts_are_exact():
    free, expected = algebraic_forecast(hesitant("pass").spec), forecast(program_of(hesitant()))
    look, go, come = expected.transitions
    assert [it.events.total for it in (go, come)] == [it.events.total for it in free.transitions[1:]]
    assert look.events.total == pytest.approx(free.transitions[0].events.total * (1 - look.rejected))
    assert look.rejected == pytest.approx(0.75, abs=0.02)
    assert expected.sampled.gives == "rejected"
    assert [it.share for it in expected.states] == [it.share for it in free.states]
    assert expected.states[0].dwell == pytest.approx(1 / (0.1 * 0.25 + 0.05), rel=0.05)
    assert look.events.long_run == pytest.approx(200 * 2 / 3 * 0.1 * 0.25, rel=0.05)


def test_without_rejections_the_counts_are_algebraic():
    exact, expected = algebraic_forecast(hesitant("pass").spec), forecast(program_of(hesitant("pass")))
    assert [it.events.total for it in expected.transitions] == [it.events.total for it in exact.transitions]
    assert expected.states == exact.states
    assert expected.sampled.gives == "intervals"
    assert forecast(program_of(hesitant("pass")), intervals=False) == exact


def test_states_come_from_the_sample():
    idle, wait = forecast(program_of(waiting(300))).states
    assert wait.stay == pytest.approx(55, rel=0.05)  # 20 to 89 minutes, and the successful attempt
    assert wait.dwell == wait.stay
    assert idle.visits - wait.visits == pytest.approx(1, abs=0.1)
    assert idle.share + wait.share == pytest.approx(1)


def test_an_unlimited_run_is_reported_per_hour():
    free = forecast(program_of(replace(waiting(300), clock=Clock(0, 60_000, ENDLESS))))
    assert free.events.total is None
    assert free.streams[0].records.per_run_or_hour == pytest.approx(300 * 60 / (2000 + 55), rel=0.1)
    assert free.streams[0].records.low < free.streams[0].records.per_run_or_hour < free.streams[0].records.high


def test_a_sample_of_an_unlimited_run_stays_within_valid_years():
    endless = replace(hesitant(), clock=Clock(0, 10**12, ENDLESS))
    assert forecast(program_of(endless)).sampled.ticks == 253


def test_if_even_one_subject_is_too_expensive_there_is_no_range():
    expected = forecast(program_of(few_for_long().resized(ticks=10_000 * DAY)))
    assert (expected.sampled.complete, expected.events.low, expected.events.high) == (False, None, None)
    assert expected.streams[0].records.total > 1_000_000


def test_an_event_that_never_happened_in_the_sample_may_happen_in_the_run():
    model = hesitant("require(index == 3 and random() < 0.001)", count=20_000, ticks=50)
    records = forecast(program_of(model)).streams[0].records
    assert records.total == 0
    assert 0 < records.high < 20_000


def test_an_impossible_event_is_exactly_0():
    model = purses(300)
    exits = [*model.transitions, Transition("fly", "home", "gone", 0, emit="visits")]
    fly = forecast(program_of(replace(model, transitions=exits))).transitions[-1].events
    assert (fly.total, fly.low, fly.high) == (0, 0, 0)


def test_a_run_without_ticks_produces_nothing():
    expected = forecast(program_of(purses(300).resized(ticks=0)))
    assert (expected.events.total, expected.events.low) == (0, None)
