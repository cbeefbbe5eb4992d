"""Draws with readable parameters follow their laws: Kolmogorov-Smirnov tests at significance 1e-4, with fixed seeds."""

from math import exp, log, nan

import numpy as np
import pytest
from scipy import stats

from doge_datagen.draws import philox, purpose_of
from doge_datagen.numeric import distributions_by_inversion
from doge_datagen.numeric.faults import (
    BAD_EXPONENTIAL,
    BAD_LOGNORMAL,
    BAD_NORMAL,
    BAD_PARETO_SCALE,
    BAD_PERCENTILE,
    BAD_WEIBULL_SCALE,
)
from tests.engine.compiled_programs import assert_compiles_to_the_same

SIGNIFICANCE = 1e-4
MANY = 20_000
P95 = stats.norm.ppf(0.95)
LAWS = [
    (distributions_by_inversion.draw_exponential, (4.0,), stats.expon(scale=4)),
    (distributions_by_inversion.draw_lognormal, (20.0, 1.2), stats.lognorm(1.2, scale=20)),
    (distributions_by_inversion.draw_lognormal_p95, (20.0, 90.0), stats.lognorm(log(90 / 20) / P95, scale=20)),
    (distributions_by_inversion.draw_weibull, (3.0, 0.7), stats.weibull_min(0.7, scale=3)),
    (distributions_by_inversion.draw_pareto, (3.0, 2.5), stats.pareto(2.5, scale=3)),
    (distributions_by_inversion.draw_normal, (100.0, 15.0), stats.norm(100, 15)),
]
NAMES = [law[0].__name__ for law in LAWS]


def blocks(count):
    """The words of blocks, each with its own key and counter."""
    subjects = np.arange(count, dtype=np.uint64)
    zeros = np.zeros(count, dtype=np.uint64)
    purpose = np.full(count, purpose_of("law"), dtype=np.uint64)
    return [word.astype(np.int64) for word in philox((20260101, 7), (subjects, zeros, purpose, zeros))]


@pytest.mark.parametrize(("function", "parameters", "law"), LAWS, ids=NAMES)
def test_draws_follow_their_law(function, parameters, law):
    draws = [function([0], *block, *parameters) for block in zip(*(it.tolist() for it in blocks(MANY)), strict=True)]
    assert stats.kstest(draws, law.cdf).pvalue > SIGNIFICANCE


@pytest.mark.slow
@pytest.mark.parametrize(("function", "parameters", "law"), LAWS, ids=NAMES)
def test_compiled_draws_are_the_same(function, parameters, law):
    rng = np.random.default_rng(3)
    columns = [parameter * rng.uniform(-0.1, 2, MANY) for parameter in parameters]
    assert_compiles_to_the_same(function, float, *blocks(MANY), *columns)


def test_95_percent_of_a_log_normal_are_below_its_p95():
    draws = [
        distributions_by_inversion.draw_lognormal_p95([0], *block, 20.0, 90.0)
        for block in zip(*(it.tolist() for it in blocks(MANY)), strict=True)
    ]
    assert stats.binomtest(sum(it < 90 for it in draws), MANY, 0.95).pvalue > SIGNIFICANCE
    assert stats.binomtest(sum(it < 20 for it in draws), MANY, 0.5).pvalue > SIGNIFICANCE
    assert exp(distributions_by_inversion.NORMAL_P95) == pytest.approx(exp(P95), rel=1e-14)


@pytest.mark.parametrize(
    ("function", "parameters", "fault"),
    [
        (distributions_by_inversion.draw_exponential, (0.0,), BAD_EXPONENTIAL),
        (distributions_by_inversion.draw_exponential, (nan,), BAD_EXPONENTIAL),
        (distributions_by_inversion.draw_lognormal, (0.0, 1.0), BAD_LOGNORMAL),
        (distributions_by_inversion.draw_lognormal, (1.0, -1.0), BAD_LOGNORMAL),
        (distributions_by_inversion.draw_lognormal_p95, (2.0, 1.0), BAD_PERCENTILE),
        (distributions_by_inversion.draw_weibull, (1.0, 0.0), BAD_WEIBULL_SCALE),
        (distributions_by_inversion.draw_pareto, (-1.0, 2.0), BAD_PARETO_SCALE),
        (distributions_by_inversion.draw_normal, (0.0, -1.0), BAD_NORMAL),
    ],
)
def test_parameters_without_a_law_are_a_fault(function, parameters, fault):
    actual = [0]
    assert (function(actual, 1, 2, 3, 4, *parameters), actual) == (0.0, [fault])
