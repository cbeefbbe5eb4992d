"""Columns of integers and known strings converted to text, compiled and interpreted."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.engine.compiled import text_kernels
from doge_datagen.engine.compiled.text_kernels import decimals, texts

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")  # sizes of negative numbers wrap around
COMPILED = ("ends_of_decimals", "write_decimals", "_write_eight", "ends_of_texts", "write_texts", "_copy_sixteen")
ENDS = [sign * (10**digits - less) for digits in range(19) for less in (0, 1) for sign in (1, -1)]
NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-(2**63), 2**63 - 1, *ENDS]))
TEXTS = st.lists(st.text(max_size=5) | st.text("abc", min_size=14, max_size=70), min_size=1, max_size=6)


@pytest.fixture(params=["compiled", "plain"], autouse=True, scope="module")
def kind(request):
    """The functions, compiled or interpreted; module-scoped, so that they can be used with Hypothesis."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            for name in COMPILED:
                patch.setattr(text_kernels, name, getattr(text_kernels, name).py_func)
        yield request.param


@given(NUMBERS)
def test_integers_are_shown_as_python_shows_them(numbers):
    assert decimals(np.array(numbers, "int64")).to_pylist() == list(map(str, numbers))


@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64"])
def test_numbers_of_every_width_are_shown(dtype):
    ends = np.iinfo(dtype)
    assert decimals(np.array([ends.min, ends.max], dtype)).to_pylist() == [str(ends.min), str(ends.max)]


@pytest.mark.slow
@given(TEXTS, st.data())
def test_known_strings_are_looked_up_by_number(table, data):
    numbers = data.draw(st.lists(st.integers(0, len(table) - 1)))
    actual = texts(np.array(numbers, "int32"), pa.array(table))
    assert actual.to_pylist() == [table[number] for number in numbers]
    actual.validate(full=True)


def test_a_slice_of_a_table_works_like_a_table():
    table = pa.array(["a", "bc", "", "ß", "d"]).slice(1, 3)
    assert texts(np.array([2, 0, 1, 2]), table).to_pylist() == ["ß", "bc", "", "ß"]
