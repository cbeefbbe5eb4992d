"""The forecast as JSON, with all digits."""

import json

from doge_datagen.forecast import as_json_values, comparison, warnings_about
from doge_datagen.forecast.algebraic_forecast import algebraic_forecast
from doge_datagen.model import ENDLESS
from tests.engine.specs import spec_of

GAME = [("win", "play", "won", 4, "ends"), ("again", "play", "play", 46)]


def test_it_is_valid_json_even_with_infinite_values():
    actual = as_json_values(algebraic_forecast(spec_of(GAME, ticks=ENDLESS)))
    assert json.loads(json.dumps(actual, allow_nan=False)) == actual
    assert actual["ticks"] is actual["events"]["total"] is actual["states"][1]["dwell_ticks"] is None


def test_states_have_their_numbers():
    play, won = as_json_values(algebraic_forecast(spec_of(GAME, ticks=2)))["states"]
    assert play == {
        "name": "play",
        "reachable": True,
        "final": False,
        "dwell_ticks": 2,
        "dwell_ms": 120_000,
        "stay_ticks": 25,
        "stay_ms": 1_500_000,
        "long_run_share": 0,
        "visits": 1,
    }
    assert (won["final"], won["long_run_share"], round(won["visits"], 9)) == (True, 1, 0.0784)


def test_transitions_and_streams_have_their_counts():
    actual = as_json_values(algebraic_forecast(spec_of(GAME, count=100, ticks=2)))
    win, ends = actual["transitions"][0], actual["streams"][0]
    amounts = {name: number and round(number, 9) for name, number in win["events"].items()}
    assert amounts == {
        "total": 7.84,
        "per_tick": 3.92,
        "per_second": 0.065333333,
        "per_hour": 235.2,
        "long_run_per_tick": 0,
        "low": None,
        "high": None,
    }
    assert (win["emit"], win["may_be_rejected"], ends["fed_by"]) == (["ends"], False, ["win"])
    assert ends["records"] == win["events"]


def test_warnings_and_comparison_are_those_of_the_text():
    expected = algebraic_forecast(spec_of(GAME))
    actual = as_json_values(expected)
    assert actual["sample"] is None
    assert actual["warnings"] == list(warnings_about(expected))
    assert actual["comparison"] == list(comparison(expected))
