"""What can go wrong in arithmetic, as numbers: compiled code cannot raise, so it leaves the first fault and goes on.

``fault`` is a list or a NumPy ``int64`` array of one element, 0 at first. A function that cannot give a right answer
writes its code there and returns 0; whoever called looks once, after all of it.
"""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Fault: TypeAlias = "MutableSequence[int] | npt.NDArray[np.int64]"

OVERFLOW = 1
ZERO_DIVISION = 2
EMPTY_RANGE = 3
WIDE_RANGE = 4
NOT_FINITE = 5
TOO_LARGE = 6
DOMAIN = 7
BAD_PARAMETER = 8

MESSAGES: dict[int, str] = {
    OVERFLOW: "a whole number left the range of 64 bits, -9223372036854775808 to 9223372036854775807; keep it smaller, "
    "or calculate with floats",
    ZERO_DIVISION: "division by zero; test for zero first",
    EMPTY_RANGE: "there is nothing to draw from: the range or sequence is empty, or its step is 0",
    WIDE_RANGE: "the range to draw from has more than 9223372036854775807 numbers; make it narrower",
    NOT_FINITE: "infinity or nan has no whole number; compare with a bound first, such as if -1e18 < x < 1e18",
    TOO_LARGE: "the result is too large for a float, whose limit is about 1.8e308; make the arguments smaller",
    DOMAIN: "an argument lies where the function has no value, such as the logarithm of 0 or of a negative number, "
    "the square root of a negative number, a negative number to a broken power, or the sine of an angle "
    "beyond 2**30",
    BAD_PARAMETER: "a parameter is outside what the function takes, such as a negative sigma, a mode that is not "
    "between low and high, a negative whole power, or digits not in 0 to 22",
}
"""What to tell the model's author, for each code."""


def fail(fault: Fault, code: int) -> None:
    """Leave a fault; the first one stays.

    >>> fault = [0]
    >>> fail(fault, ZERO_DIVISION)
    >>> fail(fault, DOMAIN)
    >>> MESSAGES[fault[0]]
    'division by zero; test for zero first'
    """
    if fault[0] == 0:
        fault[0] = code


FUNCTIONS: tuple[Callable[..., Any], ...] = (fail,)
