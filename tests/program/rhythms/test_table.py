"""The integral of a compiled rhythm equals that of its definition."""

from dataclasses import replace
from datetime import datetime
from math import isclose

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from doge_datagen.language.time.zones import zone_of
from doge_datagen.model import ENDLESS, Clock, Holidays, Period, Rhythm
from doge_datagen.numeric.timelines import elapsed
from doge_datagen.program.rhythms.seasons import moment
from doge_datagen.program.rhythms.table import rhythm_table
from doge_datagen.program.rhythms.week import plain_week
from tests.rhythms import DAY, EVENING, HOUR, MINUTE, OFFICE, START, columns, factor, is_valid, rhythms, slow_integral

CHANGES = {
    "Europe/Warsaw": ("2026-03-28", "2026-10-24"),
    "America/New_York": ("2026-03-07", "2026-10-31"),
    "Australia/Lord_Howe": ("2026-04-04", "2026-10-03"),
}
"""Daylight saving starts or ends two days before the middle of each of these."""


def at(text, zone="UTC"):
    return moment(datetime.fromisoformat(text), zone_of(zone))


@pytest.mark.slow
@settings(max_examples=15)
@given(rhythms(), st.integers(0, 360 * 24 * 60))
def test_the_integral_equals_that_of_the_definition(rhythm, minutes):
    assume(is_valid(rhythm))
    since = START + minutes * MINUTE
    actual = elapsed(columns(rhythm), since, since + 40 * HOUR)
    assert isclose(actual, slow_integral(rhythm, since, 40 * 60), rel_tol=1e-9, abs_tol=1e-2)


@pytest.mark.parametrize(("zone", "day"), [(zone, day) for zone, days in CHANGES.items() for day in days])
def test_the_integral_is_correct_on_days_of_daylight_saving(zone, day):
    for rhythm in (replace(EVENING, zone=zone), replace(OFFICE, zone=zone), Rhythm(zone, {"1:30": 9, "2:30": 1})):
        since = at(day, zone)
        actual = elapsed(columns(rhythm), since, since + 3 * DAY)
        assert isclose(actual, slow_integral(rhythm, since, 3 * 24 * 60), rel_tol=1e-12)


@pytest.mark.slow
@settings(max_examples=15)
@given(rhythms(most_periods=3), st.integers(0, 360 * 24 * 60))
def test_periods_multiply(rhythm, minutes):
    assume(is_valid(rhythm))
    since = START + minutes * MINUTE
    actual = elapsed(columns(rhythm), since, since + 30 * HOUR)
    # Ramps are evaluated at knots, so their product with another changing factor is only approximately linear.
    assert isclose(actual, slow_integral(rhythm, since, 30 * 60), rel_tol=2e-2, abs_tol=HOUR / 10)


def test_a_period_ends_before_its_end_and_is_local():
    rhythm = Rhythm("America/New_York", periods=[Period("sale", "2026-07-03", "2026-07-05 12:00", 4)])
    first, last = at("2026-07-03T04:00"), at("2026-07-05T16:00")
    table = columns(rhythm)
    assert elapsed(table, first - HOUR, first + HOUR) == 5 * HOUR
    assert elapsed(table, last - HOUR, last + HOUR) == 5 * HOUR


def test_overlapping_periods_multiply():
    rhythm = Rhythm(periods=[Period("a", "2026-02-01", "2026-02-03", 4), Period("b", "2026-02-02", "2026-02-04", 0.5)])
    of_days = [elapsed(columns(rhythm), START + day * DAY, START + (day + 1) * DAY) / DAY for day in range(30, 35)]
    assert of_days == [1, 4, 2, 0.5, 1]


def test_periods_with_huge_factors_multiply():
    huge = [Period(name, "2026-02-01", "2026-02-20", 1e6) for name in "abc"]
    short, long = (rhythm_table(Rhythm(periods=huge), Clock(START, 1, days * DAY)) for days in (31, 60))
    assert isclose(elapsed(columns(Rhythm(periods=huge)), START, START + 60 * DAY), 19e18 * DAY, rel_tol=1e-9)
    assert (np.diff(long.sums) >= 0).all()
    shared = int(np.searchsorted(short.times, START + 31 * DAY))
    assert np.array_equal(short.sums[:shared], long.sums[:shared])


@pytest.mark.parametrize(("hold", "after"), [(False, 1), (True, 3)])
def test_a_ramp_returns_to_1_unless_it_is_held(hold, after):
    ramp = Period("more", "2026-02-01", "2026-02-11", ramp=(1, 3), hold=hold)
    table = columns(Rhythm(periods=[ramp]))
    begin = at("2026-02-01")
    assert elapsed(table, begin - DAY, begin) == DAY
    assert isclose(elapsed(table, begin, begin + 10 * DAY), 20 * DAY, rel_tol=1e-12)
    assert elapsed(table, begin + 10 * DAY, begin + 11 * DAY) == after * DAY


def test_growth_compounds_from_the_start_of_the_run():
    table = columns(Rhythm(growth="10 %/week"))
    of_minutes = [elapsed(table, START + week * 7 * DAY, START + week * 7 * DAY + MINUTE) for week in range(5)]
    assert np.allclose(of_minutes, MINUTE * 1.1 ** np.arange(5), rtol=1e-5)
    weeks = elapsed(table, START, START + 28 * DAY) / (7 * DAY)
    assert isclose(weeks, (1.1**4 - 1) / np.log(1.1), rel_tol=1e-6)


def test_holidays_replace_the_factor_of_the_weekday():
    rhythm = Rhythm("Europe/Warsaw", weekdays={"mon": 2}, holidays=Holidays("PL", 0.5), normalize=False)
    table = columns(rhythm)
    easter_monday, monday = at("2026-04-06", rhythm.zone), at("2026-04-13", rhythm.zone)
    assert elapsed(table, easter_monday, easter_monday + DAY) == 0.5 * DAY
    assert elapsed(table, monday, monday + DAY) == 2 * DAY


@settings(max_examples=15)
@given(rhythms())
def test_the_mean_over_a_plain_week_is_1(rhythm):
    assume(is_valid(rhythm))
    table = columns(replace(rhythm, zone="UTC", normalize=True))
    assert isclose(elapsed(table, START, START + 7 * DAY), 7 * DAY, rel_tol=1e-12)


def test_a_rhythm_does_not_depend_on_the_end_of_the_run():
    rhythm = replace(
        EVENING, growth="3 %/week", periods=[Period("x", "2026-03-01", "2026-03-09", ramp=(1, 4), hold=True)]
    )
    long = rhythm_table(rhythm, Clock(START, 1, ENDLESS))
    for days in (1, 30, 60.3, 86.99, 87, 200):
        short = rhythm_table(rhythm, Clock(START, 1, int(days * DAY)))
        shared = int(np.searchsorted(short.times, START + days * DAY))
        assert shared > 10
        for name in ("times", "levels", "slopes", "sums"):
            assert np.array_equal(getattr(short, name)[:shared], getattr(long, name)[:shared]), (name, days)


def test_the_time_before_and_after_has_the_mean_factor():
    table = columns(EVENING)
    assert isclose(elapsed(table, START - 3000 * DAY, START - 2000 * DAY), 1000 * DAY, rel_tol=1e-6)
    assert isclose(elapsed(table, START + 5000 * DAY, START + 6000 * DAY), 1000 * DAY, rel_tol=1e-6)


@pytest.mark.parametrize("start", ["0001-01-01", "9999-12-30"])
def test_a_run_may_start_and_end_at_the_limits_of_timestamps(start):
    table = rhythm_table(EVENING, Clock(at(start), 1, DAY))
    assert np.all(np.diff(table.times) > 0)
    assert np.all(np.isfinite(table.sums))


def test_the_slow_factor_of_the_tests_is_correct():
    noon, evening = at("2026-01-05T11:00"), at("2026-01-05T19:00")
    assert isclose(factor(EVENING, noon), 1.0)
    assert isclose(factor(EVENING, evening), 2.2)


def test_the_factor_of_blended_days_has_no_jumps_and_equals_that_of_the_plain_week():
    rhythm = Rhythm("Europe/Warsaw", hours={"0": 0.5, "12": 1.5}, weekdays={"sat": 0.5, "sun": 0.2}, blend="6 h")
    start = 1_767_571_200_000  # 2026-01-05, a Monday
    table = rhythm_table(rhythm, Clock(start, 1, 14 * DAY))
    first, last = np.searchsorted(table.times, [start, start + 14 * DAY])  # without a change of daylight saving
    ends = (table.levels[:-1] + table.slopes[:-1] * np.diff(table.times))[first:last]
    assert np.allclose(ends, table.levels[first + 1 : last + 1], rtol=1e-12)
    midnight = start - 3_600_000
    hours = midnight + 3_600_000 * np.arange(169)
    piece = np.searchsorted(table.times, hours, "right") - 1
    since = hours - table.times[piece]
    sums = table.sums[piece] + table.levels[piece] * since + table.slopes[piece] * since * since / 2
    assert np.allclose(np.diff(sums) / 3_600_000, plain_week(rhythm), rtol=1e-9)
