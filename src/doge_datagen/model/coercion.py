"""A number of things, or of milliseconds: whole, and within its bounds."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from inspect import getattr_static, isfunction
from operator import index
from typing import Any, TypeGuard

from doge_datagen.errors import ModelError


def whole_number(place: str, value: object, *, at_least: int | None = None, below: int | None = None) -> int:
    """The value as an integer; a float that is whole, such as ``1e6``, is taken as one.

    Raises:
        ModelError: it is no whole number, or out of bounds.

    >>> whole_number('ticks_num', 1e6, at_least=0)
    1000000
    >>> whole_number('tick_ms', 0, at_least=1)
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: tick_ms: 0 is too small; give 1 or more
    """
    number = _as_int(value)
    if number is None:
        raise ModelError(place, f"{value!r} is not a whole number. Hint: give an integer")
    if at_least is not None and number < at_least:
        raise ModelError(place, f"{number} is too small. Hint: give {at_least} or more")
    if below is not None and number >= below:
        raise ModelError(place, f"{number} is too large. Hint: give less than {below}")
    return number


def _as_int(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    try:
        return index(value)  # type: ignore[arg-type]  # whether it has an index is the question
    except TypeError:
        return None


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


def needs_instance(given: object, method: str) -> TypeGuard[type[Any]]:
    """Whether this is a class whose method only its instances can call; a class method can be called without one.

    >>> class Users:
    ...     def create(self):
    ...         return object()
    >>> needs_instance(Users, 'create'), needs_instance(Users(), 'create')
    (True, False)
    """
    return isinstance(given, type) and isfunction(getattr_static(given, method, None))
