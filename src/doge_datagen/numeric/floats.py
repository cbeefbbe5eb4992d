"""Splits floats into mantissa and exponent, and computes sums and products without rounding error."""

from __future__ import annotations

from collections.abc import Callable
from math import frexp, ldexp
from typing import Any

import numpy as np

TWO_TO_54 = 2.0**54
SMALLEST_NORMAL = 2.0**-1022
LARGEST_FLOAT = 1.7976931348623157e308
SIGNIFICAND = 0x000FFFFFFFFFFFFF
EXPONENT_OF_HALF = 0x3FE0000000000000
# A double has 53 bits: multiplying by 2**27 + 1 and subtracting again leaves the upper 26 of them.
SPLITTER = 134217729.0  # 2**27 + 1


def split(x: float) -> tuple[float, int]:
    """The mantissa and exponent of a positive finite number: ``x == m * 2**e`` with ``0.5 <= m < 1``.

    >>> split(6.0)
    (0.75, 3)
    """
    return frexp(x)


def power_of_two(exponent: int) -> float:
    """2.0 ** exponent, for exponents from -1022 to 1023.

    >>> power_of_two(-3)
    0.125
    """
    return ldexp(1.0, exponent)


def split_native(x: float) -> tuple[float, int]:
    """The same as :func:`split`, from the bits of x: faster if it is compiled, and slower if it is not."""
    scale = 0
    # A subnormal number has no leading bit in its exponent field to read; scaled by 2**54 it is normal.
    if x < SMALLEST_NORMAL:
        x *= TWO_TO_54
        scale = 54
    bits = np.float64(x).view(np.int64)
    exponent = (bits >> 52) - 1022 - scale
    mantissa = np.int64((bits & SIGNIFICAND) | EXPONENT_OF_HALF).view(np.float64)
    return mantissa, exponent  # type: ignore[return-value]  # NumPy's integer, in place of Python's


def power_of_two_native(exponent: int) -> float:
    """The same as :func:`power_of_two`, from bits."""
    return np.int64((exponent + 1023) << 52).view(np.float64)


def is_finite(x: float) -> bool:
    """Whether x is neither infinite nor nan."""
    # Both comparisons are False for nan, which is not finite either.
    return -LARGEST_FLOAT <= x <= LARGEST_FLOAT


def two_sum(a: float, b: float) -> tuple[float, float]:
    """The rounded sum of two numbers and its rounding error; together they are exactly a + b.

    Source: D. E. Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B.

    >>> two_sum(1.0, 2.0**-60) == (1.0, 2.0**-60)
    True
    """
    total = a + b
    # Looks like b, and is what of b has arrived in the sum. A compiler that simplifies it loses the error, so Numba's
    # fastmath has to stay off.
    part = total - a
    return total, (a - (total - part)) + (b - part)


def two_product(a: float, b: float) -> tuple[float, float]:
    """The rounded product of two numbers and its rounding error; together they are exactly a * b.

    Valid if neither number is above 2**996 and the product is neither infinite nor below 2**-968. Source:
    T. J. Dekker, "A floating-point technique for extending the available precision", 1971.
    """
    product = a * b
    # Veltkamp's splitting: each half has at most 26 bits, so products of halves are exact.
    scaled = a * SPLITTER
    a_high = scaled - (scaled - a)
    a_low = a - a_high
    scaled = b * SPLITTER
    b_high = scaled - (scaled - b)
    b_low = b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


FUNCTIONS: tuple[Callable[..., Any], ...] = (split, power_of_two, is_finite, two_sum, two_product)
NATIVE: dict[Callable[..., Any], Callable[..., Any]] = {split: split_native, power_of_two: power_of_two_native}
"""By function, the one to compile in its place."""
