"""Rhythms are drawn hour by hour over a plain week."""

from doge_datagen.forecast.rhythm_charts import chart, sparkline
from doge_datagen.forecast.values import ExpectedRhythm


def test_a_bar_is_as_high_as_its_value():
    assert sparkline([0, 0.001, 1, 2, 3, 4, 5, 6, 7, 8], 8) == " ▁▁▂▃▄▅▆▇█"


def test_a_chart_has_a_line_for_each_day_with_its_mean():
    week = ExpectedRhythm("office", "UTC", tuple(([0.0] * 9 + [1.0] * 8 + [0.0] * 7) * 5 + [0.0] * 48))
    head, *days = chart(week)
    assert head == "rhythm office, by the hour (UTC): 0 to 1"
    assert days[0] == f"  mon  {' ' * 9}{'█' * 8}{' ' * 7}  0.333"
    assert [day[:5] for day in days] == ["  mon", "  tue", "  wed", "  thu", "  fri", "  sat", "  sun"]
    assert days[6].split() == ["sun", "0"]
