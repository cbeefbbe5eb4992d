from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.run.pacing.lag import LONGEST, SHORTEST, LagAlert, LagHistogram, Seen
from doge_datagen.run.pacing.pace import Pace

lags = st.lists(st.floats(0, LONGEST) | st.floats(0, 1) | st.floats(0, 0.01), min_size=1, max_size=200)


def kept(values):
    record = LagHistogram()
    for value in values:
        record.add(value)
    return record


@given(lags, st.sampled_from([0.5, 0.99, 1.0, 0.01]) | st.integers(1, 100).map(lambda it: it / 100))
def test_a_quantile_is_at_most_five_percent_off_and_zero_below_a_millisecond(values, share):
    exact = sorted(values)[ceil(share * len(values) - 1e-9) - 1]
    quantile = kept(values).quantile(share)
    assert quantile == 0 if exact < SHORTEST else abs(quantile - exact) <= 0.05 * exact


@given(lags)
def test_the_maximum_is_exact_and_no_quantile_exceeds_it(values):
    record = kept(values)
    assert record.longest == max(values)
    assert record.quantile(0.5) <= record.quantile(0.99) <= record.longest


@given(lags)
def test_the_order_does_not_matter(values):
    assert kept(values).quantile(0.5) == kept(sorted(values)).quantile(0.5)


def test_without_values_there_is_no_quantile_and_no_maximum():
    assert (LagHistogram().quantile(0.5), LagHistogram().longest, LagHistogram().count) == (None, None, 0)


def test_values_above_ten_days_count_as_the_maximum():
    record = kept([2 * LONGEST, 3 * LONGEST, 1])
    assert record.quantile(0.66) == record.quantile(1) == 3 * LONGEST


def test_many_lags_need_no_more_memory_than_one():
    record = kept([1])
    room = len(record._buckets)
    for number in range(10_000):
        record.add(number)
    assert len(record._buckets) == room < 300
    assert record.count == 10_001


@pytest.mark.parametrize("edge", [SHORTEST, SHORTEST * 1.1, SHORTEST * 1.1**7, LONGEST])
def test_edges_of_buckets_are_within_the_error_too(edge):
    for value in (edge, edge * (1 - 1e-15), edge * (1 + 1e-15)):
        quantile = kept([value, LONGEST]).quantile(0.5)
        assert quantile == 0 if value < SHORTEST else quantile == pytest.approx(value, rel=0.05)


def messages(lates, text="5000/s"):
    """The reports after each second with the given lateness."""
    behind, lines = LagAlert(Pace.parse(text)), []
    for second, late in enumerate(lates):
        behind.record(Seen(second, second - late, late))
        lines.append(behind.message())
    return lines


def seconds(lines):
    return [second for second, line in enumerate(lines) if line]


def test_a_lag_of_a_second_is_never_reported():
    assert seconds(messages([1.0] * 60)) == []


def test_a_growing_lag_is_reported_once_after_five_seconds():
    assert seconds(messages([0, *range(1, 60)])) == [7]  # two seconds late at 2, which is the first above one


def test_a_constant_lag_is_reported():
    assert seconds(messages([0, *[30.0] * 20])) == [6]


def test_a_lag_that_is_caught_up_is_not_reported():
    assert seconds(messages([0, *range(30, 0, -1), 0, 0])) == []


def test_a_lag_that_stops_shrinking_is_reported_five_seconds_after_its_minimum():
    assert seconds(messages([30, 20, 10, 10.5, 11, 12, 13, 14, 15, 16])) == [7]


def test_a_lag_is_reported_again_only_after_a_recovery():
    assert seconds(messages([*[5.0] * 10, 2.0, *[5.0] * 10, 0.5, *[5.0] * 10])) == [5, 27]


def test_the_actual_speed_counts_whole_windows_even_if_their_pieces_arrive_together():
    """A window of three pieces, each scheduled to take a second, every 6 seconds."""
    behind, lines = LagAlert(Pace.parse("5000/s")), []
    for window in range(4):
        for piece in range(3):
            now, done = 6.0 * window + 0.01 * piece, 3.0 * window + piece
            behind.record(Seen(now, done, now - done))
            lines.append(behind.message())
    assert list(filter(None, lines)) == ["6.0 s behind schedule: asked for 5,000 records/s, the run reaches 2,500/s"]


@pytest.mark.parametrize(
    ("pace", "sentence"),
    [
        ("5000/s", "2.8 s behind schedule: asked for 5,000 records/s, the run reaches 3,500/s"),
        ("5_000 trx/s", "2.8 s behind schedule: asked for 5,000 trx/s, the run reaches 3,500/s"),
        ("0.5/s", "2.8 s behind schedule: asked for 0.5 records/s, the run reaches 0.35/s"),
        ("60x", "2.8 s behind schedule: asked for 60x, the run reaches 42x"),
        ("realtime", "2.8 s behind schedule: asked for realtime, the run reaches 0.7x"),
    ],
)
def test_the_message_has_the_requested_and_the_actual_pace(pace, sentence):
    assert list(filter(None, messages([0, 0, 0, 0, *(1 + 0.3 * late for late in range(10))], pace))) == [sentence]
