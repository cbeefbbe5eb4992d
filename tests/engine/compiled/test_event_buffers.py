"""The distribution of subjects to threads."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.engine.compiled.event_buffers import ranges_of


@given(st.integers(1, 10_000), st.integers(1, 70))
def test_ranges_are_contiguous_and_contain_each_subject_once(subjects, workers):
    ranges = ranges_of(subjects, workers)
    assert [it.number for it in ranges] == list(range(len(ranges)))
    assert (ranges[0].first, ranges[-1].last) == (0, subjects)
    assert all(before.last == after.first for before, after in pairwise(ranges))
    assert all(it.first < it.last for it in ranges)


@pytest.mark.parametrize("workers", [2, 3, 16])
def test_ranges_become_smaller_up_to_a_sixteenth_of_a_share(workers):
    share = 1_000_000 // workers
    sizes = [it.last - it.first for it in ranges_of(1_000_000, workers)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == share // 2
    assert sizes[-1] <= sizes[-2] == share // 16
    assert len(sizes) <= 12 * workers


def test_one_worker_has_one_range():
    assert len(ranges_of(1_000_000, 1)) == 1
