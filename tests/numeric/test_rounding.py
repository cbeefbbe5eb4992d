from math import ceil, copysign, floor, fmod, inf, isnan, nan

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doge_datagen.numeric import rounding
from doge_datagen.numeric.faults import BAD_DIGITS, NOT_FINITE, OVERFLOW, ZERO_DIVISION
from doge_datagen.numeric.rounding import round_to
from tests.engine.accuracy import SPECIAL, any_size
from tests.engine.compiled_programs import assert_compiles_to_the_same

WHOLE = {rounding.to_int: int, rounding.floor_of: floor, rounding.ceil_of: ceil, rounding.round_of: round}
DIVIDED = {
    rounding.divide: lambda a, b: a / b,
    rounding.float_modulo: lambda a, b: a % b,
    rounding.float_floor_divide: lambda a, b: a // b,
}
halves = st.integers(-(2**53), 2**53).map(lambda n: n / 2)
numbers = st.floats() | st.floats(-1e6, 1e6) | halves | st.sampled_from(SPECIAL.tolist())
money = st.integers(-(10**13), 10**13)


def outcome(function, *arguments):
    fault = [0]
    return function(fault, *arguments), fault[0]


def alike(one, other):
    return (isnan(one) and isnan(other)) or (one == other and copysign(1.0, one) == copysign(1.0, other))


def expected_whole(truth, x):
    if isnan(x) or x in (inf, -inf):
        return 0, NOT_FINITE
    value = truth(x)
    return (value, 0) if -(2**63) <= value < 2**63 else (0, OVERFLOW)


@pytest.mark.parametrize("function", WHOLE)
@given(numbers)
def test_integers_equal_pythons_or_are_a_fault(function, x):
    assert outcome(function, x) == expected_whole(WHOLE[function], x)


@given(numbers)
def test_rounding_by_the_processor_is_the_same(x):
    assert outcome(rounding.round_native, x) == outcome(rounding.round_of, x)


@pytest.mark.parametrize("function", DIVIDED)
@given(numbers, numbers)
def test_quotients_and_remainders_equal_pythons_or_are_a_fault(function, a, b):
    value, fault = outcome(function, a, b)
    if b == 0.0:
        assert (value, fault) == (0.0, ZERO_DIVISION)
    else:
        assert fault == 0
        assert alike(value, DIVIDED[function](a, b))


@example(-0.0, 1.0)
@example(-3.0, 1.5)
@given(st.floats(-1e300, 1e300), st.floats(1e-300, 1e300))
def test_the_remainder_is_that_of_c(a, b):
    assert alike(rounding.remainder(a, b), fmod(a, b))


@given(numbers, st.integers(0, 22))
def test_rounding_to_digits_equals_pythons(x, digits):
    assert alike(round_to([0], x, digits), round(x, digits))


@given(money, st.integers(0, 15), st.integers(0, 15))
def test_rounding_amounts_that_end_in_a_five_equals_pythons(amount, digits, places):
    x = (10 * amount + 5) / 10 ** (places + 1)
    assert alike(round_to([0], x, digits), round(x, digits))


@pytest.mark.parametrize("x", [2.675, 2.665, 1.005, 0.125, 0.375, 2.5, -0.5, 1e15 + 0.5, 4503599627370497.5, 0.285])
def test_rounding_well_known_numbers_equals_pythons(x):
    assert [round_to([0], x, digits) for digits in range(16)] == [round(x, digits) for digits in range(16)]


def test_rounding_many_numbers_equals_pythons():
    xs = any_size(20_000, seed=5, low=-8, high=17).tolist()
    assert [round_to([0], x, k % 16) for k, x in enumerate(xs)] == [round(x, k % 16) for k, x in enumerate(xs)]


@pytest.mark.parametrize("digits", [-1, 23])
def test_digits_are_0_to_22(digits):
    assert outcome(round_to, 1.5, digits) == (0.0, BAD_DIGITS)


def test_nan_stays_nan():
    assert isnan(round_to([0], nan, 2))


@pytest.mark.parametrize("function", WHOLE)
def test_compiled_integers_are_the_same(function):
    halves = np.arange(-50, 50) / 2
    columns = np.concatenate([any_size(5000, seed=1, low=-3, high=20), halves, SPECIAL])
    assert_compiles_to_the_same(function, np.int64, columns)


@pytest.mark.parametrize("function", DIVIDED)
def test_compiled_quotients_and_remainders_are_the_same(function):
    a = np.concatenate([any_size(5000, seed=2, low=-9, high=9), np.repeat(SPECIAL, len(SPECIAL))])
    b = np.concatenate([any_size(5000, seed=3, low=-9, high=9), np.tile(SPECIAL, len(SPECIAL))])
    assert_compiles_to_the_same(function, float, a, b)


def test_compiled_digits_are_the_same():
    rng = np.random.default_rng(4)
    fives = (10 * rng.integers(0, 10**6, 8000) + 5) / 1000
    x = np.concatenate([any_size(8000, seed=4, low=-9, high=18), fives, SPECIAL])
    assert_compiles_to_the_same(round_to, float, x, rng.integers(-1, 24, len(x)))
