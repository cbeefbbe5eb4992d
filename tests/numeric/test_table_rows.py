"""Draws of subjects that have arrived: exact bounds, and equal probability for all candidates."""

import numpy as np
import pytest
from scipy import stats

from doge_datagen.draws import philox
from doge_datagen.numeric.calendar import FAR
from doge_datagen.numeric.faults import NOBODY, OVERFLOW
from doge_datagen.numeric.table_rows import (
    arrived_before,
    draw_arrived,
    draw_other_arrived,
    first_recent,
    unless_nobody,
)

SIGNIFICANCE = 0.001
MOMENTS = [0, 0, 0, 4, 4, 9, 15, 15, 15, 30, FAR]
ALL = FAR


def drawn(draw, *among, times=6000):
    words = philox((7, 0), [np.arange(times, dtype=np.uint64), *(np.zeros(times, np.uint64) for _ in range(3))])
    fault = [0]
    actual = [draw(fault, *block, *among) for block in zip(*(it.tolist() for it in words), strict=True)]
    assert fault == [0]
    return np.array(actual)


@pytest.mark.parametrize("now", range(33))
def test_subjects_have_arrived_if_their_moment_is_earlier(now):
    assert arrived_before(MOMENTS, now, 3) == max(3, sum(it < now for it in MOMENTS))


@pytest.mark.parametrize("now", [0, 1, 4, 5, 16, 40])
@pytest.mark.parametrize("most", [1, 2, 5, ALL])
@pytest.mark.parametrize("span", [0, 1, 6, 25, ALL])
def test_recent_selects_the_last_n_or_those_within_a_duration(now, most, span):
    count = arrived_before(MOMENTS, now, 3)
    among = [it for it in range(count) if MOMENTS[it] >= now - span][-most:]
    assert list(range(first_recent(MOMENTS, now, count, most, span), count)) == among


@pytest.mark.parametrize(("most", "span"), [(0, ALL), (-(2**63), ALL), (ALL, -1), (ALL, -(2**63))])
def test_zero_number_or_duration_selects_none(most, span):
    fault = [0]
    assert draw_arrived(fault, 1, 2, 3, 4, MOMENTS, 40, 3, most, span) == 0
    assert fault == [NOBODY]


def test_all_are_drawn_with_equal_probability():
    assert stats.chisquare(np.bincount(drawn(draw_arrived, MOMENTS, 40, 3, ALL, ALL))).pvalue > SIGNIFICANCE
    assert stats.chisquare(np.bincount(drawn(draw_arrived, MOMENTS, 16, 3, 4, ALL) - 5)).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("others", [(0,), (9,), (3, 4), (9, 0, 5), (8, 7, 9, 6), (12, 3), tuple(range(8))])
def test_others_are_drawn_with_equal_probability_and_excluded_ones_never(others):
    counts = np.bincount(drawn(draw_other_arrived, others, MOMENTS, 40, 3, ALL, ALL), minlength=10)
    left = [it for it in range(10) if it not in others]
    assert counts[left].sum() == counts.sum() == 6000
    assert stats.chisquare(counts[left]).pvalue > SIGNIFICANCE


def test_excluded_subjects_that_are_not_recent_change_nothing():
    plain = drawn(draw_arrived, MOMENTS, 40, 3, 4, ALL, times=100)
    assert np.array_equal(drawn(draw_other_arrived, (0, 5), MOMENTS, 40, 3, 4, ALL, times=100), plain)


@pytest.mark.parametrize("others", [(0, 1, 2), (2, 0, 1, 7)])
def test_excluding_all_leaves_none(others):
    fault = [0]
    draw_other_arrived(fault, 1, 2, 3, 4, others, MOMENTS, 0, 3, ALL, ALL)
    assert fault == [NOBODY]


def test_only_an_empty_selection_rejects():
    for code, happens, expected in [(0, True, True), (0, False, False), (NOBODY, True, False), (OVERFLOW, True, True)]:
        fault = [code]
        assert unless_nobody(fault, happens) == expected
        assert fault == [0 if code == NOBODY else code]
