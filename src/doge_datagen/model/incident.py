"""Incidents: outages, price shocks and the like, which begin and end for everybody or for some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doge_datagen.model.coercion import plain
from doge_datagen.model.transition import Expression


@dataclass(frozen=True, slots=True)
class Incident:
    """Something in the world that is under way from time to time; its name is a boolean in expressions.

    It has either ``start`` and ``end``, or ``every`` and ``lasts``.

    Attributes:
        start: when it begins: a date or a time such as ``2026-11-27 18:00``, local to the zone of the model.
        end: when it ends, exclusive; likewise.
        every: an expression for the time from one begin to the next, such as ``'exponential(mean=20 d)'``.
        lasts: an expression for how long each of them lasts.
        per: values, such as regions, each of which has a history of its own; or one.
        affects: a condition of attributes, if it is under way only for some subjects.
        emit: the streams that its history feeds, or one.

    >>> Incident(every='exponential(mean=20 d)', lasts='40 min', per=['eu', 'us']).per
    ('eu', 'us')
    """

    start: str | None = None
    end: str | None = None
    every: Expression | None = None
    lasts: Expression | None = None
    per: Sequence[str] = ()
    affects: Expression | None = None
    emit: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("every", "lasts", "affects"):
            object.__setattr__(self, name, plain(getattr(self, name)))
        for name in ("per", "emit"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))
