"""A window in order of time, and whole numbers and known texts as texts; each compiled, and as Python runs it."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doge_datagen.engine import order
from doge_datagen.engine.order import decimals, places_of, put, put_ticks, texts

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")  # sizes of negative numbers wrap around
NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-(2**63), 2**63 - 1, 0, -1, 9, 10, 99, 100]))
TEXTS = st.lists(st.text(max_size=5), min_size=1, max_size=6)


@pytest.fixture(params=["compiled", "plain"], autouse=True, scope="module")
def kind(request):
    """The functions compiled, or as Python runs them; shared, so that one test can use both with Hypothesis."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            for name in ("places_of", "put", "put_ticks", "write_decimals", "text_ends", "write_texts"):
                patch.setattr(order, name, getattr(order, name).py_func)
        yield request.param


@settings(deadline=None)  # the first example may compile
@given(NUMBERS)
def test_whole_numbers_are_shown_as_python_shows_them(numbers):
    assert decimals(np.array(numbers, "int64")).to_pylist() == list(map(str, numbers))


@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64"])
def test_numbers_of_every_width_are_shown(dtype):
    ends = np.iinfo(dtype)
    assert decimals(np.array([ends.min, ends.max], dtype)).to_pylist() == [str(ends.min), str(ends.max)]


@settings(deadline=None)  # the first example may compile
@given(TEXTS, st.data())
def test_known_texts_are_looked_up_by_number(table, data):
    numbers = data.draw(st.lists(st.integers(0, len(table) - 1)))
    found = texts(np.array(numbers, "int32"), pa.array(table))
    assert found.to_pylist() == [table[number] for number in numbers]
    found.validate(full=True)


def test_a_table_that_is_a_slice_of_another_is_that_slice():
    table = pa.array(["a", "bc", "", "ß", "d"]).slice(1, 3)
    assert texts(np.array([2, 0, 1, 2]), table).to_pylist() == ["ß", "bc", "", "ß"]


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
