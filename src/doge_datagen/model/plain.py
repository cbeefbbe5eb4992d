"""Numbers of other kinds as Python's own."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any


def plain(value: Any) -> Any:
    """What a number of NumPy's, a ``Decimal`` or a ``Fraction`` stands for; anything else as it is.

    So that a model says the same however its numbers were come by, and can be written to a file.

    >>> plain(Fraction(1, 4)), plain('1/4')
    (0.25, '1/4')
    """
    if isinstance(value, float | Decimal | Fraction):  # NumPy's usual float is a float as well
        with suppress(OverflowError, ValueError):  # what is too large or no number stays what it is
            return float(value)
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return value.item()
    return value


def plain_whole(value: Any) -> Any:
    """The same of a number of things: a float that is whole, such as ``1e6``, is meant as one.

    >>> plain_whole(1e6), plain_whole(0.5)
    (1000000, 0.5)
    """
    number = plain(value)
    return int(number) if isinstance(number, float) and number.is_integer() else number
