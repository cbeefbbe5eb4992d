"""Random draws with the names and meanings of Python's ``random``, each from the 128 bits of one block of Philox.

``a, b, c, d`` are the four words of the block: independent, each uniform in 0 to 2**32 - 1. Uniform draws use the words
in the order b, a, d, c, the most significant first, so that draws from the same block with other parameters are
monotonic functions of each other.
"""

# ruff: noqa: ARG001 - every draw gets the whole block, even if it needs less

from __future__ import annotations

from collections.abc import Callable
from math import isnan, sqrt
from typing import Any

from doge_datagen.numeric.faults import (
    BAD_LAMBDA,
    BAD_MODE,
    BAD_PARETO,
    BAD_SIGMA,
    BAD_WEIBULL,
    EMPTY_RANGE,
    WIDE_RANGE,
    ZERO_DIVISION,
    Fault,
    fail,
)
from doge_datagen.numeric.logarithms import log_of_positive
from doge_datagen.numeric.normal import normal_of
from doge_datagen.numeric.powers import exp, float_power

LARGEST = 2**63 - 1
SMALLEST = -(2**63)
ONE_WORD = 2**31
WORD = 0xFFFFFFFF
HALF_WORD = 0xFFFF
TWO_TO_MINUS_53 = 2.0**-53
TWO_TO_MINUS_54 = 2.0**-54


def random(fault: Fault, a: int, b: int, c: int, d: int) -> float:
    """Uniform in [0, 1): one of the 2**53 multiples of 2**-53.

    >>> random([0], 0, 2**31, 0, 0)
    0.5
    """
    return float((b << 21) | (a >> 11)) * TWO_TO_MINUS_53


def exponential_of(a: int, b: int) -> float:
    """Exponential with mean 1, by inversion: 0 to 37.4."""
    return -log_of_positive(float((b << 21) | (a >> 11)) * TWO_TO_MINUS_53 + TWO_TO_MINUS_54)


def uniform(fault: Fault, a: int, b: int, c: int, d: int, low: float, high: float) -> float:
    """Uniform between two numbers: ``low + (high - low) * random()``, which may round to high."""
    return low + (high - low) * random(fault, a, b, c, d)


def triangular(fault: Fault, a: int, b: int, c: int, d: int, low: float, high: float, mode: float) -> float:
    """Triangular between low and high with the peak at mode; a mode that is not between them is a fault."""
    if not (low <= mode <= high or high <= mode <= low):
        fail(fault, BAD_MODE)
        return 0.0
    if low == high:
        return low
    u, peak = random(fault, a, b, c, d), (mode - low) / (high - low)
    if u <= peak:
        return low + (high - low) * sqrt(u * peak)
    return high + (low - high) * sqrt((1.0 - u) * (1.0 - peak))


def scaled_index(a: int, b: int, c: int, d: int, n: int) -> int:
    """The integer part of n * x / 2**128, where x is the integer of the 128 bits; for n from 1 to 2**63 - 1."""
    if n <= ONE_WORD:
        return (b * n + ((a * n + ((d * n + ((c * n) >> 32)) >> 32)) >> 32)) >> 32
    # The same in digits of 16 bits, so that no product overflows.
    index = 0
    for word in (c, d, a, b):
        index = times_digit(n, word & HALF_WORD, index)
        index = times_digit(n, word >> 16, index)
    return index


def times_digit(n: int, digit: int, carry: int) -> int:
    """The integer part of (n * digit + carry) / 2**16, for n and carry below 2**63 and a digit below 2**16."""
    low = (n & WORD) * digit + (carry & WORD)
    high = (n >> 32) * digit + (carry >> 32) + (low >> 32)
    return (high << 16) | ((low & WORD) >> 16)


def index_of(fault: Fault, a: int, b: int, c: int, d: int, n: int) -> int:
    """Uniform in 0 to n - 1, with a relative error of at most 2**-65; n below 1 is a fault.

    >>> index_of([0], 0, 2**31, 0, 0, 10)
    5
    """
    if n < 1:
        fail(fault, EMPTY_RANGE)
        return 0
    return scaled_index(a, b, c, d, n)


def randrange(fault: Fault, a: int, b: int, c: int, d: int, start: int, stop: int, step: int) -> int:
    """Uniform in ``range(start, stop, step)``; an empty range, or one that spans 2**63 or more, is a fault."""
    if step == 0 or (start >= stop if step > 0 else start <= stop):
        fail(fault, EMPTY_RANGE)
        return 0
    low, high = (start, stop) if step > 0 else (stop, start)
    if low < 0 and high > LARGEST + low:
        fail(fault, WIDE_RANGE)
        return 0
    width = high - low
    # A step beyond the width leaves one number, start. The step may be SMALLEST, which cannot be negated.
    n = 1 if step >= width or step <= -width else (width - 1) // (step if step > 0 else -step) + 1
    return start + step * scaled_index(a, b, c, d, n)


def randint(fault: Fault, a: int, b: int, c: int, d: int, low: int, high: int) -> int:
    """Uniform in low to high, both included; low above high, or 2**63 numbers or more, are a fault."""
    if low > high:
        fail(fault, EMPTY_RANGE)
        return 0
    if low <= 0 and high >= LARGEST + low:
        fail(fault, WIDE_RANGE)
        return 0
    return low + scaled_index(a, b, c, d, high - low + 1)


def gauss(fault: Fault, a: int, b: int, c: int, d: int, mu: float, sigma: float) -> float:
    """Normal with mean mu and standard deviation sigma; a negative sigma is a fault."""
    if not sigma >= 0.0:
        fail(fault, BAD_SIGMA)
        return 0.0
    return mu + sigma * normal_of(a, b)


def normalvariate(fault: Fault, a: int, b: int, c: int, d: int, mu: float, sigma: float) -> float:
    """The same as :func:`gauss`."""
    return gauss(fault, a, b, c, d, mu, sigma)


def lognormvariate(fault: Fault, a: int, b: int, c: int, d: int, mu: float, sigma: float) -> float:
    """Log-normal: its logarithm is normal with mu and sigma; a negative sigma is a fault."""
    if not sigma >= 0.0:
        fail(fault, BAD_SIGMA)
        return 0.0
    return exp(fault, gauss(fault, a, b, c, d, mu, sigma))


def expovariate(fault: Fault, a: int, b: int, c: int, d: int, lambd: float) -> float:
    """Exponential with mean 1 / lambd; negative if lambd is; a lambd of 0 is a fault."""
    if lambd == 0.0 or isnan(lambd):
        fail(fault, BAD_LAMBDA if isnan(lambd) else ZERO_DIVISION)
        return 0.0
    return exponential_of(a, b) / lambd


def paretovariate(fault: Fault, a: int, b: int, c: int, d: int, alpha: float) -> float:
    """Pareto with shape alpha, 1 or more; an alpha that is not positive is a fault."""
    if not alpha > 0.0:
        fail(fault, BAD_PARETO)
        return 0.0
    return exp(fault, exponential_of(a, b) / alpha)


def weibullvariate(fault: Fault, a: int, b: int, c: int, d: int, alpha: float, beta: float) -> float:
    """Weibull with scale alpha and shape beta; if one of them is not positive, it is a fault."""
    if not (alpha > 0.0 and beta > 0.0):
        fail(fault, BAD_WEIBULL)
        return 0.0
    return alpha * float_power(fault, exponential_of(a, b), 1.0 / beta)


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    random,
    exponential_of,
    uniform,
    triangular,
    times_digit,
    scaled_index,
    index_of,
    randrange,
    randint,
    gauss,
    normalvariate,
    lognormvariate,
    expovariate,
    paretovariate,
    weibullvariate,
)
"""Each calls only those before it, or those of modules above."""
