"""The codes of arithmetic faults, and their messages: compiled code does not raise, but records the first fault.

``fault`` is a list or a NumPy ``int64`` array, whose first element is 0 at first. A function without a valid result
stores its code there and returns 0; the caller checks it once, after the whole calculation. If the array has a place
for the value at fault, ``VALUE``, a function for which a message names the value stores it there.
"""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Fault: TypeAlias = "MutableSequence[int] | npt.NDArray[np.int64]"

VALUE = 6
"""Where the value at fault is stored; the elements before it are of the compiled engine."""
DETAIL = 64
"""A code may have a number added, times this: that of the array that was searched, or a position in the model."""

OVERFLOW = 1
ZERO_DIVISION = 2
EMPTY_RANGE = 3
WIDE_RANGE = 4
NOT_FINITE = 5
TOO_LARGE = 6
NEGATIVE_ROOT = 7
BROKEN_POWER = 8
NO_LOGARITHM = 9
LARGE_ANGLE = 10
NEGATIVE_EXPONENT = 11
BAD_DIGITS = 12
BAD_MODE = 13
BAD_SIGMA = 14
BAD_LAMBDA = 15
BAD_PARETO = 16
BAD_WEIBULL = 17
BAD_EXPONENTIAL = 18
BAD_LOGNORMAL = 19
BAD_PERCENTILE = 20
BAD_WEIBULL_SCALE = 21
BAD_PARETO_SCALE = 22
BAD_NORMAL = 23
BAD_GAMMA = 24
BAD_GAMMA_SCALE = 25
BAD_POISSON = 26
BAD_ZIPF = 27
BAD_UNIT = 28
BAD_TIME = 29
BAD_RATE = 30
BAD_WAIT = 31
NO_WEIGHT = 32
BAD_PROBABILITY = 33
TOO_LIKELY = 34
EMPTY_GROUP = 35
NO_ROW = 36
TOO_FEW_ROWS = 37
NOBODY = 38
NO_LINES = 39
BAD_LINES = 41
BAD_TIMES = 40

MESSAGES: dict[int, str] = {
    OVERFLOW: "an integer left the range of 64 bits, -9223372036854775808 to 9223372036854775807. Hint: keep it "
    "smaller, or calculate with floats",
    ZERO_DIVISION: "division by zero. Hint: test for zero first",
    EMPTY_RANGE: "there is nothing to draw from: the range or sequence is empty, or its step is 0",
    WIDE_RANGE: "the range to draw from has more than 9223372036854775807 numbers. Hint: make it narrower",
    NOT_FINITE: "infinity and nan cannot be converted to an integer. Hint: compare with a bound first, such as "
    "if -1e18 < x < 1e18",
    TOO_LARGE: "the result is too large for a float, whose limit is about 1.8e308. Hint: make the arguments smaller",
    NEGATIVE_ROOT: "a negative number has no square root. Hint: test for less than zero first",
    BROKEN_POWER: "a negative number to a fractional power has no value. Hint: test for less than zero first",
    NO_LOGARITHM: "zero and negative numbers have no logarithm. Hint: test for more than zero first",
    LARGE_ANGLE: "sin, cos and tan take angles of -2**30 to 2**30. Hint: take the angle % 6.283185307179586",
    NEGATIVE_EXPONENT: "an integer to a negative power is not an integer. Hint: begin with a float: 2.0 ** x",
    BAD_DIGITS: "round takes 0 to 22 digits. Hint: give one of these",
    BAD_MODE: "the mode of triangular is not between low and high. Hint: give one that is",
    BAD_SIGMA: "the sigma of gauss, normalvariate or lognormvariate is negative or nan. Hint: give 0 or more",
    BAD_LAMBDA: "the lambd of expovariate is nan. Hint: give a number other than 0",
    BAD_PARETO: "the alpha of paretovariate is not above 0. Hint: give one that is",
    BAD_WEIBULL: "the alpha or beta of weibullvariate is not above 0. Hint: give both above 0",
    BAD_EXPONENTIAL: "the mean of exponential is not above 0. Hint: give one that is",
    BAD_LOGNORMAL: "the median of lognormal is not above 0, or its sigma is negative. Hint: give others",
    BAD_PERCENTILE: "the p95 of lognormal is below its median, or the median is not above 0. Hint: give others",
    BAD_WEIBULL_SCALE: "the scale or shape of weibull is not above 0. Hint: give both above 0",
    BAD_PARETO_SCALE: "the scale or shape of pareto is not above 0. Hint: give both above 0",
    BAD_NORMAL: "the sd of normal is negative or nan. Hint: give 0 or more",
    BAD_GAMMA: "the shape of gamma, or the alpha or beta of beta, is not above 0. Hint: give one that is",
    BAD_GAMMA_SCALE: "the scale or mean of gamma is not above 0. Hint: give one that is",
    BAD_POISSON: "the mean of poisson is not between 0 and 1e9. Hint: give one that is",
    BAD_UNIT: "the unit of floor_to is not above 0. Hint: give one such as 1 d",
    BAD_TIME: "the time of next is not between 00:00 and 24:00. Hint: take it % 1 d",
    BAD_ZIPF: "zipf takes an exponent from 0 to 700 and n from 1 to 2**53. Hint: give others",
    BAD_RATE: "a rate or weight is negative, infinite or nan. Hint: keep it at 0 or more",
    BAD_WAIT: "a duration is negative. Hint: keep it at 0 or more",
    BAD_PROBABILITY: "a probability is not between 0 and 100. Hint: keep it there, such as by min(100, ...)",
    TOO_LIKELY: "the probabilities of leaving the state sum to more than 100. Hint: keep their sum at 100 or less",
    EMPTY_GROUP: "no row of {table} has {column} {value}, so pick has nothing to draw from. Hint: add such a row",
    NO_ROW: "no row of {table} has {column} {value}. Hint: add such a row, or look up only keys of the table",
    TOO_FEW_ROWS: "the rows to draw from are too few for so many picks, or almost never drawn. Hint: pick fewer",
    NOBODY: "nobody has arrived whom pick can draw. Hint: let some be there initially, or draw in an action, which is "
    "rejected then",
    BAD_LINES: "the number of lines is {value}, not from 0 to 100. Hint: keep it there, such as by "
    "max(0, min(100, ...))",
    NO_LINES: "there are no lines, so none has the smallest or greatest value. Hint: test len(lines) first",
    BAD_TIMES: "the number of subjects to spawn is {value}, not between 0 and 1,000,000. Hint: keep it "
    "there, such as by max(0, ...)",
    NO_WEIGHT: "all weights are 0, so there is no way to leave. Hint: give one that is always above 0",
}
"""By code, the message for the author of the model; some have places for what was looked up."""


def no_fault() -> list[int]:
    """What CPython gives to functions as ``fault``."""
    return [0] * (VALUE + 1)


def note(fault: Fault, value: int) -> None:
    """Store a value that will be at fault, unless there is a fault already, or no place for it."""
    if fault[0] == 0 and len(fault) > VALUE:
        fault[VALUE] = value


def fail(fault: Fault, code: int) -> None:
    """Record a fault, unless there is one already.

    >>> fault = [0]
    >>> fail(fault, ZERO_DIVISION)
    >>> fail(fault, NO_LOGARITHM)
    >>> MESSAGES[fault[0]]
    'division by zero. Hint: test for zero first'
    """
    if fault[0] == 0:
        fault[0] = code


FUNCTIONS: tuple[Callable[..., Any], ...] = (fail, note)
