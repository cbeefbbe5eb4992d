"""Numbers are formatted for people."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.number_format import amount, counted, duration, share


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0"),
        (1e-11, "1e-11"),
        (0.123456, "0.123"),
        (9.996, "10"),
        (39.4, "39"),
        (9_999.4, "9,999"),
        (10_000, "10 k"),
        (400_000, "400 k"),
        (999_999, "1 M"),
        (1_351_234, "1.35 M"),
        (2.5e9, "2.5 G"),
        (7e12, "7 T"),
    ],
)
def test_an_amount_has_three_significant_digits_and_a_unit(number, expected):
    assert amount(number) == expected


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (0, "0 ms"),
        (999.9, "1 s"),
        (59_990, "1 min"),
        (720_000, "12 min"),
        (3_599_999, "1 h"),
        (129_600_000, "1.5 days"),
        (31_557_600_000, "1 year"),
        (31_557_600_000e6, "1 M years"),
        (inf, "forever"),
    ],
)
def test_a_duration_is_shown_in_the_largest_unit_that_divides_it(milliseconds, expected):
    assert duration(milliseconds) == expected


@given(st.floats(1e-3, 1e15))
def test_a_formatted_amount_has_the_size_of_the_number(number):
    digits, _, letter = amount(number).replace(",", "").partition(" ")
    scale = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[letter]
    assert float(digits) * scale == pytest.approx(number, rel=0.051)


def test_a_share_is_in_percent():
    assert [share(0), share(1 / 3), share(1)] == ["0 %", "33.3 %", "100 %"]


def test_one_and_many_are_distinguished():
    assert [counted(1, "tick"), counted(2, "tick")] == ["1 tick", "2 ticks"]
