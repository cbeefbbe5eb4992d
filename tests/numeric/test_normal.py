import mpmath
import numpy as np
import pytest

from doge_datagen.numeric.normal import normal_of

ENDS = [0, 1, 2, 2**52 - 1, 2**52, 2**53 - 2, 2**53 - 1]
NUMBERS = [*ENDS, *(2**k for k in range(53)), *np.random.default_rng(1).integers(0, 2**53, 1500).tolist()]


def normal(number):
    """The draw from 53 bits given as one number."""
    return normal_of((number & (2**21 - 1)) << 11, number >> 21)


def test_it_is_the_inverse_of_the_normal_distribution():
    with mpmath.workprec(160):
        for number in NUMBERS:
            truth = mpmath.sqrt(2) * mpmath.erfinv((2 * number + 1) / mpmath.mpf(2) ** 53 - 1)
            assert abs(normal(number) - truth) <= 1e-15 * abs(truth)


def test_each_value_is_as_likely_as_its_opposite():
    assert [normal(number) for number in NUMBERS] == [-normal(2**53 - 1 - number) for number in NUMBERS]


def test_the_ends_are_finite():
    assert normal(2**53 - 1) == pytest.approx(8.29, abs=0.01)


def test_more_bits_never_give_less():
    values = [normal(number) for number in sorted(NUMBERS)]
    assert values == sorted(values)
