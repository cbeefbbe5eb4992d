"""Logarithms computed with + - * / only, so that CPython, NumPy and Numba give the same bits on every platform.

IEEE 754 defines the results of these four operations exactly. The logarithms of C libraries differ in the last bit, and
one bit is enough to move an event to another tick. The algorithms are from fdlibm's ``e_log.c`` (Sun Microsystems,
1993) and FreeBSD's ``e_log2.c`` and ``e_log10.c``, with errors below one unit in the last place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.numeric.faults import NO_LOGARITHM, Fault, fail
from doge_datagen.numeric.floats import LARGEST_FLOAT, SPLITTER, split, two_sum

Floats = npt.NDArray[np.float64]

SQUARE_ROOT_OF_HALF = 0.7071067811865476
# ln 2 as a sum. The high part ends in 21 zero bits, so that its product with an exponent, of 11 bits at most, is exact.
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
E2, E4, E6 = 3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01
O1, O3, O5, O7 = 6.666666666666735130e-01, 2.857142874366239149e-01, 1.818357216161805012e-01, 1.479819860511658591e-01
LOG2_E_HIGH, LOG2_E_LOW = 1.4426950216293335, 1.9259629911266175e-08
LOG10_E_HIGH, LOG10_E_LOW = 0.4342944771051407, 4.798111141615973e-09
LOG10_2_HIGH, LOG10_2_LOW = 0.30102999566395283, 2.8363394551044964e-14


def logarithm_parts(x: float) -> tuple[float, float, float, float]:
    """The parts of log(x), for a positive finite x: k, f, h and r.

    They satisfy ``x == 2**k * (1 + f)``, ``h == f * f / 2`` and ``log(1 + f) == f - h + r``.
    """
    mantissa, exponent = split(x)
    k = float(exponent)
    # 1 + f between sqrt(1/2) and sqrt(2) makes f as small as it can be, so that log(x) keeps its precision near 1.
    if mantissa < SQUARE_ROOT_OF_HALF:
        mantissa *= 2.0
        k -= 1.0
    f = mantissa - 1.0
    # log(1 + f) = 2 artanh(f / (2 + f)), whose series has every other term only and converges fast.
    s = f / (f + 2.0)
    z = s * s
    w = z * z
    # Two half series instead of one long chain: a processor computes them side by side.
    even = w * ((w * E6 + E4) * w + E2)
    odd = z * (((w * O7 + O5) * w + O3) * w + O1)
    half_square = f * f * 0.5
    return k, f, half_square, (even + odd + half_square) * s


def log_of_positive(x: float) -> float:
    """The natural logarithm of a positive finite number."""
    k, f, half_square, rest = logarithm_parts(x)
    return k * LN2_HIGH - (half_square - (rest + k * LN2_LOW) - f)


def without_logarithm(fault: Fault, x: float) -> float:
    """The logarithm of other numbers than positive finite ones: 0 or less is a fault, infinity and nan give x."""
    if x <= 0.0:
        fail(fault, NO_LOGARITHM)
        return 0.0
    return x


def log(fault: Fault, x: float) -> float:
    """The natural logarithm; an argument of 0 or less is a fault.

    >>> log([0], 0.5)
    -0.6931471805599453
    """
    # One test for all rare cases, so that the path of ordinary numbers has one branch; nan fails it too.
    if not 0.0 < x <= LARGEST_FLOAT:
        return without_logarithm(fault, x)
    return log_of_positive(x)


def log2(fault: Fault, x: float) -> float:
    """The logarithm to base 2, exact for powers of 2; an argument of 0 or less is a fault."""
    if not 0.0 < x <= LARGEST_FLOAT:
        return without_logarithm(fault, x)
    k, f, half_square, rest = logarithm_parts(x)
    # The leading bits are multiplied exactly, and the rest is added at the end, so little is lost before the last sum.
    high = upper_half(f - half_square)
    low = (f - high) - half_square + rest
    # high and LOG2_E_HIGH have at most 26 significant bits each, so their product is exact.
    main, rounding = two_sum(k, high * LOG2_E_HIGH)
    return ((low + high) * LOG2_E_LOW + low * LOG2_E_HIGH + rounding) + main


def log10(fault: Fault, x: float) -> float:
    """The logarithm to base 10, exact for powers of 10 from 1 to 1e22; an argument of 0 or less is a fault."""
    if not 0.0 < x <= LARGEST_FLOAT:
        return without_logarithm(fault, x)
    k, f, half_square, rest = logarithm_parts(x)
    high = upper_half(f - half_square)
    low = (f - high) - half_square + rest
    main, rounding = two_sum(k * LOG10_2_HIGH, high * LOG10_E_HIGH)
    small = k * LOG10_2_LOW + (low + high) * LOG10_E_LOW + low * LOG10_E_HIGH
    return (small + rounding) + main


def scale_of_chance(p: float) -> float:
    """-1 / ln(1 - p) for a probability above 0, and 0 if it is 1: see ``transition_plan.StateExits``.

    The rounding of 1 - p is undone by the exact difference that it left, after W. Kahan, "HP-15C Advanced Functions
    Handbook", 1982.

    >>> scale_of_chance(0.5), scale_of_chance(1e-20)
    (1.4426950408889634, 1e+20)
    """
    if p >= 1.0:
        return 0.0
    staying = 1.0 - p
    if staying == 1.0:
        return 1.0 / p
    return (staying - 1.0) / (log_of_positive(staying) * p)


def upper_half(x: float) -> float:
    """The upper 26 bits of a number, whose product with another number of 26 bits is exact."""
    scaled = x * SPLITTER
    return scaled - (scaled - x)


def logs_of_parts(mantissas: Floats, exponents: Floats) -> Floats:
    """The natural logarithms of an array of positive finite numbers, as :func:`log_of_positive` to the bit.

    Args:
        mantissas: of the numbers, as ``numpy.frexp`` splits them: 0.5 <= mantissa < 1.
        exponents: of 2, as floats.
    """
    # The same operations in the same order. In place, since half of the time would be spent on allocating new arrays;
    # a comparison times 1.0 instead of the branch, which is 0.0 or 1.0, so nothing rounds.
    low = (mantissas < SQUARE_ROOT_OF_HALF) * 1.0
    f = (low + 1.0) * mantissas
    f -= 1.0
    s = f / (f + 2.0)
    z = s * s
    w = z * z
    series = w * polynomial(w, (E2, E4, E6))
    series += z * polynomial(w, (O1, O3, O5, O7))
    half_squares = f * f
    half_squares *= 0.5
    series += half_squares
    series *= s
    k = exponents - low
    series += k * LN2_LOW
    half_squares -= series
    half_squares -= f
    k *= LN2_HIGH
    k -= half_squares
    return k


def polynomial(x: Floats, coefficients: Sequence[float]) -> Floats:
    """c[0] + c[1] x + c[2] x**2 + ..., by Horner's rule."""
    values = x * coefficients[-1]
    for coefficient in coefficients[-2:0:-1]:
        values += coefficient
        values *= x
    values += coefficients[0]
    return values


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    logarithm_parts,
    log_of_positive,
    without_logarithm,
    scale_of_chance,
    upper_half,
    log,
    log2,
    log10,
)
"""Those that Numba compiles; each calls only those before it."""
