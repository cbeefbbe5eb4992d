from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.run.pacing.lag_histogram import LONGEST, SHORTEST, LagHistogram

lags = st.lists(st.floats(0, LONGEST) | st.floats(0, 1) | st.floats(0, 0.01), min_size=1, max_size=200)


def kept(values):
    record = LagHistogram()
    for value in values:
        record.add(value)
    return record


@given(lags, st.sampled_from([0.5, 0.99, 1.0, 0.01]) | st.integers(1, 100).map(lambda it: it / 100))
def test_a_quantile_is_at_most_five_percent_off_and_zero_where_it_is_below_a_millisecond(values, share):
    exact = sorted(values)[ceil(share * len(values) - 1e-9) - 1]
    reported = kept(values).quantile(share)
    assert reported == 0 if exact < SHORTEST else abs(reported - exact) <= 0.05 * exact


@given(lags)
def test_the_longest_is_exact_and_no_quantile_is_above_it(values):
    record = kept(values)
    assert record.longest == max(values)
    assert record.quantile(0.5) <= record.quantile(0.99) <= record.longest


@given(lags)
def test_the_order_does_not_matter(values):
    assert kept(values).quantile(0.5) == kept(sorted(values)).quantile(0.5)


def test_nothing_has_no_quantile_and_no_longest():
    assert (LagHistogram().quantile(0.5), LagHistogram().longest, LagHistogram().count) == (None, None, 0)


def test_what_is_above_ten_days_counts_as_the_longest():
    record = kept([2 * LONGEST, 3 * LONGEST, 1])
    assert record.quantile(0.66) == record.quantile(1) == 3 * LONGEST


def test_many_lags_take_no_more_room_than_one():
    record = kept([1])
    room = len(record._buckets)
    for number in range(10_000):
        record.add(number)
    assert len(record._buckets) == room < 300
    assert record.count == 10_001


@pytest.mark.parametrize("edge", [SHORTEST, SHORTEST * 1.1, SHORTEST * 1.1**7, LONGEST])
def test_edges_of_buckets_are_within_the_error_too(edge):
    for value in (edge, edge * (1 - 1e-15), edge * (1 + 1e-15)):
        reported = kept([value, LONGEST]).quantile(0.5)
        assert reported == 0 if value < SHORTEST else reported == pytest.approx(value, rel=0.05)
