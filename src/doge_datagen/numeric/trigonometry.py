"""Sine, cosine and tangent of angles up to 2**30, with the same bits in CPython and in Numba on every platform.

The polynomials are from fdlibm's ``k_sin.c`` and ``k_cos.c`` (Sun Microsystems, 1993). The angle is reduced to -pi/4 to
pi/4 by the method of W. J. Cody and W. Waite, "Software manual for the elementary functions", 1980: multiples of pi/2
are subtracted in parts that are short enough for each product to be exact.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from typing import Any

from doge_datagen.numeric.faults import LARGE_ANGLE, Fault, fail
from doge_datagen.numeric.floats import two_sum

# Times 2/pi that is below 2**30, so that n has the 30 bits for which the products below are exact.
LARGEST_ANGLE = 2.0**30
QUARTER_PI = 0.7853981633974483
TWO_OVER_PI = 0.6366197723675814
# pi/2 = PIECE_1 + ... + PIECE_6, each of 23 bits: its product with an integer of 30 bits is exact.
PIECE_1, PIECE_2, PIECE_3 = 1.570796251296997, 7.549789415861596e-08, 5.390302529957765e-15
PIECE_4, PIECE_5, PIECE_6 = 3.2820031633724233e-22, 3.795010649787914e-29, 1.2293330898111133e-36
S1, S2, S3 = -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04
S4, S5, S6 = 2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10
C1, C2, C3 = 4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05
C4, C5, C6 = -2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11


def is_angle(fault: Fault, x: float) -> bool:
    """Whether x is within -2**30 to 2**30; an angle beyond that is a fault, and nan gives False without one."""
    if not -LARGEST_ANGLE <= x <= LARGEST_ANGLE:
        if not isnan(x):
            fail(fault, LARGE_ANGLE)
        return False
    return True


def angle_parts(x: float) -> tuple[int, float, float]:
    """An integer n and an angle within -pi/4 to pi/4, as a sum of two doubles, such that x = n pi/2 + angle."""
    # Not reduced: small angles, -0.0 among them, stay as they are.
    if -QUARTER_PI <= x <= QUARTER_PI:
        return 0, x, 0.0
    # Cody and Waite's reduction: n pi/2 is subtracted in pieces that are exact, the largest first.
    n = int(x * TWO_OVER_PI + (0.5 if x >= 0.0 else -0.5))
    times = float(n)
    # The first difference is exact, since both are close to each other; each later one keeps its rounding error in low.
    high, low = two_sum(x - times * PIECE_1, -times * PIECE_2)
    high, error = two_sum(high, -times * PIECE_3)
    low += error
    high, error = two_sum(high, -times * PIECE_4)
    low += error
    high, error = two_sum(high, -times * PIECE_5)
    low += error
    high, low = two_sum(high, low - times * PIECE_6)
    return n, high, low


def sine_within(x: float, low: float) -> float:
    """The sine of x + low, from -pi/4 to pi/4."""
    z = x * x
    v = z * x
    r = S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))
    # sin(x + low) = sin x + low cos x, with cos x = 1 - z/2 as far as low needs it.
    return x - ((z * (0.5 * low - v * r) - low) - v * S1)


def cosine_within(x: float, low: float) -> float:
    """The cosine of x + low, from -pi/4 to pi/4."""
    z = x * x
    half = 0.5 * z
    # 1 - z/2 is rounded; (1 - w) - half is the exact error, which is added back with the small terms.
    w = 1.0 - half
    r = z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))))
    return w + (((1.0 - w) - half) + (z * r - x * low))


def sin(fault: Fault, x: float) -> float:
    """The sine of an angle in radians, from -2**30 to 2**30; beyond that, it is a fault."""
    if not is_angle(fault, x):
        return x if isnan(x) else 0.0
    n, angle, low = angle_parts(x)
    # Each quarter turn exchanges sine and cosine, and each half turn changes the sign.
    value = cosine_within(angle, low) if n & 1 == 1 else sine_within(angle, low)
    return -value if n & 2 == 2 else value


def cos(fault: Fault, x: float) -> float:
    """The cosine of an angle in radians, from -2**30 to 2**30; beyond that, it is a fault."""
    if not is_angle(fault, x):
        return x if isnan(x) else 0.0
    n, angle, low = angle_parts(x)
    value = sine_within(angle, low) if n & 1 == 1 else cosine_within(angle, low)
    return -value if (n + 1) & 2 == 2 else value


def tan(fault: Fault, x: float) -> float:
    """The tangent of an angle in radians, from -2**30 to 2**30; beyond that, it is a fault."""
    if not is_angle(fault, x):
        return x if isnan(x) else 0.0
    n, angle, low = angle_parts(x)
    sine, cosine = sine_within(angle, low), cosine_within(angle, low)
    # No division by zero: no double is a multiple of pi/2, so neither is ever 0, except the sine of 0 above.
    return -cosine / sine if n & 1 == 1 else sine / cosine


FUNCTIONS: tuple[Callable[..., Any], ...] = (is_angle, angle_parts, sine_within, cosine_within, sin, cos, tan)
"""In the order in which they call each other."""
