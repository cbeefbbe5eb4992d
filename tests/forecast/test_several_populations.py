"""The forecast of several populations: one for each, and sums for the streams."""

from dataclasses import replace

import pytest

from doge_datagen import Rhythm, Transition
from doge_datagen.errors import CalculationError
from doge_datagen.forecast import as_json_values, comparison, text, warnings_about
from doge_datagen.forecast.forecast import forecast
from tests.populations import GUEST, MINUTE, PER_TICK, SHOP, USER, market, tables

MARKET = market(USER, SHOP, GUEST)
EXPECTED = forecast(MARKET.program, cost=20_000)


def test_the_forecast_of_each_population_is_the_same_as_alone():
    alone = forecast(market(PER_TICK).program, cost=10_000)
    (own, _) = forecast(market(PER_TICK, USER).program, cost=20_000).populations
    assert own == replace(alone, model=own.model)


def test_the_records_of_a_stream_are_the_sum_over_its_populations():
    visits, sales = EXPECTED.streams
    parts = [it.records for one in EXPECTED.populations for it in one.streams if it.name == "visits"]
    assert len(parts) == 3
    assert visits.records.total == pytest.approx(sum(it.total for it in parts))
    assert visits.records.per_second == pytest.approx(sum(it.per_second for it in parts))
    assert visits.fed_by == ("user.come", "user.buy", "shop.open", "shop.close", "guest.leave", "guest.arrive")
    assert sales.fed_by == ("user.buy",)


def test_a_run_is_within_the_ranges():
    actual = tables(MARKET, engine="interpreted")
    for it in EXPECTED.streams:
        middle, width = (it.records.low + it.records.high) / 2, it.records.high - it.records.low
        assert abs(actual[it.name].num_rows - middle) < width


def test_the_text_has_a_part_for_each_population_and_one_table_of_streams():
    shown = text(EXPECTED)
    assert [line for line in shown.splitlines() if ": " in line and line.endswith("arriving")][-1].startswith(
        "guest: 3"
    )
    assert "\nuser: 40 subjects\nstate " in shown
    assert "\nshop: 7 subjects\nstate " in shown
    assert shown.count("\nstream ") == 1
    assert len(comparison(EXPECTED)) == 1


def test_the_json_has_all_populations_and_their_sums():
    actual = as_json_values(EXPECTED)
    assert list(actual["populations"]) == ["user", "shop", "guest"]
    assert [it["name"] for it in actual["states"]][:3] == ["user.away", "user.here", "shop.closed"]
    assert actual["populations"]["shop"]["states"][0]["name"] == "closed"
    assert "populations" not in as_json_values(forecast(market(USER).program, cost=1000))


def test_warnings_are_reported_with_their_population():
    lonely = replace(SHOP, states=["closed", "open", "sold"])
    actual = warnings_about(forecast(market(USER, lonely).program, cost=1000))
    assert [it.partition(":")[0] for it in actual] == ["populations.shop.states.sold"]


def test_a_stream_is_unfed_only_if_no_population_can_feed_it():
    never = replace(SHOP, transitions=[Transition("open", "open", "open", rate="1/d", emit="visits")])
    assert not [
        it for it in warnings_about(forecast(market(USER, never).program, cost=1000)) if it.startswith("streams")
    ]


def test_a_fault_is_reported_with_its_population():
    transition = Transition("open", "closed", "open", after="1 min", do="balance = 1 // balance", emit="visits")
    with pytest.raises(CalculationError) as caught:
        forecast(market(USER, replace(SHOP, transitions=[transition])).program, cost=1000)
    assert caught.value.dotted_path == "populations.shop.transitions.open"
    assert caught.value.timestamp == MINUTE


def test_the_hours_of_the_week_are_sums_over_populations():
    rhythm = {"day": Rhythm(hours={6: 0, 12: 2, 18: 0})}
    exits = [replace(it, rhythm="day") if it.trigger == "open" else it for it in SHOP.transitions]
    model = market(PER_TICK, replace(SHOP, transitions=exits), GUEST, ticks=20_160, rhythms=rhythm)
    actual = forecast(model.program, cost=20_000)
    (week,) = (it for it in actual.weeks if it.name == "visits")
    robot, shop, guest = actual.populations
    parts = [next(it.records for it in of.weeks if it.name == "visits") for of in (shop, guest)]
    evenly = 3600 * robot.streams[0].records.per_second
    assert week.records == pytest.approx([one + other + evenly for one, other in zip(*parts, strict=True)])
    assert not robot.weeks
