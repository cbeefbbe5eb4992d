"""The forecast of spawned populations: their size and their events."""

from dataclasses import replace

import numpy as np
import pytest

from doge_datagen import Model
from doge_datagen.forecast import as_json_values, comparison, text
from doge_datagen.forecast.forecast import forecast
from doge_datagen.model import ENDLESS, Born, Clock, Lines, Population, Spawn, Stream, Transition
from doge_datagen.run.simulation.engine_choice import make_engine
from tests.spawned import CUSTOMER, DAY, ORDER, PARCEL, shop

SHOP = shop(days=3, everything=True)
SEEDS = range(100, 120)


@pytest.fixture(scope="module")
def expected():
    return forecast(SHOP.program, cost=400_000)


@pytest.fixture(scope="module")
def counts():
    """The number of records per stream with each of the seeds."""
    result: dict[str, list[int]] = {name: [0] * len(SEEDS) for name in SHOP.streams}
    for number, seed in enumerate(SEEDS):
        engine = make_engine(SHOP.program, seed, engine="interpreted")
        while engine.tick < SHOP.clock.ticks:
            for name, batch in engine.window(SHOP.clock.ticks).batches:
                result[name][number] += len(batch)
    return {name: np.array(it) for name, it in result.items()}


@pytest.mark.slow
def test_real_runs_are_within_the_ranges_as_often_as_stated(counts, expected):
    """At least 86 of 100 instead of 95: fewer would have a probability below 1 in 1,000 for 80 counts."""
    inside = [it.records.low <= n <= it.records.high for it in expected.streams for n in counts[it.name]]
    assert len(inside) == 80
    assert sum(inside) >= 69


def test_the_mean_of_real_runs_is_the_expected_one(counts, expected):
    """Within 3.3 standard errors of the mean of 20 runs, and the error of the sample, which is smaller."""
    for it in expected.streams:
        error = counts[it.name].std(ddof=1) / len(SEEDS) ** 0.5
        assert abs(counts[it.name].mean() - it.records.total) < 3.3 * 1.5 * error


def test_subjects_are_counted_by_origin(expected):
    customer, order, parcel = expected.populations
    assert (customer.subjects, customer.spawned) == (CUSTOMER.count, None)
    assert order.spawned == pytest.approx(order.subjects, abs=1)
    assert 0 < parcel.spawned < 2 * order.spawned
    assert comparison(expected)[0].startswith("30 subjects, ")
    assert " spawned x 3 days: about " in comparison(expected)[0]


def test_the_text_describes_the_sample(expected):
    shown = text(expected)
    assert f"order: {expected.populations[1].subjects:,} subjects spawned" in shown
    assert "when spawned" in shown
    assert "subjects of customer over the whole run" in " ".join(shown.split())


def test_the_json_has_the_number_of_spawned_subjects(expected):
    actual = as_json_values(expected)
    assert actual["spawned"] == pytest.approx(sum(it["spawned"] or 0 for it in actual["populations"].values()))
    assert actual["spawned_per_hour"] == pytest.approx(actual["spawned"] / 72, rel=0.01)


def test_an_unlimited_run_is_forecast_per_hour():
    endless = replace(SHOP, clock=replace(SHOP.clock, ticks=ENDLESS))
    (_, order, _) = forecast(endless.program, cost=20_000).populations
    assert order.spawned_per_hour == pytest.approx(30 * 2 / 24, rel=0.2)


def test_internal_records_of_births_are_not_a_stream_in_the_forecast():
    buy = CUSTOMER.transitions[0]
    spawn = [replace(buy.spawn[0], each="lines", times=1)]
    basket = replace(buy, lines=Lines("randint(0, 4)", {"price": "1.0"}), spawn=spawn)
    several = forecast(shop(replace(CUSTOMER, transitions=[basket]), ORDER, PARCEL, days=1).program, cost=20_000)
    assert "0born" not in text(several)


PROLIFIC = Population("shop", 2, states=["open"], initial="open")
SOLD = Population("order", born=Born(emit="orders"), states={"new": "final"}, initial="new")


def prolific(**changes):
    """A model of shops that spawn many orders."""
    sell = Transition("sell", "open", rate="20000/d", spawn=Spawn("order"))
    populations = [replace(PROLIFIC, **{"transitions": [sell], **changes}), SOLD]
    return Model("many", populations=populations, streams={"orders": Stream({"n": "index"})}, clock=Clock(0, 1, DAY))


@pytest.mark.slow
def test_all_children_of_one_subject_are_counted_however_many():
    sell = Transition("sell", "open", after="1 h", spawn=Spawn("order", times=21_000))
    _, order = forecast(prolific(count=1, transitions=[sell]).program).populations
    assert order.sampled.complete
    assert order.spawned == order.streams[0].records.total == 21_000


def test_if_one_root_exhausts_the_budget_a_shorter_time_estimates_the_number_of_children():
    """Within 30 %: the sample has at least 200 spawning events, so this is four standard errors."""
    expected = forecast(prolific().program, cost=3000)
    _, order = expected.populations
    assert not order.sampled.complete
    assert order.spawned == pytest.approx(40_000, rel=0.3)
    assert order.streams[0].records.total == pytest.approx(40_000, rel=0.3)
    assert order.states[0].visits == pytest.approx(1)
    assert "would take too long" in text(expected)
