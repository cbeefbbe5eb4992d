"""Rhythms are drawn hour by hour over a plain week, and so are the records that they lead to."""

from doge_datagen.forecast.rhythm_charts import BARS, PLAIN_BARS, bars_for, chart, chart_of_records, sparkline
from doge_datagen.forecast.values import ExpectedRhythm, ExpectedWeek


def test_a_bar_is_as_high_as_its_value():
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


def test_the_records_of_all_streams_are_drawn_together_and_days_that_do_not_come_are_left_out():
    day = [1.0] * 12 + [3.0] * 12
    weeks = [ExpectedWeek(name, "UTC", (*day, *[None] * 144)) for name in ("a", "b")]
    assert list(chart_of_records(weeks)) == [
        "records per hour, all streams (UTC): 2 to 6",
        f"  mon  {'▃' * 12}{'█' * 12}  4",
    ]
    assert next(chart_of_records(weeks[:1])) == "records per hour, a (UTC): 1 to 3"
