"""A rhythm over a plain week."""

from fractions import Fraction
from math import isclose

import pytest
from hypothesis import assume, given, settings

from doge_datagen.model import Rhythm
from doge_datagen.program.rhythms.week import mean_of_week, pieces_of_day, plain_week, point_of_day, weekday_of
from tests.rhythms import DAY, HOUR, is_valid, of_hour, rhythms


def at(rhythm, moment):
    (result,) = {piece.at(moment) for piece in pieces_of_day(rhythm) if piece.begin <= moment < piece.end}
    return result


@pytest.mark.parametrize(
    ("text", "hours"), [("0", 0), ("7", 7), ("7.5", 7.5), ("07:30", 7.5), ("24", 24), ("24:00", 24), (" 9 ", 9)]
)
def test_a_point_of_the_day_is_an_hour_or_a_time(text, hours):
    assert point_of_day(text) == hours * HOUR


@pytest.mark.parametrize("text", ["-1", "24.1", "24:01", "7:60", "noon", "", "7h", "1e1", "25"])
def test_nothing_else_is_a_point_of_the_day(text):
    with pytest.raises(ValueError, match="Hint: "):
        point_of_day(text)


def test_a_weekday_has_a_short_and_a_long_name():
    assert [weekday_of(name) for name in ("mon", "Sunday", "SAT", "day")] == [0, 6, 5, None]


def test_without_hours_every_hour_is_the_same():
    assert plain_week(Rhythm()) == [1.0] * 168


def test_lines_continue_across_midnight():
    rhythm = Rhythm(hours={6: 1, 18: 5})
    assert [at(rhythm, hour * HOUR) for hour in (0, 3, 6, 12, 18, 21)] == [3, 2, 1, 3, 5, 4]


def test_steps_last_until_the_next_point_and_across_midnight():
    rhythm = Rhythm(hours={6: 1, 18: 5}, steps=True)
    assert [at(rhythm, int(hour * HOUR)) for hour in (0, 5.9, 6, 12, 18, 23.9)] == [5, 5, 1, 1, 5, 5]


def test_a_factor_may_jump_at_midnight():
    pieces = pieces_of_day(Rhythm(hours={0: 1, 24: 3}))
    assert [(piece.left, piece.right) for piece in pieces] == [(1, 3)]


def test_a_single_point_applies_to_the_whole_day():
    assert {at(Rhythm(hours={"7:15": 4}), hour * HOUR) for hour in range(24)} == {4}


@settings(max_examples=25)
@given(rhythms())
def test_the_pieces_of_a_day_equal_the_definition(rhythm):
    pieces = pieces_of_day(rhythm, by_hour=True)
    assert [piece.begin for piece in pieces[1:]] == [piece.end for piece in pieces[:-1]]
    assert (pieces[0].begin, pieces[-1].end) == (0, DAY)
    for piece in pieces:
        middle = (piece.begin + piece.end) // 2
        assert isclose(piece.at(middle), of_hour(rhythm, middle), rel_tol=1e-9, abs_tol=1e-9)
        assert piece.begin // HOUR == (piece.end - 1) // HOUR


@settings(max_examples=25)
@given(rhythms())
def test_the_mean_of_the_hours_is_the_normalization(rhythm):
    assume(is_valid(rhythm))
    mean = sum(plain_week(rhythm)) / 168
    assert isclose(mean, 1.0 if rhythm.normalize else float(mean_of_week(rhythm)), rel_tol=1e-9)


def test_weekdays_multiply():
    week = plain_week(Rhythm(weekdays={"sat": 3, "sunday": 0}, normalize=False))
    assert [sum(week[day * 24 : day * 24 + 24]) / 24 for day in range(7)] == [1, 1, 1, 1, 1, 3, 0]


def test_a_mean_is_exact():
    assert mean_of_week(Rhythm(hours={9: 1, 17: 0}, steps=True, weekdays={"sat": 0, "sun": 0})) == Fraction(40, 168)


def test_two_days_blend_across_midnight():
    week = plain_week(Rhythm(weekdays={"sat": 0.5, "sun": 0.5}, blend="6 h", normalize=False))
    friday, saturday, monday = week[4 * 24 : 5 * 24], week[5 * 24 : 6 * 24], week[:24]
    assert friday[20:] == pytest.approx([1, 1 - 0.5 / 12, 1 - 1.5 / 12, 1 - 2.5 / 12])
    assert saturday[:4] == pytest.approx([1 - 3.5 / 12, 1 - 4.5 / 12, 1 - 5.5 / 12, 0.5])
    assert saturday[20:] == [0.5] * 4
    assert monday[:4] == pytest.approx([1 - 2.5 / 12, 1 - 1.5 / 12, 1 - 0.5 / 12, 1])


def test_a_blend_does_not_change_the_mean_of_a_normalized_week():
    rhythm = Rhythm(hours={0: 0.2, 9: 1, 20: 2}, weekdays={"sat": 3, "sun": 0}, blend="5 h")
    assert sum(plain_week(rhythm)) / 168 == pytest.approx(1.0)
