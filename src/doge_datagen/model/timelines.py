"""What changes over time for everybody: rhythms, by the hour, the weekday and the season, and incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from doge_datagen.model.coercion import plain, plain_whole
from doge_datagen.model.transition import Expression

UTC = "UTC"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time in which a rhythm is multiplied by something.

    Attributes:
        name: what it is.
        start: when it begins: a date or a time such as ``2026-11-27 18:00``, local to the rhythm's zone.
        end: when it ends, exclusive; likewise.
        factor: by what it multiplies; None for a ramp.
        ramp: the factors at its start and its end, between which it changes linearly; None for a constant factor.
        hold: whether the last factor of a ramp stays after its end.

    >>> Period('black_friday', '2026-11-27', '2026-11-30', 4).factor
    4
    """

    name: str
    start: str
    end: str
    factor: float | None = None
    ramp: Sequence[float] | None = None
    hold: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "factor", plain(self.factor))
        if isinstance(self.ramp, list | tuple):
            object.__setattr__(self, "ramp", tuple(map(plain, self.ramp)))


@dataclass(frozen=True, slots=True)
class Holidays:
    """The public holidays of a country, on which a factor replaces that of the weekday.

    Attributes:
        country: the code of the country, such as ``PL``.
        factor: the factor.
    """

    country: str
    factor: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "factor", plain(self.factor))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """By what rates are multiplied at each moment, and how fast the clock of timers and dwell times runs.

    Attributes:
        zone: the time zone of its hours, days and periods.
        hours: points of the day with the factor there, by the hour, such as ``7``, ``7.5`` or ``'7:30'``; linear
            between them, around midnight too.
        steps: whether each factor stays until the next point instead.
        weekdays: the factor of weekdays, by ``mon`` to ``sun``; 1 for the others.
        holidays: the factor of public holidays; None if they are days like all others.
        growth: such as ``'3 %/week'``, compounding from the start of the run.
        periods: spans of time that multiply it; where they overlap, all of them do.
        incidents: by the name of an incident, the factor while it is under way.
        normalize: whether hours and weekdays are divided by their mean over a week, so that ``rate: 3/d`` means three
            a day.
        blend: over how long, half of it before midnight, the factor of one day changes into that of the next, such as
            ``'6 h'``; None if it changes at midnight.

    >>> Rhythm(hours={7: 1, '19:30': 2}).hours
    {'7': 1, '19:30': 2}
    """

    zone: str = UTC
    hours: Mapping[str | float, float] = field(default_factory=dict)
    steps: bool = False
    weekdays: Mapping[str, float] = field(default_factory=dict)
    holidays: Holidays | None = None
    growth: str | None = None
    periods: Sequence[Period] = ()
    normalize: bool = True
    blend: str | None = None
    incidents: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, key in (("hours", _hour), ("weekdays", plain), ("incidents", plain)):
            given = getattr(self, name)
            if isinstance(given, Mapping):
                object.__setattr__(self, name, {key(point): plain(factor) for point, factor in given.items()})
        if isinstance(self.periods, list | tuple):
            object.__setattr__(self, "periods", tuple(self.periods))


def _hour(point: Any) -> str:
    """A point of the day as text, as a model file has it."""
    return point if isinstance(point, str) else str(plain_whole(point))


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
