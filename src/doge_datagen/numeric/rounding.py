"""Division, remainder and rounding of floats, with the same results as Python's."""

from __future__ import annotations

from collections.abc import Callable
from math import copysign, isnan
from typing import Any

import numpy as np

from doge_datagen.numeric.faults import BAD_DIGITS, NOT_FINITE, OVERFLOW, ZERO_DIVISION, Fault, fail
from doge_datagen.numeric.floats import is_finite, two_product

TWO_TO_52 = 2.0**52
TWO_TO_53 = 2.0**53
TWO_TO_63 = 2.0**63
TENS = tuple(float(10**digits) for digits in range(23))  # all powers of ten that a double represents exactly


def divide(fault: Fault, a: float, b: float) -> float:
    """The quotient a / b; b = 0 is a fault."""
    if b == 0.0:
        fail(fault, ZERO_DIVISION)
        return 0.0
    return a / b


def to_int(fault: Fault, x: float) -> int:
    """int(x): truncation towards zero; a number without an integer of 64 bits is a fault."""
    if not is_finite(x):
        fail(fault, NOT_FINITE)
        return 0
    # Half open: -2**63 is an integer of 64 bits and 2**63 is not. In compiled code int() of anything beyond is
    # undefined.
    if not -TWO_TO_63 <= x < TWO_TO_63:
        fail(fault, OVERFLOW)
        return 0
    return int(x)


def floor_of(fault: Fault, x: float) -> int:
    """math.floor(x): the largest integer that is not above x."""
    whole = to_int(fault, x)
    # The bounds again: to_int has returned 0 for what is beyond them, and 0 must not be adjusted.
    return whole - 1 if -TWO_TO_63 <= x < float(whole) else whole


def ceil_of(fault: Fault, x: float) -> int:
    """math.ceil(x): the smallest integer that is not below x."""
    whole = to_int(fault, x)
    return whole + 1 if float(whole) < x < TWO_TO_63 else whole


def round_of(fault: Fault, x: float) -> int:
    """round(x): the nearest integer; of two equally near ones, the even one."""
    whole = to_int(fault, x)
    if not -TWO_TO_63 <= x < TWO_TO_63:
        return 0
    rest = x - float(whole)
    odd = whole & 1 == 1
    if rest > 0.5 or (rest == 0.5 and odd):
        return whole + 1
    if rest < -0.5 or (rest == -0.5 and odd):
        return whole - 1
    return whole


def round_native(fault: Fault, x: float) -> int:
    """The same as :func:`round_of` without branches, which no processor can predict; faster only if it is compiled."""
    if not -TWO_TO_63 <= x < TWO_TO_63:
        return to_int(fault, x)
    return int(np.rint(x))


def round_to(fault: Fault, x: float, digits: int) -> float:
    """round(x, digits), for 0 to 22 digits: the float nearest to the decimal number that is nearest to x.

    The exact value of x is rounded, not the decimal number that it is displayed as: the float 2.675 is slightly less
    than that number, and gives 2.67. Of two equally near decimal numbers, such as those around 0.125, the one with the
    even last digit is taken. Infinity and nan are returned unchanged.

    >>> round_to([0], 2.675, 2), round_to([0], 0.125, 2)
    (2.67, 0.12)
    """
    if not 0 <= digits < len(TENS):
        fail(fault, BAD_DIGITS)
        return 0.0
    size = abs(x)
    scaled, error = size * TENS[digits], 0.0
    # Above 2**53, the decimal steps are finer than the distance between doubles around x, so x is the result.
    if x == 0.0 or not scaled <= TWO_TO_53:
        return x
    # The product is rounded. Its exact error decides where it looks like a tie and is none.
    if scaled < TWO_TO_52:
        scaled, error = two_product(size, TENS[digits])
        scaled = nearest(scaled, error)
    # Division of two exact doubles rounds once, so this is the double nearest to the decimal number.
    rounded = scaled / TENS[digits]
    return -rounded if x < 0.0 else rounded


def nearest(x: float, error: float) -> float:
    """The integer nearest to ``x + error``, as a float; of two equally near ones, the even one.

    ``0 <= x < 2**52``, and ``error`` is smaller than the distance to the next float.
    """
    whole = int(x)
    rest = x - float(whole)
    if rest > 0.5 or (rest == 0.5 and (error > 0.0 or (error == 0.0 and whole & 1 == 1))):
        whole += 1
    return float(whole)


def remainder(a: float, b: float) -> float:
    """C's fmod, computed exactly: the remainder of a / b with the sign of a; a is finite, b neither 0 nor nan."""
    rest, size = abs(a), abs(b)
    # Long division in binary: every difference of two doubles here is exact, so the remainder has no rounding error.
    piece = size
    while piece <= rest * 0.5:
        piece *= 2.0
    while rest >= size:
        if rest >= piece:
            rest -= piece
        piece *= 0.5
    return copysign(rest, a)


def float_modulo(fault: Fault, a: float, b: float) -> float:
    """The remainder a % b of floats, with the sign of b; b = 0 is a fault, an infinite a gives nan."""
    if b == 0.0:
        fail(fault, ZERO_DIVISION)
        return 0.0
    if not is_finite(a) or isnan(b):
        # nan for an infinite a, as inf - inf is nan, and nan for a nan in b.
        return (a - a) + b
    rest = remainder(a, b)
    if rest == 0.0:
        # A zero has the sign of b, as Python's has: 1 / it tells the difference.
        return copysign(0.0, b)
    return rest + b if (rest < 0.0) != (b < 0.0) else rest


def float_floor_divide(fault: Fault, a: float, b: float) -> float:
    """The quotient a // b of floats, an integer as a float; b = 0 is a fault, an infinite a gives nan."""
    if b == 0.0:
        fail(fault, ZERO_DIVISION)
        return 0.0
    if not is_finite(a) or isnan(b):
        return (a - a) + b
    rest = remainder(a, b)
    times = (a - rest) / b
    if rest != 0.0 and (rest < 0.0) != (b < 0.0):
        times -= 1.0
    # As in CPython's float_divmod, whose corrections these are: (a - rest) / b is an integer but for one rounding.
    return copysign(0.0, a / b) if times == 0.0 else nearest_whole(times)


def nearest_whole(x: float) -> float:
    """The integer nearest to x, as a float, where x is an integer except for the rounding error of a division."""
    if not -TWO_TO_52 < x < TWO_TO_52:
        return x
    below = float(int(x))
    if below > x:
        below -= 1.0
    return below + 1.0 if x - below > 0.5 else below


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    divide,
    to_int,
    floor_of,
    ceil_of,
    round_of,
    nearest,
    round_to,
    nearest_whole,
    remainder,
    float_modulo,
    float_floor_divide,
)
"""Each calls only those before it."""
NATIVE: dict[Callable[..., Any], Callable[..., Any]] = {round_of: round_native}
"""By function, the one to compile in its place."""
