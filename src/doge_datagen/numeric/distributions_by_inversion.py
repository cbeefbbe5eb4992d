"""Draws from distributions with readable parameters, by inversion, each from one block as in ``distributions``."""

# ruff: noqa: ARG001 - every draw gets the whole block, even if it needs less

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.numeric.distributions import exponential_of, normal_of
from doge_datagen.numeric.faults import (
    BAD_EXPONENTIAL,
    BAD_LOGNORMAL,
    BAD_NORMAL,
    BAD_PARETO_SCALE,
    BAD_PERCENTILE,
    BAD_WEIBULL_SCALE,
    Fault,
    fail,
)
from doge_datagen.numeric.logarithms import log
from doge_datagen.numeric.powers import exp, float_power

NORMAL_P95 = 1.6448536269514722
"""The 95th percentile of the standard normal distribution."""


def draw_exponential(fault: Fault, a: int, b: int, c: int, d: int, mean: float) -> float:
    """Exponential with this mean; one that is not above 0 is a fault."""
    if not mean > 0.0:
        fail(fault, BAD_EXPONENTIAL)
        return 0.0
    return mean * exponential_of(a, b)


def draw_lognormal(fault: Fault, a: int, b: int, c: int, d: int, median: float, sigma: float) -> float:
    """Log-normal: its logarithm is normal around that of the median, with standard deviation sigma."""
    if not (median > 0.0 and sigma >= 0.0):
        fail(fault, BAD_LOGNORMAL)
        return 0.0
    # Not exp(log(median) + ...): the median is multiplied as it is, and a sigma of 0 gives it back exactly.
    return median * exp(fault, sigma * normal_of(a, b))


def draw_lognormal_p95(fault: Fault, a: int, b: int, c: int, d: int, median: float, p95: float) -> float:
    """Log-normal with this median, and 95 % of all draws below p95."""
    if not 0.0 < median <= p95:
        fail(fault, BAD_PERCENTILE)
        return 0.0
    return draw_lognormal(fault, a, b, c, d, median, log(fault, p95 / median) / NORMAL_P95)


def draw_weibull(fault: Fault, a: int, b: int, c: int, d: int, scale: float, shape: float) -> float:
    """Weibull: ``P(x > t) = exp(-(t / scale) ** shape)``."""
    if not (scale > 0.0 and shape > 0.0):
        fail(fault, BAD_WEIBULL_SCALE)
        return 0.0
    return scale * float_power(fault, exponential_of(a, b), 1.0 / shape)


def draw_pareto(fault: Fault, a: int, b: int, c: int, d: int, scale: float, shape: float) -> float:
    """Pareto, from scale upwards: ``P(x > t) = (scale / t) ** shape``."""
    if not (scale > 0.0 and shape > 0.0):
        fail(fault, BAD_PARETO_SCALE)
        return 0.0
    return scale * exp(fault, exponential_of(a, b) / shape)


def draw_normal(fault: Fault, a: int, b: int, c: int, d: int, mean: float, sd: float) -> float:
    """Normal with this mean and standard deviation; a negative standard deviation is a fault."""
    if not sd >= 0.0:
        fail(fault, BAD_NORMAL)
        return 0.0
    return mean + sd * normal_of(a, b)


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    draw_exponential,
    draw_lognormal,
    draw_lognormal_p95,
    draw_weibull,
    draw_pareto,
    draw_normal,
)
"""Each calls only those before it, or those of modules above."""
