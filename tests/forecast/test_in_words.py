"""A run and its whole population are compared with the forecast in one line each."""

from doge_datagen.forecast import comparison
from doge_datagen.forecast.algebraic_forecast import algebraic_forecast
from doge_datagen.model import ENDLESS
from tests.engine.specs import spec_of

EVERY_TICK = [("go", "x", "y", 100, "trips", "all"), ("back", "y", "x", 100, "all")]


def test_the_run_and_the_population_have_a_line_each():
    assert comparison(algebraic_forecast(spec_of(EVERY_TICK, count=10, ticks=1000))) == (
        "10 subjects x 1,000 ticks: about 10 k events",
        "1,000,000 subjects: 60 M events per hour, trips 30 M, all 60 M",
    )


def test_the_population_is_the_same_whatever_the_number_of_subjects():
    one, many = (comparison(algebraic_forecast(spec_of(EVERY_TICK, count=count)))[1] for count in (1, 12_345))
    assert one == many


def test_an_unlimited_run_has_a_rate():
    assert comparison(algebraic_forecast(spec_of(EVERY_TICK, ticks=ENDLESS))) == (
        "1 subject without end: about 60 events per hour",
        "1,000,000 subjects: 60 M events per hour, trips 30 M, all 60 M",
    )


def test_a_run_without_ticks_is_reported_too():
    assert comparison(algebraic_forecast(spec_of(EVERY_TICK, ticks=0)))[0] == "1 subject x 0 ticks: about 0 events"
