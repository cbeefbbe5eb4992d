"""Random draws with the names and meanings of Python's ``random``, each from the 128 bits of one block of Philox.

Normal draws are made by inversion, with the function PPND16 of M. J. Wichura, "Algorithm AS 241: the percentage points
of the normal distribution", Applied Statistics 37 (1988). Its relative error is about 1e-16, and at most 1e-15 with the
rounding of doubles.

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
from doge_datagen.numeric.powers import exp, float_power

TWO_TO_52 = 2.0**52
TWO_TO_MINUS_53 = 2.0**-53
# Where the source changes from one rational function to the next; the coefficients below are fitted to these ranges.
CENTRE, CENTRE_SQUARE = 0.425, 0.180625
NEAR_TAIL, NEAR_SHIFT = 5.0, 1.6
# Written with all digits of the paper, more than a double holds, so that they can be compared with it.
# The coefficients of the three rational functions, from the highest power to the lowest, with the names of the source.
A7, A6, A5, A4 = 2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4
A3, A2, A1, A0 = 1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080
B7, B6, B5, B4 = 5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4
B3, B2, B1 = 5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1
C7, C6, C5, C4 = 7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258
C3, C2, C1, C0 = 3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734
D7, D6, D5, D4 = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
)
D3, D2, D1 = 6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187
E7, E6, E5, E4 = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    1.24266094738807843860e-3,
    2.65321895265761230930e-2,
)
E3, E2, E1, E0 = 2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720
F7, F6, F5, F4 = (
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
)
F3, F2, F1 = 1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1


def normal_of(a: int, b: int) -> float:
    """Standard normal, from the upper 53 of 64 bits: -8.3 to 8.3, exactly symmetric around 0."""
    # The centre of one of 2**53 equal intervals, shifted to -1/2 to 1/2: exact in 53 bits, and never at an end.
    # Symmetry needs the centres of the intervals: multiples of 2**-53 from 0 on would have 0, whose quantile is
    # infinite, and no 1.
    q = (float((b << 21) | (a >> 11)) - TWO_TO_52 + 0.5) * TWO_TO_MINUS_53
    if -CENTRE <= q <= CENTRE:
        return q * in_centre(CENTRE_SQUARE - q * q)
    # 0.5 - |q| is exact, since both are multiples of 2**-54: the tails lose no precision.
    distance = sqrt(-log_of_positive(0.5 - abs(q)))
    value = in_near_tail(distance - NEAR_SHIFT) if distance <= NEAR_TAIL else in_far_tail(distance - NEAR_TAIL)
    return -value if q < 0.0 else value


def in_centre(r: float) -> float:
    """The source's first function, for |q| up to 0.425."""
    above = ((((((A7 * r + A6) * r + A5) * r + A4) * r + A3) * r + A2) * r + A1) * r + A0
    below = ((((((B7 * r + B6) * r + B5) * r + B4) * r + B3) * r + B2) * r + B1) * r + 1.0
    return above / below


def in_near_tail(r: float) -> float:
    """The source's second function, for tail probabilities down to exp(-25)."""
    above = ((((((C7 * r + C6) * r + C5) * r + C4) * r + C3) * r + C2) * r + C1) * r + C0
    below = ((((((D7 * r + D6) * r + D5) * r + D4) * r + D3) * r + D2) * r + D1) * r + 1.0
    return above / below


def in_far_tail(r: float) -> float:
    """The source's third function, for smaller tail probabilities."""
    above = ((((((E7 * r + E6) * r + E5) * r + E4) * r + E3) * r + E2) * r + E1) * r + E0
    below = ((((((F7 * r + F6) * r + F5) * r + F4) * r + F3) * r + F2) * r + F1) * r + 1.0
    return above / below


LARGEST = 2**63 - 1
SMALLEST = -(2**63)
# A word of 32 bits times n, plus a carry, has to stay below 2**63; hence not 2**32.
ONE_WORD = 2**31
WORD = 0xFFFFFFFF
HALF_WORD = 0xFFFF
TWO_TO_MINUS_54 = 2.0**-54


def random(fault: Fault, a: int, b: int, c: int, d: int) -> float:
    """Uniform in [0, 1): one of the 2**53 multiples of 2**-53.

    >>> random([0], 0, 2**31, 0, 0)
    0.5
    """
    # 53 bits are all that a double holds below 1; with 64 the conversion would round, and could round up to 1.
    return float((b << 21) | (a >> 11)) * TWO_TO_MINUS_53


def exponential_of(a: int, b: int) -> float:
    """Exponential with mean 1, by inversion: 0 to 37.4."""
    # Half a step is added, so that the logarithm never sees 0. The largest number becomes exactly 1, whose logarithm is
    # 0.
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
    # low above high is allowed, as in Python: both differences change their sign, and the quotient stays in 0 to 1.
    u, peak = random(fault, a, b, c, d), (mode - low) / (high - low)
    if u <= peak:
        return low + (high - low) * sqrt(u * peak)
    return high + (low - high) * sqrt((1.0 - u) * (1.0 - peak))


def scaled_index(a: int, b: int, c: int, d: int, n: int) -> int:
    """The integer part of n * x / 2**128, where x is the integer of the 128 bits; for n from 1 to 2**63 - 1."""
    # All 128 bits are used, not a word alone: n does not divide 2**32, and the bias of a word would show with large n.
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
    # The test comes before the difference, which would overflow: from -2**63 to 2**63 are more numbers than an integer
    # counts.
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
    # One less than in randrange: both ends are included, so there are high - low + 1 numbers.
    if low <= 0 and high >= LARGEST + low:
        fail(fault, WIDE_RANGE)
        return 0
    return low + scaled_index(a, b, c, d, high - low + 1)


def gauss(fault: Fault, a: int, b: int, c: int, d: int, mu: float, sigma: float) -> float:
    """Normal with mean mu and standard deviation sigma; a negative sigma is a fault."""
    # Written as a negation, so that nan is a fault too; every comparison with nan is False.
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
    # u ** (-1 / alpha), as Python has it, by the logarithm of u that exponential_of takes anyway.
    return exp(fault, exponential_of(a, b) / alpha)


def weibullvariate(fault: Fault, a: int, b: int, c: int, d: int, alpha: float, beta: float) -> float:
    """Weibull with scale alpha and shape beta; if one of them is not positive, it is a fault."""
    if not (alpha > 0.0 and beta > 0.0):
        fail(fault, BAD_WEIBULL)
        return 0.0
    return alpha * float_power(fault, exponential_of(a, b), 1.0 / beta)


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    in_centre,
    in_near_tail,
    in_far_tail,
    normal_of,
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
