"""Standard normal draws, by inversion of the distribution function.

The inverse is the function PPND16 of M. J. Wichura, "Algorithm AS 241: the percentage points of the normal
distribution", Applied Statistics 37 (1988). Its relative error is about 1e-16, and at most 1e-15 with the rounding of
doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

from doge_datagen.numeric.logarithms import log_of_positive

TWO_TO_52 = 2.0**52
TWO_TO_MINUS_53 = 2.0**-53
CENTRE, CENTRE_SQUARE = 0.425, 0.180625
NEAR_TAIL, NEAR_SHIFT = 5.0, 1.6
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
    q = (float((b << 21) | (a >> 11)) - TWO_TO_52 + 0.5) * TWO_TO_MINUS_53
    if -CENTRE <= q <= CENTRE:
        return q * in_centre(CENTRE_SQUARE - q * q)
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


FUNCTIONS: tuple[Callable[..., Any], ...] = (in_centre, in_near_tail, in_far_tail, normal_of)
"""Each calls only those before it."""
