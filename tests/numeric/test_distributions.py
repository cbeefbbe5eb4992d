"""Draws follow their laws: Kolmogorov-Smirnov tests for continuous values, chi-square tests for integers.

Each test has significance 1e-4 and a fixed seed, so its outcome never changes.
"""

from math import exp, inf, log, nan, sqrt

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from doge_datagen.draws import philox, purpose_of
from doge_datagen.numeric import distributions as drawing
from doge_datagen.numeric.distributions import normal_of
from doge_datagen.numeric.faults import (
    BAD_LAMBDA,
    BAD_MODE,
    BAD_PARETO,
    BAD_SIGMA,
    BAD_WEIBULL,
    EMPTY_RANGE,
    TOO_LARGE,
    WIDE_RANGE,
    ZERO_DIVISION,
)
from tests.engine.compiled_programs import assert_compiles_to_the_same, compiled

ENDS = [0, 1, 2, 2**52 - 1, 2**52, 2**53 - 2, 2**53 - 1]
NUMBERS = [*ENDS, *(2**k for k in range(53)), *np.random.default_rng(1).integers(0, 2**53, 1500).tolist()]


def normal(number):
    """The draw from 53 bits, given as one number."""
    return normal_of((number & (2**21 - 1)) << 11, number >> 21)


@pytest.mark.slow
def test_a_normal_draw_is_the_inverse_of_the_distribution():
    with mpmath.workprec(160):
        for number in NUMBERS:
            truth = mpmath.sqrt(2) * mpmath.erfinv((2 * number + 1) / mpmath.mpf(2) ** 53 - 1)
            assert abs(normal(number) - truth) <= 1e-15 * abs(truth)


def test_each_value_is_as_likely_as_its_opposite():
    assert [normal(number) for number in NUMBERS] == [-normal(2**53 - 1 - number) for number in NUMBERS]


def test_the_ends_are_finite():
    assert normal(2**53 - 1) == pytest.approx(8.29, abs=0.01)


def test_more_bits_never_give_a_smaller_value():
    values = [normal(number) for number in sorted(NUMBERS)]
    assert values == sorted(values)


SIGNIFICANCE = 1e-4
MANY = 100_000
SMALLEST, LARGEST = -(2**63), 2**63 - 1

CONTINUOUS = [
    (drawing.random, (), stats.uniform()),
    (drawing.uniform, (-3.0, 7.0), stats.uniform(-3, 10)),
    (drawing.uniform, (7.0, -3.0), stats.uniform(-3, 10)),
    (drawing.triangular, (2.0, 12.0, 4.0), stats.triang(0.2, 2, 10)),
    (drawing.triangular, (2.0, 12.0, 2.0), stats.triang(0.0, 2, 10)),
    (drawing.triangular, (12.0, 2.0, 12.0), stats.triang(1.0, 2, 10)),
    (drawing.gauss, (0.0, 1.0), stats.norm()),
    (drawing.normalvariate, (100.0, 15.0), stats.norm(100, 15)),
    (drawing.lognormvariate, (1.0, 0.5), stats.lognorm(0.5, scale=exp(1.0))),
    (drawing.expovariate, (0.25,), stats.expon(scale=4)),
    (drawing.paretovariate, (2.5,), stats.pareto(2.5)),
    (drawing.weibullvariate, (3.0, 0.7), stats.weibull_min(0.7, scale=3)),
]
WHOLE = [
    (drawing.index_of, (7,), range(7)),
    (drawing.index_of, (2,), range(2)),
    (drawing.randrange, (-10, 10, 3), range(-10, 10, 3)),
    (drawing.randrange, (10, -10, -4), range(10, -10, -4)),
    (drawing.randint, (1, 6), range(1, 7)),
]
words = st.tuples(*[st.integers(0, 2**32 - 1) | st.sampled_from([0, 2**32 - 1])] * 4)
limits = st.integers(SMALLEST, LARGEST) | st.sampled_from([SMALLEST, SMALLEST + 1, -1, 0, 1, LARGEST - 1, LARGEST])


def blocks(count):
    """The words of blocks, each with its own key and counter."""
    subjects = np.arange(count, dtype=np.uint64)
    purpose = np.full(count, purpose_of("law"), dtype=np.uint64)
    zeros = np.zeros(count, dtype=np.uint64)
    return [word.astype(np.int64) for word in philox((20260101, 7), (subjects, zeros, purpose, zeros))]


def columns(parameters, count):
    return [*blocks(count), *(np.full(count, parameter) for parameter in parameters)]


def outcome(function, *arguments):
    fault = [0]
    return function(fault, *arguments), fault[0]


def fraction(block):
    """The 128 bits as one number."""
    a, b, c, d = block
    return b << 96 | a << 64 | d << 32 | c


@pytest.mark.slow
@pytest.mark.parametrize(("function", "parameters", "law"), CONTINUOUS)
def test_a_float_follows_its_law(function, parameters, law):
    values, faults = compiled(function, float, *columns(parameters, MANY))
    assert not faults.any()
    assert stats.kstest(values, law.cdf).pvalue > SIGNIFICANCE


@pytest.mark.slow
@pytest.mark.parametrize(("function", "parameters", "numbers"), WHOLE)
def test_each_integer_is_as_likely_as_another(function, parameters, numbers):
    values, faults = compiled(function, np.int64, *columns(parameters, MANY))
    assert not faults.any()
    counts = [int((values == number).sum()) for number in numbers]
    assert sum(counts) == MANY
    assert stats.chisquare(counts).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("n", [2**31, 2**31 + 1, 3 * 2**61, LARGEST])
def test_large_numbers_are_as_likely_as_small_ones(n):
    values, _ = compiled(drawing.index_of, np.int64, *columns((n,), MANY))
    sixteenths = np.bincount((values // (n // 16 + 1)).astype(int), minlength=16)
    assert stats.chisquare(sixteenths).pvalue > SIGNIFICANCE
    assert stats.chisquare(np.bincount(values % 8, minlength=8)).pvalue > SIGNIFICANCE


@pytest.mark.parametrize(("function", "parameters", "law"), CONTINUOUS)
def test_a_compiled_float_is_the_same(function, parameters, law):
    assert_compiles_to_the_same(function, float, *columns(parameters, 10_000))


@pytest.mark.parametrize(("function", "parameters", "numbers"), WHOLE)
def test_a_compiled_integer_is_the_same(function, parameters, numbers):
    assert_compiles_to_the_same(function, np.int64, *columns(parameters, 10_000))


def test_compiled_ranges_of_any_width_are_the_same():
    rng = np.random.default_rng(3)
    a, b = (rng.integers(SMALLEST, LARGEST, 10_000) >> rng.integers(0, 64, 10_000) for _ in range(2))
    step = rng.integers(SMALLEST, LARGEST, 10_000) >> rng.integers(0, 64, 10_000)
    assert_compiles_to_the_same(drawing.randint, np.int64, *blocks(10_000), a, b)
    assert_compiles_to_the_same(drawing.randrange, np.int64, *blocks(10_000), a, b, step)
    assert_compiles_to_the_same(drawing.index_of, np.int64, *blocks(10_000), np.abs(a))


@given(words, st.integers(1, LARGEST) | st.integers(1, 2**32))
def test_an_index_is_the_128_bits_scaled_and_truncated(block, n):
    assert outcome(drawing.index_of, *block, n) == (fraction(block) * n >> 128, 0)


@given(words, limits, limits, limits | st.integers(-9, 9))
def test_a_range_equals_pythons_or_is_a_fault(block, start, stop, step):
    value, fault = outcome(drawing.randrange, *block, start, stop, step)
    if step == 0 or not range(start, stop, step):
        assert (value, fault) == (0, EMPTY_RANGE)
    elif abs(stop - start) > LARGEST:
        assert (value, fault) == (0, WIDE_RANGE)
    else:
        numbers = range(start, stop, step)
        count = (abs(stop - start) - 1) // abs(step) + 1
        assert (value, fault) == (numbers[fraction(block) * count >> 128], 0)


@given(words, limits, limits)
def test_an_integer_is_within_its_limits_or_a_fault(block, low, high):
    value, fault = outcome(drawing.randint, *block, low, high)
    if low > high:
        assert (value, fault) == (0, EMPTY_RANGE)
    elif high - low >= LARGEST:
        assert (value, fault) == (0, WIDE_RANGE)
    else:
        assert (value, fault) == (low + (fraction(block) * (high - low + 1) >> 128), 0)


@given(words)
def test_a_random_number_is_the_upper_53_bits(block):
    assert drawing.random([0], *block) == (fraction(block) >> 75) / 2**53


LOWEST, HIGHEST = (0, 0, 0, 0), (2**32 - 1,) * 4


@pytest.mark.parametrize("block", [LOWEST, HIGHEST])
@pytest.mark.parametrize(("function", "parameters", "law"), CONTINUOUS)
def test_the_ends_are_finite_and_within_the_law(block, function, parameters, law):
    value, fault = outcome(function, *block, *parameters)
    assert fault == 0
    assert -inf < value < inf
    assert law.support()[0] <= value <= law.support()[1]


def test_exponentials_go_from_0_to_54_halvings():
    assert drawing.expovariate([0], *HIGHEST, 1.0) == 0.0
    assert drawing.expovariate([0], *LOWEST, 1.0) == pytest.approx(54 * log(2))
    assert drawing.expovariate([0], *LOWEST, -2.0) == pytest.approx(-27 * log(2))


def test_without_width_there_is_one_value():
    block = tuple(int(word[0]) for word in blocks(1))
    assert drawing.triangular([0], *block, 3.0, 3.0, 3.0) == 3.0
    assert drawing.uniform([0], *block, 3.0, 3.0) == 3.0
    assert drawing.gauss([0], *block, 3.0, 0.0) == 3.0
    assert drawing.randint([0], *block, 3, 3) == 3
    assert drawing.index_of([0], *block, 1) == 0


def test_a_triangle_has_its_mode_where_its_sides_meet():
    # 0.2 of the mass is below the mode, where the two formulas agree.
    below, above = 0.2 - 2**-50, 0.2 + 2**-50
    values = [drawing.triangular([0], 0, int(u * 2**32), 0, 0, 2.0, 12.0, 4.0) for u in (below, above)]
    assert values == pytest.approx([4.0, 4.0], abs=1e-6)
    assert values[0] == pytest.approx(2.0 + sqrt(0.2 * 20), abs=1e-6)


@pytest.mark.parametrize(
    ("function", "parameters", "code"),
    [
        (drawing.triangular, (0.0, 1.0, 2.0), BAD_MODE),
        (drawing.triangular, (0.0, 1.0, nan), BAD_MODE),
        (drawing.gauss, (0.0, -1.0), BAD_SIGMA),
        (drawing.gauss, (0.0, nan), BAD_SIGMA),
        (drawing.normalvariate, (0.0, -1.0), BAD_SIGMA),
        (drawing.lognormvariate, (0.0, -1.0), BAD_SIGMA),
        (drawing.lognormvariate, (1000.0, 0.0), TOO_LARGE),
        (drawing.expovariate, (0.0,), ZERO_DIVISION),
        (drawing.expovariate, (nan,), BAD_LAMBDA),
        (drawing.paretovariate, (0.0,), BAD_PARETO),
        (drawing.paretovariate, (-1.0,), BAD_PARETO),
        (drawing.weibullvariate, (0.0, 1.0), BAD_WEIBULL),
        (drawing.weibullvariate, (1.0, 0.0), BAD_WEIBULL),
        (drawing.index_of, (0,), EMPTY_RANGE),
        (drawing.index_of, (-1,), EMPTY_RANGE),
    ],
)
def test_a_parameter_out_of_range_is_a_fault(function, parameters, code):
    assert outcome(function, *LOWEST, *parameters) == (0, code)
