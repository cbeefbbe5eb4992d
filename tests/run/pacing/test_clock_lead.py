"""How far ahead of the wall clock the records of a run are at most, by its pace."""

import pytest

from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.run.pacing.clock_lead import A_DAY, clock_lead
from doge_datagen.run.run_config import RunConfig

NOW = 1_800_000_000_000
HOUR = 3_600_000


def hours(start, how, count=10, first_tick=0):
    """With a tick for each second, and the last of them at the end."""
    clock = Clock(NOW + start * HOUR, 1000, ENDLESS if count is None else count * 3600 + 1)
    found = clock_lead(clock, how, first_tick, NOW)
    return None if found is None else found / HOUR


@pytest.mark.parametrize(("start", "ahead"), [(0, 10), (-4, 6), (-20, -10), (5, 15)])
def test_without_a_pace_all_of_it_comes_now(start, ahead):
    assert hours(start, RunConfig()) == ahead


@pytest.mark.parametrize(("pace", "ahead"), [("2x", 5), ("10x", 9), ("realtime", 0), ("0.5x", 0)])
def test_by_a_speed_the_clock_follows(pace, ahead):
    assert hours(0, RunConfig(pace=pace, start=NOW)) == ahead


def test_a_slow_run_is_furthest_ahead_where_it_begins():
    assert hours(3, RunConfig(pace="realtime", start=NOW + 3 * HOUR)) == 3


def test_what_is_there_already_does_not_take_any_time():
    assert hours(0, RunConfig(pace="2x", start=NOW), first_tick=3600) == 1 + 9 / 2


def test_by_a_rate_the_time_it_takes_is_not_known():
    assert hours(0, RunConfig(pace="5000/s")) == 10


@pytest.mark.parametrize("how", [RunConfig(pace="realtime"), RunConfig(pace="realtime", backfill=True)])
def test_event_time_that_is_the_wall_clock_is_not_ahead(how):
    assert hours(0, how) == 0


def test_of_a_run_without_an_end_the_first_day_counts():
    assert hours(0, RunConfig(pace="3x", start=NOW), None) == 2 * A_DAY / HOUR
    assert hours(0, RunConfig(pace="100/s"), None) is None
