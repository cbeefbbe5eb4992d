import sys
from fractions import Fraction
from math import inf, isnan, nan

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doge_datagen.engine.waiting.transition_plan import scale_of
from doge_datagen.numeric import logarithms
from doge_datagen.numeric.faults import NO_LOGARITHM
from tests.engine.accuracy import SPECIAL, near_one, positive, worst_error
from tests.engine.compiled_programs import assert_compiles_to_the_same

TRUTHS = {
    logarithms.log: mpmath.log,
    logarithms.log2: lambda x: mpmath.log(x) / mpmath.log(2),
    logarithms.log10: mpmath.log10,
}


def logs(numbers):
    mantissas, exponents = np.frexp(np.array(numbers))
    return logarithms.logs_of_parts(mantissas, exponents.astype(float)).tolist()


@pytest.mark.parametrize("function", TRUTHS)
@pytest.mark.parametrize("numbers", [positive(1500, seed=1), near_one(1500, seed=2)], ids=["any", "near one"])
def test_the_error_is_below_four_fifths_of_a_unit_in_the_last_place(function, numbers):
    assert worst_error(function, TRUTHS[function], numbers) < 0.8


@given(st.lists(st.floats(min_value=5e-324, allow_infinity=False), min_size=1, max_size=20))
@example([5e-324, 2.2250738585072014e-308, 1.0, sys.float_info.max])
def test_the_logarithms_of_an_array_equal_those_of_its_numbers_to_the_bit(numbers):
    assert logs(numbers) == list(map(logarithms.log_of_positive, numbers))


def test_the_logarithms_of_a_large_array_equal_those_of_its_numbers():
    numbers = [*positive(10_000, seed=3).tolist(), *near_one(10_000, seed=4).tolist()]
    assert logs(numbers) == list(map(logarithms.log_of_positive, numbers))


def test_powers_of_the_base_have_whole_logarithms():
    assert [logarithms.log2([0], 2.0**k) for k in range(-1074, 1024)] == list(range(-1074, 1024))
    assert [logarithms.log10([0], 10.0**k) for k in range(23)] == list(range(23))


@pytest.mark.parametrize("function", TRUTHS)
@pytest.mark.parametrize("x", [0.0, -0.0, -1.0, -inf])
def test_zero_and_negative_numbers_are_a_fault(function, x):
    fault = [0]
    assert function(fault, x) == 0.0
    assert fault == [NO_LOGARITHM]


@pytest.mark.parametrize("function", TRUTHS)
def test_the_logarithms_of_infinity_and_nan_are_infinity_and_nan(function):
    fault = [0]
    assert function(fault, inf) == inf
    assert isnan(function(fault, nan))
    assert fault == [0]


@pytest.mark.parametrize("function", TRUTHS)
def test_the_compiled_function_gives_the_same(function):
    numbers = np.concatenate([positive(10_000, seed=5), near_one(10_000, seed=6), SPECIAL])
    assert_compiles_to_the_same(function, float, numbers)


def test_the_scale_of_a_probability_expression_equals_that_of_a_constant():
    chances = [*10.0 ** -np.arange(1, 29, dtype=np.float64), *np.linspace(0.001, 0.999, 999)]
    for chance in chances:
        assert logarithms.scale_of_chance(float(chance)) == pytest.approx(scale_of(Fraction(float(chance))), rel=4e-16)
    assert [logarithms.scale_of_chance(it) for it in (1.0, 1.5)] == [0.0, 0.0]
    assert logarithms.scale_of_chance(5e-324) == inf
