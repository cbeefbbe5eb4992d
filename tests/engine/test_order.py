"""A window in order of time: compiled, and as Python runs it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doge_datagen.engine import order
from doge_datagen.engine.order import Order


@pytest.fixture(params=["compiled", "plain"], autouse=True, scope="module")
def kind(request):
    """The functions compiled, or as Python runs them; shared, so that one test can use both with Hypothesis."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            for name in ("places_of", "put", "put_ticks"):
                patch.setattr(order, name, getattr(order, name).py_func)
        yield request.param


@settings(deadline=None)  # the first example may compile
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=60),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_notes_are_put_in_order_of_tick_then_range_then_note(events, ranges, dice):
    """Each range's notes in its own order, which is that of subjects; the sort keeps it, whichever is put first."""
    parts = [events[number::ranges] for number in range(ranges)]
    notes = [[np.array([event[it] for event in part], "int32") for it in range(2)] for part in parts]
    order = Order(notes, np.array([[sum(tick == it for tick, _ in part) for it in range(10)] for part in parts]))
    for number in dice.sample(range(ranges), ranges):
        order.put(number)
    wanted = sorted((event for part in parts for event in part), key=lambda event: event[0])
    assert order.columns[0].tolist() == [value for _, value in wanted]
    assert order.ticks(0, len(events), start=100).tolist() == [100 + tick for tick, _ in wanted]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=9), st.integers(1, 7))
def test_parts_follow_each_other_are_about_as_long_and_have_the_ticks_of_their_rows(tallies, most):
    ticks = [tick for tick, count in enumerate(tallies) for _ in range(count)]
    order = Order([[np.array(ticks, "int32")]], np.array([tallies]))
    parts = list(order.parts(most))
    sizes = [last - first for first, last in parts]
    assert [tick for part in parts for tick in order.ticks(*part, start=3).tolist()] == [3 + tick for tick in ticks]
    assert len(parts) == -(-len(ticks) // most)
    assert not parts or max(sizes) - min(sizes) <= 1
