"""The events of a window sorted by time, compiled and interpreted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.engine.compiled import counting_sort as order
from doge_datagen.engine.compiled.counting_sort import CountingSort


@pytest.fixture(params=["compiled", "plain"], autouse=True, scope="module")
def kind(request):
    """The functions, compiled or interpreted; module-scoped, so that they can be used with Hypothesis."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            for name in ("begins_of", "positions_of", "put", "put_times"):
                patch.setattr(order, name, getattr(order, name).py_func)
        yield request.param


def order_of(ranges, takers):
    """The sorted order of events, each a tick and a value, in ranges that threads have processed."""
    pages = []
    for thread in range(max(takers, default=0) + 1):
        taken = [number for number, taker in enumerate(takers) if taker == thread]
        events = [event for number in taken for event in ranges[number]]
        ends = np.cumsum([len(ranges[number]) for number in taken], dtype="int64")
        columns = [np.array([event[it] for event in events], "int32") for it in range(2)]
        pages.append((columns, np.array(taken, "int64"), ends))
    tallies = [[sum(tick == it for tick, _ in events) for it in range(10)] for events in ranges]
    return CountingSort(pages, np.array(tallies))


@pytest.mark.slow
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=20), min_size=1, max_size=6),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_events_are_sorted_by_tick_range_and_buffer(ranges, threads, dice):
    """Events keep the order of subjects, whichever thread processed a range and whichever page is sorted first."""
    takers = [dice.randrange(threads) for _ in ranges]
    order, pages = order_of(ranges, takers), 1 + max(takers)
    for number in dice.sample(range(pages), pages):
        order.put(number)
    events = [event for range_ in ranges for event in range_]
    expected = sorted(events, key=lambda event: event[0])
    assert order.columns[0].tolist() == [value for _, value in expected]
    assert order.times(0, len(events), start=1000, tick=7).tolist() == [1000 + 7 * tick for tick, _ in expected]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=10), st.integers(1, 7))
def test_parts_are_contiguous_of_similar_length_and_have_the_times_of_their_rows(tallies, most):
    ticks = [tick for tick, count in enumerate(tallies) for _ in range(count)]
    order = order_of([[(tick, 0) for tick in ticks]], [0])
    parts = list(order.parts(most))
    sizes = [last - first for first, last in parts]
    assert [time for part in parts for time in order.times(*part, 30, 10).tolist()] == [30 + 10 * it for it in ticks]
    assert len(parts) == -(-len(ticks) // most)
    assert not parts or max(sizes) - min(sizes) <= 1
