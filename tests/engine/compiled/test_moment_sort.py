"""The events of a window sorted by moment and subject, compiled and interpreted."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.engine.compiled import moment_sort
from doge_datagen.engine.compiled.moment_sort import INSERTED_AT_MOST, MomentSort, recount

EVENTS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 2**32 - 1), st.integers(0, 9)), max_size=40)


@pytest.fixture(params=["compiled", "plain"], autouse=True, scope="module")
def kind(request):
    """The functions, compiled or interpreted; module-scoped, so that they can be used with Hypothesis."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            for name in ("put_keys", "settle", "insert"):
                patch.setattr(moment_sort, name, getattr(moment_sort, name).py_func)
        yield request.param


def sorted_by_moment(ranges, takers, shift, dice):
    """Sorted events of ranges that are each processed by one of several threads; pages come in any order."""
    pages = []
    for thread in range(max(takers) + 1):
        taken = [number for number, taker in enumerate(takers) if taker == thread]
        events = [event for number in taken for event in ranges[number]]
        ends = np.cumsum([len(ranges[number]) for number in taken], dtype="int64")
        types = ("int32", "uint32", "int64")
        columns = [np.array([event[it] for event in events], dtype) for it, dtype in enumerate(types)]
        pages.append((columns, np.array(taken, "int64"), ends))
    tallies = np.zeros((len(ranges), -(-100 >> shift)), "uint32")
    recount(pages, shift, tallies)
    order = MomentSort(pages, tallies, shift)
    for step in order.steps:
        for number in dice.sample(range(order.pages), order.pages):
            step(number)
    return order


@given(
    st.lists(EVENTS, min_size=1, max_size=5), st.integers(1, 3), st.integers(0, 7), st.randoms(use_true_random=False)
)
def test_events_are_sorted_by_moment_and_subject(ranges, threads, shift, dice):
    order = sorted_by_moment(ranges, [dice.randrange(threads) for _ in ranges], shift, dice)
    expected = sorted((tick, subject) for events in ranges for tick, subject, _ in events)
    assert order.columns[0].tolist() == [subject for _, subject in expected]
    assert order.times(0, len(order), start=1000, tick=7).tolist() == [1000 + 7 * tick for tick, _ in expected]
    rows = zip(order.times(0, len(order), 0, 1).tolist(), *(column.tolist() for column in order.columns), strict=True)
    assert sorted(rows) == sorted(event for events in ranges for event in events)


@pytest.mark.parametrize("seed", range(5))
def test_a_crowded_bucket_is_sorted_too(seed):
    dice = Random(seed)
    events = [(dice.randrange(3), dice.randrange(2**32), number) for number in range(2 * INSERTED_AT_MOST)]
    order = sorted_by_moment([events], [0], 7, dice)
    assert order.columns[1].tolist() == [number for *_, number in sorted(events)]
