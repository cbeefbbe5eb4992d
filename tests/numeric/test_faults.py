import numpy as np
import pytest

from doge_datagen import CalculationError, Model, Transition
from doge_datagen.model import Clock, Population, Stream
from doge_datagen.numeric import faults
from doge_datagen.numeric.faults import MESSAGES, NOT_FINITE, OVERFLOW, ZERO_DIVISION, fail

CODES = [
    value
    for name, value in vars(faults).items()
    if name.isupper() and isinstance(value, int) and name not in ("VALUE", "DETAIL")
]


@pytest.mark.parametrize("fault", [[0], np.zeros(1, np.int64)])
def test_the_first_fault_stays(fault):
    fail(fault, OVERFLOW)
    fail(fault, ZERO_DIVISION)
    assert fault[0] == OVERFLOW


def test_fault_codes_are_unique_and_have_messages():
    assert sorted(MESSAGES) == sorted(CODES)
    assert 0 not in CODES


def numbers_of(do):
    act = Transition("act", "a", "a", 100, do=do, emit="numbers")
    streams = {"numbers": Stream({"number": "number"})}
    model = Model("model", Population("user", 1, {"number": 0}), ["a"], "a", [act], streams, Clock(0, 1000, 1))
    return model.table("numbers", seed=1)["number"].to_pylist()


def test_the_hint_for_a_float_without_an_integer_is_valid_in_the_language():
    with pytest.raises(CalculationError, match="infinity and nan") as caught:
        numbers_of("x = 1e308 * 10; number = int(x)")
    hint = MESSAGES[NOT_FINITE].rpartition("such as ")[2]
    assert hint in str(caught.value)
    assert numbers_of(f"x = 1e308 * 10; number = int(x) {hint} else 7") == [7]
