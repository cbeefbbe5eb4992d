"""Integers from user input, such as counts and milliseconds, checked against bounds."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from inspect import getattr_static, isfunction
from operator import index
from typing import Any, TypeGuard

from doge_datagen.errors import ModelError


def whole_number(dotted_path: str, value: object, *, at_least: int | None = None, below: int | None = None) -> int:
    """Return the value as an integer; a float without a fraction, such as ``1e6``, is accepted.

    Args:
        dotted_path: of the value, for the error message.
        value: the value.
        at_least: the smallest value allowed.
        below: all values must be less than this.

    Raises:
        ModelError: the value is not an integer, or out of bounds.

    >>> whole_number('ticks_num', 1e6, at_least=0)
    1000000
    >>> whole_number('tick_ms', 0, at_least=1)
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: tick_ms: 0 is too small. Hint: give 1 or more
    """
    number = _as_int(value)
    if number is None:
        raise ModelError(dotted_path, f"{value!r} is not an integer. Hint: give an integer")
    if at_least is not None and number < at_least:
        raise ModelError(dotted_path, f"{number} is too small. Hint: give {at_least} or more")
    if below is not None and number >= below:
        raise ModelError(dotted_path, f"{number} is too large. Hint: give less than {below}")
    return number


def _as_int(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    try:
        return index(value)  # type: ignore[arg-type]  # raises TypeError if it is not an integer
    except TypeError:
        return None


def plain(value: Any) -> Any:
    """Return a NumPy scalar, ``Decimal`` or ``Fraction`` as a plain Python number, and anything else unchanged.

    This way a model does not depend on the types of the numbers it was built from, and can be written to a file.

    >>> plain(Fraction(1, 4)), plain('1/4')
    (0.25, '1/4')
    """
    if isinstance(value, float | Decimal | Fraction):  # np.float64 is a float too
        with suppress(OverflowError, ValueError):  # a value that does not fit a float stays unchanged
            return float(value)
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return value.item()
    return value


def plain_whole(value: Any) -> Any:
    """Like :func:`plain`, and return a float without a fraction, such as ``1e6``, as an integer.

    >>> plain_whole(1e6), plain_whole(0.5)
    (1000000, 0.5)
    """
    number = plain(value)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def needs_instance(given: object, method: str) -> TypeGuard[type[Any]]:
    """Whether a class was given where an instance is required, since the method is not a class method.

    >>> class Users:
    ...     def create(self):
    ...         return object()
    >>> needs_instance(Users, 'create'), needs_instance(Users(), 'create')
    (True, False)
    """
    return isinstance(given, type) and isfunction(getattr_static(given, method, None))
