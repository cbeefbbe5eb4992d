from math import copysign, inf, isnan, nan, sqrt

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doge_datagen.numeric.faults import BROKEN_POWER, NEGATIVE_ROOT, TOO_LARGE, ZERO_DIVISION
from doge_datagen.numeric.powers import exp, float_power, square_root
from tests.engine.accuracy import SPECIAL, any_size, near_one, positive, worst_error
from tests.engine.compiled_programs import assert_compiles_to_the_same

FINITE = np.random.default_rng(1).uniform(-745.0, 709.78, 1500)
edges = st.sampled_from(SPECIAL.tolist()) | st.floats()


def outcome(function, *arguments):
    fault = [0]
    return function(fault, *arguments), fault[0]


def bases_and_exponents(count, seed):
    """Pairs whose power is a finite float of any magnitude, with equal frequency."""
    x = np.concatenate([positive(count, seed), near_one(count, seed + 1)])
    x = x[x != 1.0]
    return x, np.random.default_rng(seed).uniform(-744, 709, len(x)) / np.log(x)


@pytest.mark.parametrize("numbers", [FINITE, any_size(1500, seed=2, low=-18, high=0)], ids=["any", "near zero"])
def test_the_error_of_exp_is_below_four_fifths_of_a_unit_in_the_last_place(numbers):
    assert worst_error(exp, mpmath.exp, numbers) < 0.8


def test_the_error_of_a_power_is_below_four_fifths_of_a_unit_in_the_last_place():
    assert worst_error(float_power, mpmath.power, *bases_and_exponents(1500, seed=3)) < 0.8


def test_a_power_that_is_an_integer_is_exact():
    pairs = [(a, b) for a in range(1, 100) for b in range(53) if a**b <= 2**53]
    assert [float_power([0], float(a), float(b)) for a, b in pairs] == [a**b for a, b in pairs]


def test_exp_ends_where_floats_end():
    assert outcome(exp, 709.782712893384)[1] == 0
    assert outcome(exp, 709.782712893385) == (0.0, TOO_LARGE)
    assert outcome(exp, 1e308) == (0.0, TOO_LARGE)
    assert outcome(exp, -745.1332191019411) == (5e-324, 0)
    assert outcome(exp, -745.1332191019412) == (0.0, 0)


def test_exp_of_infinity_and_nan():
    assert [exp([0], x) for x in (inf, -inf)] == [inf, 0.0]
    assert isnan(exp([0], nan))


@given(st.floats(min_value=0.0) | st.just(nan))
def test_a_square_root_equals_that_of_the_hardware(x):
    assert square_root([0], x) == sqrt(x) or isnan(x)


def test_a_negative_number_has_no_square_root():
    assert outcome(square_root, -1.0) == (0.0, NEGATIVE_ROOT)


@given(edges, edges)
@example(-1e300, 1.5)
@example(-1.0, 2.0**1000)
def test_powers_have_the_special_cases_of_python(x, y):
    value, fault = outcome(float_power, x, y)
    try:
        truth = x**y
    except ZeroDivisionError:
        assert (value, fault) == (0.0, ZERO_DIVISION)
    except OverflowError:
        # Python checks the size of a complex power before it reports that there is no real one.
        assert (value, fault) == (0.0, BROKEN_POWER if x < 0.0 and y % 1.0 else TOO_LARGE)
    else:
        if isinstance(truth, complex):
            assert (value, fault) == (0.0, BROKEN_POWER)
        else:
            assert fault == 0
            assert isnan(value) if isnan(truth) else copysign(1, value) == copysign(1, truth)
            assert isnan(truth) or value == pytest.approx(truth, rel=1e-15, abs=5e-324)


def test_compiled_exp_is_the_same():
    numbers = np.random.default_rng(6).uniform(-750, 712, 20_000)
    assert_compiles_to_the_same(exp, float, np.concatenate([numbers, any_size(2000, seed=7, low=-20, high=3), SPECIAL]))


def test_compiled_powers_are_the_same():
    x, y = bases_and_exponents(8000, seed=8)
    some, others = np.repeat(SPECIAL, len(SPECIAL)), np.tile(SPECIAL, len(SPECIAL))
    assert_compiles_to_the_same(float_power, float, np.concatenate([x, some]), np.concatenate([y, others]))


def test_compiled_square_roots_are_the_same():
    assert_compiles_to_the_same(square_root, float, np.concatenate([positive(8000, seed=9), SPECIAL]))
