"""Square root, exponential and power, with the same bits in CPython and in Numba on every platform.

The exponential is from fdlibm's ``e_exp.c`` (Sun Microsystems, 1993), but its last sum is rounded only once. The power
is exp(y log x), where the logarithm and the product are sums of two doubles, as in Dekker's double-length arithmetic.
The error of both is below 0.7 units in the last place.
"""

from __future__ import annotations

from collections.abc import Callable
from math import copysign, isnan, sqrt
from typing import Any

from doge_datagen.numeric.faults import BROKEN_POWER, NEGATIVE_ROOT, TOO_LARGE, ZERO_DIVISION, Fault, fail
from doge_datagen.numeric.floats import LARGEST_FLOAT, is_finite, power_of_two, split, two_product, two_sum
from doge_datagen.numeric.logarithms import LN2_HIGH, LN2_LOW, SQUARE_ROOT_OF_HALF

LOG2_E = 1.4426950408889634
P1, P2, P3 = 1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05
P4, P5 = -1.65339022054652515390e-06, 4.13813679705723846039e-08
# Somewhat wider than the exact limits, 709.78 and -745.13: between them, the result itself tells which it is.
EXP_AT_MOST, EXP_AT_LEAST = 710.0, -746.0  # beyond these, the result is infinite or 0
TWO_TO_1023, TWO_TO_MINUS_1000 = 2.0**1023, 2.0**-1000
TWO_TO_53 = 2.0**53
# The first has 41 significant bits, so that its product with an exponent of at most 11 bits is exact.
LN2_41_BITS, LN2_BELOW = 0.693147180559663, 2.8235290563031577e-13
# 1/3 leads the series of artanh, so its rounding error would show in the result; the others are too small to matter.
THIRD, THIRD_LOW = 0.3333333333333333, 1.850371707708594e-17
FIFTH, SEVENTH, NINTH, ELEVENTH = 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0
THIRTEENTH, FIFTEENTH, SEVENTEENTH, NINETEENTH = 1.0 / 13.0, 1.0 / 15.0, 1.0 / 17.0, 1.0 / 19.0
TWENTY_FIRST, TWENTY_THIRD = 1.0 / 21.0, 1.0 / 23.0


def square_root(fault: Fault, x: float) -> float:
    """The square root, correctly rounded; a negative argument is a fault."""
    if x < 0.0:
        fail(fault, NEGATIVE_ROOT)
        return 0.0
    return sqrt(x)


def scale(x: float, exponent: int) -> float:
    """The number x * 2**exponent for x around 1, rounded once; exponents from -1100 to 1024."""
    # 2**1024 is not a double, although x * 2**1024 can be one for x below 1.
    if exponent > 1023:
        return x * TWO_TO_1023 * 2.0
    # The result may be subnormal: the first multiplication is exact, and the last one rounds, once.
    if exponent < -1021:
        return x * power_of_two(exponent + 1000) * TWO_TO_MINUS_1000
    return x * power_of_two(exponent)


def exp_of_sum(fault: Fault, x: float, small: float) -> float:
    """The exponential of x + small, a small correction to x; a result too large for a float is a fault."""
    # Before anything else: k would leave the range of exponents below, and the shift would give nonsense in compiled
    # code.
    if x < EXP_AT_LEAST:
        return 0.0
    if x > EXP_AT_MOST:
        fail(fault, TOO_LARGE)
        return 0.0
    # x = k ln 2 + r with |r| at most (ln 2) / 2. LN2_HIGH ends in zeros, so k * LN2_HIGH is exact and r loses no bits
    # to cancellation.
    # k need only be near, as r may be a little larger than half of ln 2: fdlibm rounds in the same way.
    k = int(x * LOG2_E + (0.5 if x >= 0.0 else -0.5))
    high = x - float(k) * LN2_HIGH
    low = float(k) * LN2_LOW - small
    r = high - low
    z = r * r
    # The rational function of fdlibm: exp(r) = 1 + r + r c / (2 - c).
    c = r - z * (P1 + z * (P2 + z * (P3 + z * (P4 + z * P5))))
    # 1 + high is the largest part of the sum; adding its rounding error to the small parts leaves one rounding for all
    # of it.
    near, rounding = two_sum(1.0, high)
    result = scale(near + (rounding + ((r * c) / (2.0 - c) - low)), k)
    if result > LARGEST_FLOAT:
        fail(fault, TOO_LARGE)
        return 0.0
    return result


def exp(fault: Fault, x: float) -> float:
    """The number e to the power of x; a result too large for a float is a fault, one too small is 0.

    >>> exp([0], 1.0)
    2.718281828459045
    """
    # Infinity to infinity without a fault, as in Python, whose OverflowError is for finite arguments only.
    if isnan(x) or x > LARGEST_FLOAT:
        return x
    return exp_of_sum(fault, x, 0.0)


def log_in_two(x: float) -> tuple[float, float]:
    """The natural logarithm of a positive finite number as a sum of two doubles, to about 2**-64 of its value."""
    m, exponent = split(x)
    # Mantissas around 1 keep the logarithm of a number just below 1 from being the difference of two large numbers.
    if m < SQUARE_ROOT_OF_HALF:
        m *= 2.0
        exponent -= 1
    log_m, log_m_low = log_of_mantissa(m)
    high, low = two_sum(float(exponent) * LN2_41_BITS, log_m)
    return two_sum(high, low + (log_m_low + float(exponent) * LN2_BELOW))


def log_of_mantissa(m: float) -> tuple[float, float]:
    """As :func:`log_in_two` for a number between sqrt(1/2) and sqrt(2), by the series of artanh((m - 1) / (m + 1))."""
    f = m - 1.0
    d, d_low = two_sum(m, 1.0)
    s = f / d
    back, back_low = two_product(s, d)
    # What the division left over: s + s_low = f / (d + d_low), to twice the precision of a double.
    s_low = (((f - back) - back_low) - s * d_low) / d
    z, z_low = two_product(s, s)
    z_low += 2.0 * s * s_low
    # |s| is at most 0.172, so from the term with 1/5 on a single double is precise enough.
    tail = z * (TWENTY_FIRST + z * TWENTY_THIRD)
    tail = z * (FIFTEENTH + z * (SEVENTEENTH + z * (NINETEENTH + tail)))
    tail = z * (FIFTH + z * (SEVENTH + z * (NINTH + z * (ELEVENTH + z * (THIRTEENTH + tail)))))
    q, q_low = two_sum(THIRD, tail)
    q_low += THIRD_LOW
    p, p_low = two_product(z, q)
    p_low += z * q_low + z_low * q
    u, u_low = two_product(2.0 * s, p)
    u_low += 2.0 * (s * p_low + s_low * p)
    high, low = two_sum(2.0 * s, u)
    return high, low + (u_low + 2.0 * s_low)


def power_of_positive(fault: Fault, x: float, y: float) -> float:
    """The power x ** y for a positive finite x and a finite y."""
    # The logarithm is 0, but two_product overflows for a huge y, and gives nan instead of 0.
    if x == 1.0:
        return 1.0
    # A double is not enough: y multiplies the error of the logarithm, so that up to 710 units would be wrong in the
    # last place.
    logarithm, logarithm_low = log_in_two(x)
    # The product of doubles would overflow in two_product; there, the result is 0 or too large anyway.
    estimate = y * logarithm
    if not EXP_AT_LEAST <= estimate <= EXP_AT_MOST:
        return exp_of_sum(fault, estimate, 0.0)
    product, product_low = two_product(y, logarithm)
    return exp_of_sum(fault, product, product_low + y * logarithm_low)


def is_odd(x: float) -> bool:
    """Whether x is an odd integer."""
    # From 2**53 on all doubles are even; the test also keeps int() within 64 bits.
    return -TWO_TO_53 < x < TWO_TO_53 and float(int(x)) == x and int(x) & 1 == 1


def float_power(fault: Fault, x: float, y: float) -> float:
    """The power x ** y of floats.

    Zero to a negative power, a negative number to a fractional power, and a result too large for a float are faults.
    Infinity and nan give the same as in Python: nan ** 0.0 and 1.0 ** nan are 1.0.

    >>> float_power([0], 1.5, 2.0), float_power([0], -2.0, 3.0)
    (2.25, -8.0)
    """
    if y == 0.0 or x == 1.0:
        return 1.0
    # The order of these cases is that of C's pow, which Python follows.
    if isnan(x) or isnan(y):
        return x + y
    if x == 0.0 or not is_finite(x) or not is_finite(y):
        return power_at_edge(fault, x, y)
    # Larger exponents are integers, and int() of them might not fit 64 bits.
    if x < 0.0 and abs(y) < TWO_TO_53 and float(int(y)) != y:
        fail(fault, BROKEN_POWER)
        return 0.0
    result = power_of_positive(fault, abs(x), y)
    return -result if x < 0.0 and is_odd(y) else result


def power_at_edge(fault: Fault, x: float, y: float) -> float:
    """The power x ** y if x is zero, or if x or y is infinite."""
    size = abs(x)
    if not is_finite(y):
        # x ** inf grows for |x| above 1 and x ** -inf for |x| below 1.
        infinite = (size > 1.0) == (y > 0.0)
        return 1.0 if size == 1.0 else abs(y) if infinite else 0.0
    if y > 0.0:
        return x if is_odd(y) else size
    if x == 0.0:
        fail(fault, ZERO_DIVISION)
        return 0.0
    return copysign(0.0, x) if is_odd(y) else 0.0


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    square_root,
    scale,
    exp_of_sum,
    exp,
    log_of_mantissa,
    log_in_two,
    power_of_positive,
    is_odd,
    power_at_edge,
    float_power,
)
"""Each calls only those before it."""
