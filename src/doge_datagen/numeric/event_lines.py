"""What is calculated over the lines of an event: sums, the smallest and the greatest value of a field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.numeric.arithmetic import add
from doge_datagen.numeric.faults import BAD_LINES, NO_LINES, Fault, fail, note


def number_of_lines(fault: Fault, count: int) -> int:
    """How many lines an event has, 0 to 100; another number is a fault.

    >>> number_of_lines([0], 3), number_of_lines([0], 101)
    (3, 0)
    """
    if count < 0 or count > 100:
        note(fault, count)
        fail(fault, BAD_LINES)
        return 0
    return count


def sum_of_integers(fault: Fault, values: Any, count: int) -> int:
    """The sum of the first values.

    >>> sum_of_integers([0], [5, 2, 9], 2)
    7
    """
    total = 0
    for line in range(count):
        total = add(fault, total, int(values[line]))
    return total


def sum_of_floats(values: Any, count: int) -> float:
    """The sum of the first values, in their order."""
    # One sum after the other, and not Python's sum(): from 3.12 on that compensates rounding errors, so that its last
    # bits depend on the version.
    total = 0.0
    for line in range(count):
        total += values[line]
    return total


def least_of(fault: Fault, values: Any, count: int) -> Any:
    """The smallest of the first values; a fault if there are none."""
    if count == 0:
        fail(fault, NO_LINES)
    # The array has room for all lines that are possible, so its first value exists even if there are no lines.
    found = values[0]
    for line in range(1, count):
        if values[line] < found:  # noqa: PLR1730 - Numba compiles this; its own min differs for nan
            found = values[line]
    return found


def greatest_of(fault: Fault, values: Any, count: int) -> Any:
    """The greatest of the first values; a fault if there are none."""
    if count == 0:
        fail(fault, NO_LINES)
    found = values[0]
    for line in range(1, count):
        if values[line] > found:  # noqa: PLR1730 - as above
            found = values[line]
    return found


FUNCTIONS: tuple[Callable[..., Any], ...] = (number_of_lines, sum_of_integers, sum_of_floats, least_of, greatest_of)
