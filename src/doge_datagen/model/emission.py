"""The streams that an event feeds, and the conditions under which it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doge_datagen.model.coercion import plain

Emission = Sequence[str] | Mapping[str, str | bool]
"""The names of streams; in a mapping each with a condition, or True where there is none."""


def emission(given: Any) -> Emission:
    """What an event feeds, as it was given: a name, names, or a mapping of names to conditions.

    Where nothing has a condition, it is a tuple of names, however it was written.

    >>> emission('orders'), emission({'orders': True}), emission({'orders': True, 'alerts': 'amount > 1000'})
    (('orders',), ('orders',), {'orders': True, 'alerts': 'amount > 1000'})
    """
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Mapping):
        return tuple(given)
    found = {stream: _condition(plain(when)) for stream, when in given.items()}
    return tuple(found) if all(when is True for when in found.values()) else found


def conditions(given: Emission) -> dict[str, str]:
    """By stream, the condition under which an event is recorded in it; those that always get it are left out."""
    if not isinstance(given, Mapping):
        return {}
    return {stream: str(when) for stream, when in given.items() if when is not True}


def _condition(when: Any) -> Any:
    return when if when is True or isinstance(when, str) else repr(when)
