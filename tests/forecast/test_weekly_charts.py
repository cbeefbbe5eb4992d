"""Charts of rhythms and of their records, hour by hour over a plain week.

Records per hour of the week agree with those of a run, and with the rhythm's formula.
"""

from __future__ import annotations

import numpy as np
import pytest

from doge_datagen import Arrival, Clock, Model, Population, Rhythm, Stream, Transition
from doge_datagen.forecast.forecast import forecast
from doge_datagen.forecast.values import ExpectedRhythm, ExpectedWeek
from doge_datagen.forecast.weekly_charts import BARS, PLAIN_BARS, bars_for, chart, chart_of_records, sparkline
from doge_datagen.model.clock import ENDLESS
from doge_datagen.program.rhythms.week import plain_week


def test_the_height_of_a_bar_is_its_value():
    assert sparkline([0, 0.001, 1, 2, 3, 4, 5, 6, 7, 8], 8) == " ▁▁▂▃▄▅▆▇█"


def test_a_chart_has_a_line_for_each_day_with_its_mean():
    week = ExpectedRhythm("office", "UTC", tuple(([0.0] * 9 + [1.0] * 8 + [0.0] * 7) * 5 + [0.0] * 48))
    head, *days = chart(week)
    assert head == "rhythm office, by the hour (UTC): 0 to 1"
    assert days[0] == f"  mon  {' ' * 9}{'█' * 8}{' ' * 7}  0.333"
    assert [day[:5] for day in days] == ["  mon", "  tue", "  wed", "  thu", "  fri", "  sat", "  sun"]
    assert days[6].split() == ["sun", "0"]


def test_an_encoding_without_blocks_gets_plain_characters():
    assert [bars_for(it) for it in ("utf-8", "cp437", "latin-1", "ascii", "unknown")] == [BARS, *[PLAIN_BARS] * 4]
    assert sparkline([0, 1, 4, 8], 8, PLAIN_BARS) == " .=@"
    assert PLAIN_BARS.isascii()


def test_the_records_of_all_streams_share_a_chart_without_days_outside_the_run():
    day = [1.0] * 12 + [3.0] * 12
    weeks = [ExpectedWeek(name, "UTC", (*day, *[None] * 144)) for name in ("a", "b")]
    assert list(chart_of_records(weeks)) == [
        "records per hour, all streams (UTC): 2 to 6",
        f"  mon  {'▃' * 12}{'█' * 12}  4",
    ]
    assert next(chart_of_records(weeks[:1])) == "records per hour, a (UTC): 1 to 3"


HOUR = 3_600_000
MONDAY = 1_767_571_200_000  # 2026-01-05
OFFICE = Rhythm("Europe/Warsaw", hours={"0": 0.2, "6": 0.2, "8": 1, "17": 1, "20": 0.2}, weekdays={"sun": 0.2})


def model(*, hours: int = 168, start: int = MONDAY, zone: str = "UTC", **people):
    go = Transition("go", "on", "on", rate="2/h", rhythm="office", emit="e")
    population = Population("user", **({"count": 200} | people))
    clock = Clock(start, 1, hours * HOUR if hours else ENDLESS)
    streams = {"e": Stream({"time": "timestamp"})}
    return Model("m", population, ["on"], "on", [go], streams, clock, rhythms={"office": OFFICE}, zone=zone)


def week(of: Model):
    (result,) = forecast(of.program, cost=300_000).weeks
    return result


@pytest.mark.slow
def test_the_records_of_each_hour_follow_the_rhythm():
    actual = week(model())
    assert actual.zone == "Europe/Warsaw"
    expected = 400 * np.array(plain_week(OFFICE))
    assert np.abs(np.array(actual.records) / expected - 1).mean() < 0.1
    assert sum(actual.records) == pytest.approx(400 * 168, rel=0.02)


def test_the_hours_sum_to_the_records_of_the_run():
    one = model(hours=24 * 10)
    expected = forecast(one.program, cost=100_000)
    (actual,) = expected.weeks
    times = np.array([2 if 0 <= hour - 1 < 72 else 1 for hour in range(168)])  # Monday starts at 23:00 UTC
    assert (np.array(actual.records) * times).sum() == pytest.approx(expected.streams[0].records.total, rel=1e-6)


def test_hours_outside_the_run_have_no_number():
    records = week(model(hours=5)).records
    assert [number for number, it in enumerate(records) if it is not None] == [1, 2, 3, 4, 5]


@pytest.mark.slow
def test_the_zone_of_the_model_comes_first():
    assert forecast(model(zone="Asia/Tokyo").program, cost=10_000).weeks[0].zone == "Asia/Tokyo"


@pytest.mark.slow
def test_an_unlimited_run_has_a_typical_week():
    actual = week(model(hours=0))
    assert sum(actual.records) == pytest.approx(400 * 168, rel=0.03)


def test_arrivals_are_counted_in_their_hour():
    people = {"count": None, "arrive": Arrival("100/h", rhythm="office", emit="e")}
    go = Transition("gone", "on", "off", rate="1/d")
    one = model(hours=168, **people)
    one = Model("m", one.subjects, ["on", "off"], "on", [go], one.streams, one.clock, rhythms=one.rhythms)
    actual = week(one)
    expected = 100 * np.array(plain_week(OFFICE))
    assert np.abs(np.array(actual.records) / expected - 1).mean() < 0.1


@pytest.mark.slow
def test_a_model_without_rhythms_has_no_week():
    go = Transition("go", "on", "on", rate="2/h", emit="e")
    one = Model("m", Population("user", 5), ["on"], "on", [go], {"e": Stream({"i": "index"})}, Clock(0, 1, HOUR))
    assert forecast(one.program, cost=10_000).weeks == ()
