import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.numeric import arithmetic
from doge_datagen.numeric.arithmetic import LARGEST, SMALLEST
from doge_datagen.numeric.faults import NEGATIVE_EXPONENT, OVERFLOW, ZERO_DIVISION
from tests.engine.compiled_programs import assert_compiles_to_the_same

EDGES = [SMALLEST, SMALLEST + 1, -(2**32), -(2**31) - 1, -(2**31), -3, -2, -1, 0, 1, 2, 3]
EDGES += [2**31 - 1, 2**31, 2**32, 3037000499, 3037000500, 2**62, LARGEST - 1, LARGEST]
whole = st.sampled_from(EDGES) | st.integers(SMALLEST, LARGEST) | st.integers(-(2**33), 2**33) | st.integers(-9, 9)
TWO = {
    arithmetic.add: lambda a, b: a + b,
    arithmetic.subtract: lambda a, b: a - b,
    arithmetic.multiply: lambda a, b: a * b,
    arithmetic.floor_divide: lambda a, b: a // b,
    arithmetic.modulo: lambda a, b: a % b,
}
ONE = {arithmetic.negate: lambda a: -a, arithmetic.absolute: abs}


def expected(truth, *arguments):
    try:
        value = truth(*arguments)
    except ZeroDivisionError:
        return 0, ZERO_DIVISION
    return (value, 0) if SMALLEST <= value <= LARGEST else (0, OVERFLOW)


def outcome(function, *arguments):
    fault = [0]
    return function(fault, *arguments), fault[0]


@pytest.mark.parametrize("function", TWO)
@given(whole, whole)
def test_operations_on_two_numbers_equal_pythons_or_are_a_fault(function, a, b):
    assert outcome(function, a, b) == expected(TWO[function], a, b)


@pytest.mark.parametrize("function", TWO)
def test_operations_on_pairs_of_edge_cases_equal_pythons_or_are_a_fault(function):
    assert [outcome(function, a, b) for a in EDGES for b in EDGES] == [
        expected(TWO[function], a, b) for a in EDGES for b in EDGES
    ]


@given(st.integers(1, LARGEST), st.sampled_from([-1, 1]), st.sampled_from([-1, 1]), st.integers(-2, 2))
def test_products_around_the_limit_are_distinguished(a, sign_a, sign_b, off):
    a, b = sign_a * a, sign_b * min(LARGEST // a + off, LARGEST)
    assert outcome(arithmetic.multiply, a, b) == expected(lambda x, y: x * y, a, b)


@pytest.mark.parametrize("function", ONE)
@given(whole)
def test_operations_on_one_number_equal_pythons_or_are_a_fault(function, a):
    assert outcome(function, a) == expected(ONE[function], a)


@given(whole, st.integers(0, 200))
def test_a_power_equals_pythons_or_is_a_fault(a, exponent):
    assert outcome(arithmetic.power, a, exponent) == expected(pow, a, exponent)


def test_a_negative_power_is_a_bad_parameter():
    assert outcome(arithmetic.power, 2, -1) == (0, NEGATIVE_EXPONENT)


@pytest.mark.parametrize("function", [*TWO, arithmetic.power])
def test_the_compiled_function_gives_the_same(function):
    rng = np.random.default_rng(1)
    a, b = (rng.integers(SMALLEST, LARGEST, 8000) >> rng.integers(0, 64, 8000) for _ in range(2))
    edges = np.array([(x, y) for x in EDGES for y in EDGES])
    a, b = np.concatenate([a, edges[:, 0]]), np.concatenate([b, edges[:, 1]])
    if function is arithmetic.power:
        b = np.concatenate([rng.integers(-2, 70, 4000), b[4000:]])
    assert_compiles_to_the_same(function, np.int64, a, b)


@pytest.mark.parametrize("function", ONE)
def test_the_compiled_function_gives_the_same_for_one_number(function):
    assert_compiles_to_the_same(function, np.int64, np.array(EDGES))
