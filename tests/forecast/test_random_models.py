"""The range of a forecast contains the actual count: a subset of the models of ``benchmarks.forecast_intervals``."""

import pytest

from doge_datagen.forecast.forecast import forecast
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.simulation.windows import windows
from tests.forecast.random_models import random_model

SMALL = (1, 3, 6, 7, 9, 10, 12, 14, 16, 18)
NEEDED = 9
"""Of ten ranges that 95 of 100 runs are in, at least nine have the count of a run with probability 0.91; seeds are
fixed."""


def is_within(number: int) -> bool:
    model = random_model(number)
    expected = forecast(model.program, cost=60_000).events
    with windows(model.program, RunConfig(engine="interpreted"), seed=2026) as simulated:
        result = sum(window.events_in_all for window in simulated)
    return expected.low <= result <= expected.high


@pytest.mark.slow
def test_the_range_of_a_forecast_contains_the_actual_count():
    assert sum(map(is_within, SMALL)) >= NEEDED
