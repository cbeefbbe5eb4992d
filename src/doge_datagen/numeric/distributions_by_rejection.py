"""Draws from distributions without a simple inverse: each attempt uses one block of Philox and may be rejected.

The caller repeats an attempt with the next block until its result is below ``REJECTED``.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

from doge_datagen.numeric.distributions import normal_of, random
from doge_datagen.numeric.faults import BAD_GAMMA, BAD_GAMMA_SCALE, BAD_POISSON, BAD_ZIPF, Fault, fail
from doge_datagen.numeric.logarithms import log_of_positive
from doge_datagen.numeric.powers import exp

# A value and not a flag, since attempts are functions of one result in compiled code; no number that is drawn comes
# near.
REJECTED = 1e300
"""An attempt with this result, or a larger one, has been rejected."""
# The terms of the test e - e v + e log(v) nearly cancel, and each has a rounding error of about shape * 2**-53. At this
# limit that is 1e-4; a larger shape would be accepted or rejected by rounding.
LARGEST_SHAPE = 1e12
LARGEST_MEAN = 1e9
# Up to here every integer is a double, so that int(x + 0.5) is right and counts differ from each other.
LARGEST_COUNT = 2.0**53
FEW = 10.0
"""Up to this mean, Poisson numbers are found by adding up their probabilities."""
NEARLY_ZERO = 1e-3
# exp overflows above 709.78, which would be a fault, although the result of the quotient is known: 0.
FAR_AWAY = 700.0
TWO_TO_MINUS_32 = 2.0**-32
TWO_TO_MINUS_33 = 2.0**-33
TWO_TO_MINUS_54 = 2.0**-54
HALF_LOG_OF_TWO_PI = 0.9189385332046727


def draw_log_gamma(fault: Fault, a: int, b: int, c: int, d: int, shape: float) -> float:
    """The logarithm of a gamma number with scale 1: 95 to 100 % of the attempts are accepted.

    From G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000). Logarithms
    keep the tiny numbers that a shape far below 1 gives.
    """
    if not 0.0 < shape <= LARGEST_SHAPE:
        fail(fault, BAD_GAMMA)
        return 0.0
    # The method needs a shape of 1 or more. For less, a gamma number of shape + 1 is multiplied by u ** (1 / shape),
    # which is a sum of logarithms at the end.
    e = (shape if shape >= 1.0 else shape + 1.0) - 1.0 / 3.0
    z = normal_of(a, b)
    root = 1.0 + z / sqrt(9.0 * e)
    # The source's transformation has no value there; with these few normal numbers the attempt is rejected.
    if root <= 0.0:
        return REJECTED
    v = root * root * root
    log_of_v = log_of_positive(v)
    # The source's squeeze step, which only saves some logarithms, is left out.
    # Word c, and d below, as z has used a and b: the test must be independent of what it tests. 32 bits are enough to
    # compare with, and the half step keeps the logarithm from 0.
    if log_of_positive(float(c) * TWO_TO_MINUS_32 + TWO_TO_MINUS_33) >= 0.5 * z * z + e - e * v + e * log_of_v:
        return REJECTED
    found = log_of_positive(e) + log_of_v
    return found if shape >= 1.0 else found + log_of_positive(float(d) * TWO_TO_MINUS_32 + TWO_TO_MINUS_33) / shape


def gamma_of(fault: Fault, log_gamma: float, scale: float) -> float:
    """A gamma number from the logarithm of one with scale 1; a scale that is not above 0 is a fault."""
    if not scale > 0.0:
        fail(fault, BAD_GAMMA_SCALE)
        return 0.0
    return scale * exp(fault, log_gamma)


def beta_of(fault: Fault, one: float, other: float) -> float:
    """A beta number x / (x + y), from the logarithms of two gamma numbers x and y."""
    # From the difference of the logarithms: x and y themselves may both be too small for a double.
    if other - one > FAR_AWAY:
        return 0.0
    return 1.0 / (1.0 + exp(fault, other - one))


def log_factorial(n: float) -> float:
    """The logarithm of n!, by Stirling's series, with an error below 1e-11."""
    # The series is precise from 8 on; a smaller argument is raised to it by Gamma(x + 1) = x Gamma(x).
    x, product = n + 1.0, 1.0
    while x < 8.0:
        product *= x
        x += 1.0
    y = 1.0 / (x * x)
    series = (1.0 / 12.0 - y * (1.0 / 360.0 - y * (1.0 / 1260.0 - y * (1.0 / 1680.0 - y / 1188.0)))) / x
    return (x - 0.5) * log_of_positive(x) - x + HALF_LOG_OF_TWO_PI + series - log_of_positive(product)


def draw_poisson(fault: Fault, a: int, b: int, c: int, d: int, mean: float) -> float:
    """Poisson, as a whole float.

    From a mean of 10 on, by PTRS of W. Hoermann, "The transformed rejection method for generating Poisson random
    variables", Insurance: Mathematics and Economics 12 (1993); 85 % and more of the attempts are accepted.
    """
    if not 0.0 <= mean <= LARGEST_MEAN:
        fail(fault, BAD_POISSON)
        return 0.0
    # Below 10, the bounds of PTRS do not hold: the source states it for means of 10 and more.
    if mean < FEW:
        return poisson_by_sum(exp(fault, -mean), random(fault, a, b, c, d), mean)
    spread = 0.931 + 2.53 * sqrt(mean)
    slope = 0.02483 * spread - 0.059
    # The second number is made of the other two words, so that it is independent of the first.
    u, v = random(fault, a, b, c, d) - 0.5, random(fault, c, d, a, b) + TWO_TO_MINUS_54
    near = 0.5 - abs(u)
    # A u of exactly -1/2 stands for no number. Adding 2**-54 cannot avoid it, since 0.5 + 2**-54 rounds to 0.5.
    if near == 0.0:
        return REJECTED
    number = (2.0 * slope / near + spread) * u + mean + 0.43
    # Before int(), which in compiled code gives any number for a float beyond 64 bits.
    if number < 0.0 or number > LARGEST_COUNT or (near < 0.013 and v > near):
        return REJECTED
    n = float(int(number))
    # The squeeze of the source: most attempts end here, without a logarithm.
    if near >= 0.07 and v <= 0.9277 - 3.6224 / (spread - 2.0):
        return n
    left = log_of_positive(v * (1.1239 + 1.1328 / (spread - 3.4)) / (slope / (near * near) + spread))
    return n if left <= n * log_of_positive(mean) - mean - log_factorial(n) else REJECTED


def poisson_by_sum(chance: float, u: float, mean: float) -> float:
    """The Poisson number at which the sum of the probabilities, the first of which is the chance of 0, passes u."""
    n, total = 0.0, chance
    # The rounded probabilities may sum to less than the largest u, and the loop would not end. For a mean below 10, a
    # number of 100 has a probability of less than 1e-60.
    while u >= total and n < 100.0:
        n += 1.0
        chance *= mean / n
        total += chance
    return n


def log_ratio(x: float) -> float:
    """``log(1 + x) / x``, for x above -1."""
    # Near 0 the quotient would be 0 / 0; the series is used there, whose next term is below 2e-16.
    if abs(x) > NEARLY_ZERO:
        return log_of_positive(1.0 + x) / x
    # Also for precision: log(1 + x) loses as many digits as x has leading zeros, when 1 is added to it.
    return 1.0 - x * (1.0 / 2.0 - x * (1.0 / 3.0 - x * (1.0 / 4.0 - x / 5.0)))


def exp_ratio(fault: Fault, x: float) -> float:
    """``(exp(x) - 1) / x``."""
    if abs(x) > NEARLY_ZERO:
        return (exp(fault, x) - 1.0) / x
    return 1.0 + x * (1.0 / 2.0 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x / 120.0)))


def zipf_integral(fault: Fault, x: float, exponent: float) -> float:
    """The integral of ``t ** -exponent`` from 1 to x."""
    log_of_x = log_of_positive(x)
    # (x ** (1 - exponent) - 1) / (1 - exponent), written so that an exponent near 1, where it becomes log(x), needs no
    # case.
    return exp_ratio(fault, (1.0 - exponent) * log_of_x) * log_of_x


def zipf_integral_inverse(fault: Fault, y: float, exponent: float) -> float:
    """The x for which the integral is y."""
    t = y * (1.0 - exponent)
    # For exponents above 1 the integral is bounded, and rounding may ask for a point beyond its bound.
    return exp(fault, log_ratio(t) * y) if t > -1.0 else LARGEST_COUNT


def zipf_chance(fault: Fault, x: float, exponent: float) -> float:
    """``x ** -exponent``."""
    return exp(fault, -exponent * log_of_positive(x))


def draw_zipf(fault: Fault, a: int, b: int, c: int, d: int, exponent: float, n: float) -> float:
    """A rank from 1 to n, as a whole float, with a probability proportional to ``rank ** -exponent``.

    From W. Hoermann and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
    distributions", ACM TOMACS 6 (1996).
    """
    if not (0.0 <= exponent <= FAR_AWAY and 1.0 <= n <= LARGEST_COUNT):
        fail(fault, BAD_ZIPF)
        return 1.0
    high = zipf_integral(fault, n + 0.5, exponent)
    # H(1.5) - 1 and not H(0.5): the interval of rank 1 is exactly as long as its probability, so it is never rejected.
    u = high + random(fault, a, b, c, d) * (zipf_integral(fault, 1.5, exponent) - 1.0 - high)
    x = zipf_integral_inverse(fault, u, exponent)
    # x may exceed n, by the half interval above it and by rounding.
    rank = float(int(x + 0.5)) if x < n else n
    rank = 1.0 if rank < 1.0 else rank  # noqa: FURB136 - Numba compiles this
    edge = zipf_integral(fault, 2.5, exponent) - zipf_chance(fault, 2.0, exponent)
    # Close to the middle of its interval every rank is accepted; this test alone decides most attempts.
    if rank - x <= 2.0 - zipf_integral_inverse(fault, edge, exponent):
        return rank
    accepted = u >= zipf_integral(fault, rank + 0.5, exponent) - zipf_chance(fault, rank, exponent)
    return rank if accepted else REJECTED


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    draw_log_gamma,
    gamma_of,
    beta_of,
    log_factorial,
    poisson_by_sum,
    draw_poisson,
    log_ratio,
    exp_ratio,
    zipf_integral,
    zipf_integral_inverse,
    zipf_chance,
    draw_zipf,
)
"""Each calls only those before it, or those of modules above."""
