"""A window in order of time: compiled, and as Python runs it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doge_datagen.engine import order
from doge_datagen.engine.order import places_of, put, put_ticks


@pytest.fixture(params=["compiled", "plain"], autouse=True, scope="module")
def kind(request):
    """The functions compiled, or as Python runs them; shared, so that one test can use both with Hypothesis."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            for name in ("places_of", "put", "put_ticks"):
                patch.setattr(order, name, getattr(order, name).py_func)
        yield request.param


@settings(deadline=None)  # the first example may compile
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=60), st.integers(1, 4))
def test_the_notes_of_workers_are_put_in_order_of_tick_then_worker_then_note(events, workers):
    """Each worker's notes in its own order, which is that of subjects; the sort keeps it."""
    parts = [events[number::workers] for number in range(workers)]
    tallies = np.array([[sum(tick == it for tick, _ in part) for it in range(10)] for part in parts])
    following = (np.cumsum(tallies.T.ravel()) - tallies.T.ravel()).reshape(10, workers).T.copy()
    out = np.zeros(len(events), "int64")
    for number, part in enumerate(parts):
        places = np.zeros(len(part), "int32")
        places_of(np.array([tick for tick, _ in part], "int32"), following[number], places)
        put(np.array([value for _, value in part], "int64"), places, out)
    wanted = sorted((event for part in parts for event in part), key=lambda event: event[0])
    ticks = np.zeros(len(events), "int64")
    put_ticks(tallies.sum(axis=0), 100, ticks)
    assert out.tolist() == [value for _, value in wanted]
    assert ticks.tolist() == [100 + tick for tick, _ in wanted]
