"""Years, months, days and hours are those of Python's datetime, before its first year and after its last, too."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doge_datagen.language.time.units import NEVER
from doge_datagen.numeric import calendar
from tests.engine.compiled_programs import assert_compiles_to_the_same

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PARTS = ("year", "month", "day", "hour", "minute", "second")
FUNCTIONS = [getattr(calendar, f"{name}_of") for name in (*PARTS, "weekday")]
FOUR_HUNDRED_YEARS = calendar.ERA * calendar.DAY
moments = st.datetimes(timezones=st.just(UTC)).map(lambda it: it.replace(microsecond=it.microsecond // 1000 * 1000))


def parts_of(timestamp):
    return [function(None, timestamp) for function in FUNCTIONS]


def timestamp_of(moment):
    return (moment - EPOCH) // timedelta(milliseconds=1)


@example(EPOCH)
@example(datetime(2000, 2, 29, 23, 59, 59, 999_000, UTC))
@example(datetime(1900, 3, 1, tzinfo=UTC))
@example(datetime(1, 1, 1, tzinfo=UTC))
@example(datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC))
@given(moments)
def test_parts_are_those_of_datetime(moment):
    wanted = [*(getattr(moment, name) for name in PARTS), moment.weekday()]
    assert parts_of(timestamp_of(moment)) == wanted


@pytest.mark.parametrize("year", [1896, 1900, 2000, 2023, 2024])
def test_every_day_of_a_year_follows_the_one_before(year):
    first = datetime(year, 1, 1, tzinfo=UTC)
    for days in range(366):
        moment = first + timedelta(days)
        assert parts_of(timestamp_of(moment))[:3] == [moment.year, moment.month, moment.day]


@given(st.integers(-(2**63), 2**63 - 1 - FOUR_HUNDRED_YEARS))
def test_four_hundred_years_later_all_but_the_year_is_the_same(timestamp):
    year, *others = parts_of(timestamp)
    assert parts_of(timestamp + FOUR_HUNDRED_YEARS) == [year + 400, *others]


@given(st.integers(-(2**62), 2**62), st.integers(-(2**62), 2**62))
def test_a_sum_beyond_the_year_9999_never_comes(timestamp, duration):
    is_before = timestamp < NEVER and timestamp + duration < NEVER
    assert calendar.shift([0], timestamp, duration) == (timestamp + duration if is_before else NEVER)


def test_compiled_sums_are_the_same():
    rng = np.random.default_rng(2)
    sides = (rng.integers(-(2**63), 2**63 - 1, 10_000) >> rng.integers(0, 60, 10_000) for _ in range(2))
    assert_compiles_to_the_same(calendar.shift, np.int64, *sides)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_compiled_parts_are_the_same(function):
    rng = np.random.default_rng(1)
    anywhere = rng.integers(-(2**63), 2**63 - 1, 10_000)
    assert_compiles_to_the_same(function, np.int64, np.concatenate([anywhere, anywhere // 2**20]))
