from math import copysign, inf, isnan, nan, pi

import mpmath
import numpy as np
import pytest

from doge_datagen.numeric.faults import LARGE_ANGLE
from doge_datagen.numeric.trigonometry import LARGEST_ANGLE, cos, sin, tan
from tests.engine.accuracy import SPECIAL, any_size, worst_error
from tests.engine.compiled_programs import assert_compiles_to_the_same

TRUTHS = {sin: mpmath.sin, cos: mpmath.cos, tan: mpmath.tan}
UNITS = {sin: 0.8, cos: 0.8, tan: 2}  # in the last place


def nearest_to_quarters(turns):
    """The floats nearest to these multiples of pi/2, and to the midpoints between them."""
    with mpmath.workprec(200):
        return np.array([float(mpmath.pi / 4 * (2 * n + half)) for n in turns for half in (0, 1)])


def angles(count, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, count) * 2.0 ** rng.uniform(-30, 30, count)


HARD = nearest_to_quarters([*range(1, 200), *np.random.default_rng(1).integers(1, 683_565_275, 500).tolist()])


@pytest.mark.parametrize("function", TRUTHS)
@pytest.mark.parametrize("numbers", [angles(1500, seed=2), HARD], ids=["any", "around pi/4"])
def test_the_error_is_below_the_promised_bound(function, numbers):
    assert worst_error(function, TRUTHS[function], numbers) < UNITS[function]


@pytest.mark.parametrize("function", TRUTHS)
def test_tiny_angles_are_as_accurate(function):
    assert worst_error(function, TRUTHS[function], any_size(500, seed=3, low=-320, high=-1)) < UNITS[function]


def test_the_angles_nearest_to_a_multiple_of_a_quarter_are_as_accurate():
    assert worst_error(sin, mpmath.sin, hardest()) < UNITS[sin]
    assert worst_error(cos, mpmath.cos, hardest()) < UNITS[cos]


def hardest():
    """The floats up to the limit that are closest to a multiple of pi/2: convergents of its continued fraction."""
    result = []
    with mpmath.workprec(300):
        for scale in range(-29, 54):
            x, (p, before), (q, q_before) = mpmath.pi / 2 * mpmath.mpf(2) ** scale, (1, 0), (0, 1)
            while p < 2**53:
                whole = int(mpmath.floor(x))
                p, before, q, q_before = whole * p + before, p, whole * q + q_before, q
                x = 1 / (x - whole)
                if p and p < 2**53 and p * 2.0**-scale <= LARGEST_ANGLE:
                    result.append(p * 2.0**-scale)
    return result


@pytest.mark.parametrize("function", TRUTHS)
@pytest.mark.parametrize("x", [np.nextafter(LARGEST_ANGLE, inf), -1e300, inf, -inf])
def test_angles_beyond_the_limit_are_a_fault(function, x):
    fault = [0]
    assert function(fault, x) == 0.0
    assert fault == [LARGE_ANGLE]


@pytest.mark.parametrize("function", TRUTHS)
def test_nan_stays_nan(function):
    assert isnan(function([0], nan))


def test_zero_keeps_its_sign():
    assert [copysign(1, function([0], -0.0)) for function in (sin, tan)] == [-1, -1]


def test_quarters_are_distinguished():
    assert [round(sin([0], k * pi / 2)) for k in range(-4, 5)] == [0, 1, 0, -1, 0, 1, 0, -1, 0]
    assert [round(cos([0], k * pi / 2)) for k in range(-4, 5)] == [1, 0, -1, 0, 1, 0, -1, 0, 1]


@pytest.mark.slow
@pytest.mark.parametrize("function", TRUTHS)
def test_the_compiled_function_gives_the_same(function):
    assert_compiles_to_the_same(function, float, np.concatenate([angles(12_000, seed=4), HARD, hardest(), SPECIAL]))
