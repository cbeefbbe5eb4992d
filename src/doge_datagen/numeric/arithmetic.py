"""Arithmetic on integers of 64 bits that never wraps: each result is the same as Python's, or a fault.

The same source runs in CPython and is compiled by Numba, where a plain sum of two large integers would silently wrap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.numeric.faults import BAD_TIMES, DETAIL, NEGATIVE_EXPONENT, OVERFLOW, ZERO_DIVISION, Fault, fail, note

LARGEST = 2**63 - 1
SMALLEST = -(2**63)
MOST_CHILDREN = 1_000_000
"""How many subjects one event spawns at most."""
# Factors of 32 bits have a product of 64 at most, so the most common products need no further test.
HALF = 2**31


def add(fault: Fault, a: int, b: int) -> int:
    """The sum a + b.

    >>> fault = [0]
    >>> add(fault, 2, 3), fault
    (5, [0])
    >>> add(fault, LARGEST, 1), fault
    (0, [1])
    """
    # Tested before the sum, since compiled code would wrap; and by a difference that cannot overflow for this sign of
    # b.
    if a > LARGEST - b if b > 0 else a < SMALLEST - b:
        fail(fault, OVERFLOW)
        return 0
    return a + b


def subtract(fault: Fault, a: int, b: int) -> int:
    """The difference a - b."""
    if a > LARGEST + b if b < 0 else a < SMALLEST + b:
        fail(fault, OVERFLOW)
        return 0
    return a - b


def negate(fault: Fault, a: int) -> int:
    """The negation -a."""
    if a == SMALLEST:
        fail(fault, OVERFLOW)
        return 0
    return -a


def absolute(fault: Fault, a: int) -> int:
    """The absolute value abs(a)."""
    return negate(fault, a) if a < 0 else a


def multiply(fault: Fault, a: int, b: int) -> int:
    """The product a * b."""
    if -HALF <= a < HALF and -HALF <= b < HALF:
        return a * b
    return multiply_wide(fault, a, b)


def multiply_wide(fault: Fault, a: int, b: int) -> int:
    """The product a * b, if a or b has more than 32 bits."""
    if b in (0, 1):
        return a * b
    if b == -1:
        return negate(fault, a)
    # Division first: the bound for a is calculated from b, so that nothing is multiplied before it is known to fit.
    # Compare negative magnitudes, since that of SMALLEST has no positive counterpart.
    limit = SMALLEST if (a < 0) != (b < 0) else -LARGEST
    if (a if a < 0 else -a) < -(limit // (b if b < 0 else -b)):
        fail(fault, OVERFLOW)
        return 0
    return a * b


def floor_divide(fault: Fault, a: int, b: int) -> int:
    """The quotient a // b, rounded towards minus infinity."""
    if b == 0:
        fail(fault, ZERO_DIVISION)
        return 0
    # SMALLEST // -1 is 2**63, the only quotient of integers that does not fit; processors trap on it or return
    # SMALLEST.
    return negate(fault, a) if b == -1 else a // b


def modulo(fault: Fault, a: int, b: int) -> int:
    """The remainder a % b, with the sign of b."""
    if b == 0:
        fail(fault, ZERO_DIVISION)
        return 0
    # A remainder of -1 is always 0, but on x86 the instruction that finds it computes the quotient too, and traps for
    # SMALLEST.
    return 0 if b == -1 else a % b


def power(fault: Fault, a: int, exponent: int) -> int:
    """The power a ** exponent, for an exponent of 0 or more; a negative one is a fault."""
    if exponent < 0:
        fail(fault, NEGATIVE_EXPONENT)
        return 0
    result = 1
    while exponent > 0 and fault[0] == 0:
        if exponent & 1:
            result = multiply(fault, result, a)
        exponent >>= 1
        # Not squared once more than needed: the square of the last factor may overflow although the power itself fits.
        if exponent > 0:
            a = multiply(fault, a, a)
    return result if fault[0] == 0 else 0


def number_of_children(fault: Fault, number: int, position: int) -> int:
    """How many subjects the ``spawn`` at a position spawns; a number that cannot be is a fault."""
    if not 0 <= number <= MOST_CHILDREN:
        note(fault, number)
        fail(fault, BAD_TIMES + DETAIL * position)
        return 0
    return number


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    add,
    subtract,
    negate,
    absolute,
    multiply_wide,
    multiply,
    floor_divide,
    modulo,
    power,
    number_of_children,
)
"""Each calls only those before it."""
