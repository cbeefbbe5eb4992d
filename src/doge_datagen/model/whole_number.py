"""A number of things, or of milliseconds: whole, and within its bounds."""

from __future__ import annotations

from operator import index

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
        raise ModelError(place, f"{value!r} is not a whole number; give an integer")
    if at_least is not None and number < at_least:
        raise ModelError(place, f"{number} is too small; give {at_least} or more")
    if below is not None and number >= below:
        raise ModelError(place, f"{number} is too large; give less than {below}")
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
