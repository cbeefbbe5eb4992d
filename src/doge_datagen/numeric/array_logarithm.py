"""The natural logarithm, computed with + - * / only, so that every platform gives the same bits.

IEEE 754 defines the results of these four operations exactly. The logarithms of C libraries differ in the last bit, and
one bit is enough to move an event to another tick. The algorithm and its coefficients are from fdlibm's ``e_log.c``
(Sun Microsystems, 1993), with an error below one unit in the last place.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import frexp
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", float, npt.NDArray[np.float64])
"""A float, or a NumPy ``float64`` array of them: the arithmetic is the same for both."""

SQUARE_ROOT_OF_HALF = 0.7071067811865476
# ln 2 as a sum. The high part ends in 21 zero bits, so that its product with an exponent, of 11 bits at most, is exact.
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
EVEN = (3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01)
ODD = (6.666666666666735130e-01, 2.857142874366239149e-01, 1.818357216161805012e-01, 1.479819860511658591e-01)


def log(x: float) -> float:
    """The natural logarithm of a positive finite number.

    >>> log(1.0), log(0.5)
    (0.0, -0.6931471805599453)
    """
    return log_of_parts(*frexp(x))


def log_of_parts(mantissa: Number, exponent: Number) -> Number:
    """The natural logarithm of ``mantissa * 2**exponent``, as ``frexp`` splits a number: 0.5 <= mantissa < 1."""
    # A comparison times 1.0 instead of a branch, which arrays do not have: 0.0 or 1.0, and nothing rounds.
    low = (mantissa < SQUARE_ROOT_OF_HALF) * 1.0
    f = (low + 1.0) * mantissa
    f -= 1.0  # in place, since for arrays half of the time would be spent on allocating new ones
    s = f / (f + 2.0)
    z = s * s
    w = z * z
    series = w * polynomial(w, EVEN)
    series += z * polynomial(w, ODD)
    half_square = f * f
    half_square *= 0.5
    series += half_square
    series *= s
    k = exponent - low
    # The order of these sums is fdlibm's and decides the last bit: logarithms.py repeats it for single numbers.
    series += k * LN2_LOW
    half_square -= series
    half_square -= f
    k *= LN2_HIGH
    k -= half_square
    return k


def polynomial(x: Number, coefficients: Sequence[float]) -> Number:
    """c[0] + c[1] x + c[2] x**2 + ..., by Horner's rule."""
    value = x * coefficients[-1]
    for coefficient in coefficients[-2:0:-1]:
        value += coefficient
        value *= x
    value += coefficients[0]
    return value
