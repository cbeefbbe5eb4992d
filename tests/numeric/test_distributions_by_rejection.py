"""Draws by rejection follow their laws, at significance 1e-4 and with a fixed seed.

Kolmogorov-Smirnov tests for continuous values, chi-square tests for integers.
"""

from itertools import product
from math import exp, lgamma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from doge_datagen.numeric import distributions_by_rejection as by_rejection
from doge_datagen.numeric.faults import BAD_GAMMA, BAD_GAMMA_SCALE, BAD_POISSON, BAD_ZIPF
from doge_datagen.numeric.functions import plain_names
from tests.engine.compiled_programs import assert_compiles_to_the_same
from tests.numeric.test_distributions_by_inversion import blocks

SIGNIFICANCE = 1e-4
MANY = 20_000
NAMES = plain_names()


def drawn(name, *parameters, count=MANY, number=0):
    """Accepted draws, as in a model."""
    return [NAMES[name]([0], 20260101, 7, subject, 0, 1, number, *parameters) for subject in range(count)]


def zipf(exponent, n):
    """The law of Zipf for n ranks."""
    ranks = np.arange(1, n + 1)
    chances = ranks**-exponent
    return stats.rv_discrete(values=(ranks, chances / chances.sum()))


@pytest.mark.parametrize("shape", [0.05, 0.5, 1.0, 2.5, 40.0])
def test_gamma_numbers_follow_their_law(shape):
    draws = [by_rejection.gamma_of([0], it, 3.0) for it in drawn("draw_log_gamma", shape)]
    assert stats.kstest(draws, stats.gamma(shape, scale=3).cdf).pvalue > SIGNIFICANCE


@pytest.mark.parametrize(("alpha", "beta"), [(2.0, 3.0), (0.3, 0.4), (1.0, 1.0), (50.0, 0.5)])
def test_beta_numbers_follow_their_law(alpha, beta):
    pairs = zip(drawn("draw_log_gamma", alpha), drawn("draw_log_gamma", beta, number=1), strict=True)
    draws = [by_rejection.beta_of([0], *pair) for pair in pairs]
    assert stats.kstest(draws, stats.beta(alpha, beta).cdf).pvalue > SIGNIFICANCE


WHOLE = [
    *((("draw_poisson", mean), stats.poisson(mean)) for mean in (0.3, 9.9, 10.0, 35.0, 1000.0)),
    *((("draw_zipf", exponent, 200.0), zipf(exponent, 200)) for exponent in (0.0, 0.7, 1.0, 1.0001, 2.5)),
    (("draw_zipf", 1.2, 1.0), zipf(1.2, 1)),
]


@pytest.mark.parametrize(("call", "law"), WHOLE, ids=[" ".join(map(str, call)) for call, _ in WHOLE])
def test_whole_numbers_follow_their_law(call, law):
    draws = np.array(drawn(*call))
    low, high = int(law.ppf(0.0005)), int(law.ppf(0.9995))
    numbers = np.arange(low, high + 1)
    expected = np.concatenate([[law.cdf(low - 1)], law.pmf(numbers), [law.sf(high)]]) * MANY
    counts = [(draws < low).sum(), *((draws == number).sum() for number in numbers), (draws > high).sum()]
    actual, wanted = grouped(counts, expected)
    assert (draws == draws.astype(int)).all()
    assert len(wanted) == 1 or stats.chisquare(actual, wanted * (sum(actual) / sum(wanted))).pvalue > SIGNIFICANCE


def grouped(counts, expected):
    """Merge neighbours, so that at least ten are expected in each group."""
    result, wanted = [0.0], [0.0]
    for count, chance in zip(counts, expected, strict=True):
        if wanted[-1] >= 10:
            result.append(0.0)
            wanted.append(0.0)
        result[-1] += count
        wanted[-1] += chance
    if wanted[-1] < 10 and len(wanted) > 1:
        rest, chance = result.pop(), wanted.pop()
        result[-1] += rest
        wanted[-1] += chance
    return np.array(result), np.array(wanted)


@pytest.mark.parametrize("number", [*range(40), 1000, 10**6, 10**9])
def test_the_logarithm_of_a_factorial(number):
    assert by_rejection.log_factorial(float(number)) == pytest.approx(lgamma(number + 1), rel=1e-12, abs=1e-11)


@given(st.floats(-0.9, 50))
def test_ratios_near_zero(x):
    assert by_rejection.log_ratio(x) == pytest.approx(np.log1p(x) / x if x else 1, rel=1e-12)
    assert by_rejection.exp_ratio([0], x) == pytest.approx(np.expm1(x) / x if x else 1, rel=1e-12)


COMPILED = [
    (by_rejection.draw_log_gamma, [lambda rng: np.exp(rng.uniform(-5, 5, MANY)) - 0.01]),
    (by_rejection.draw_poisson, [lambda rng: np.exp(rng.uniform(-3, 22, MANY)) - 0.1]),
    (
        by_rejection.draw_zipf,
        [lambda rng: rng.uniform(-0.1, 4, MANY), lambda rng: np.floor(np.exp(rng.uniform(-1, 30, MANY)))],
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("function", "parameters"), COMPILED, ids=[it.__name__ for it, _ in COMPILED])
def test_compiled_attempts_are_the_same(function, parameters):
    rng = np.random.default_rng(4)
    assert_compiles_to_the_same(function, float, *blocks(MANY), *(make(rng) for make in parameters))


LAST = 2**32 - 1


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        *(("draw_log_gamma", (shape,)) for shape in (1e-9, 0.5, 1.0, 1e12)),
        *(("draw_poisson", (mean,)) for mean in (0.0, 5.0, 10.0, 1e9)),
        *(("draw_zipf", (exponent, 2.0**53)) for exponent in (0.0, 1.0, 1.1, 700.0)),
    ],
)
def test_blocks_at_the_ends_give_a_number_or_are_rejected(name, parameters):
    for block in product((0, 1, 2**31, LAST), repeat=4):
        fault = [0]
        actual = getattr(by_rejection, name)(fault, *block, *parameters)
        assert not np.isnan(actual)
        assert fault == [0]


@pytest.mark.parametrize("name", ["draw_log_gamma", "draw_poisson", "draw_zipf"])
def test_most_attempts_are_accepted(name):
    parameters = {"draw_zipf": (1.1, 1000.0), "draw_poisson": (12.0,)}.get(name, (0.5,))
    attempts = [getattr(by_rejection, name)([0], *block, *parameters) for block in zip(*blocks(1000), strict=True)]
    assert sum(it < by_rejection.REJECTED for it in attempts) > 700


@pytest.mark.parametrize(
    ("function", "parameters", "fault"),
    [
        ("draw_log_gamma", (0.0,), BAD_GAMMA),
        ("draw_poisson", (-1.0,), BAD_POISSON),
        ("draw_poisson", (2e9,), BAD_POISSON),
        ("draw_zipf", (-1.0, 5.0), BAD_ZIPF),
        ("draw_zipf", (1.0, 0.0), BAD_ZIPF),
    ],
)
def test_parameters_without_a_law_are_a_fault(function, parameters, fault):
    actual = [0]
    NAMES[function](actual, 1, 2, 3, 4, 5, 6, *parameters)
    assert actual == [fault]


def test_a_gamma_number_has_a_scale():
    actual = [0]
    assert (by_rejection.gamma_of(actual, 1.0, 0.0), actual) == (0.0, [BAD_GAMMA_SCALE])
    assert by_rejection.gamma_of([0], 1.0, 2.0) == pytest.approx(2 * exp(1))
