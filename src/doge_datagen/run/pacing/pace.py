"""The pace of a run: a speed relative to the wall clock, or a rate of records per second."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self

from doge_datagen.errors import ModelError, did_you_mean

PLACE = "pace"
CATCH_UP, STRETCH = "catch-up", "stretch"
LATE = (CATCH_UP, STRETCH)
"""What happens to the schedule when something is late; see :class:`doge_datagen.run.pacing.schedule.Schedule`."""
LEAST, MOST = 1e-6, 1e9
NUMBER = r"(?P<number>[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:_[0-9]+)*)(?:\.[0-9]+)?)"
SPEED = re.compile(rf"{NUMBER} *x", re.IGNORECASE)
RATE = re.compile(rf"{NUMBER}(?: +(?P<stream>[^ ].*?))? */ *s", re.DOTALL)
HINT = "use 'realtime', a speed such as '60x', or a rate such as '5000/s' or '5000 trx/s' (of stream trx)"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a run delivers: a speed or a rate. Where a pace is optional, None means as fast as possible.

    Attributes:
        text: the pace as the user wrote it.
        speed: seconds of event time per second of wall time, 1e-6 to 1e9; None for a rate.
        rate: records per second, 1e-6 to 1e9; None for a speed.
        stream: the stream whose records the rate counts; None for all streams.

    Raises:
        ModelError: a number is out of bounds, or there is not exactly one of speed and rate.

    >>> Pace.parse('60x').speed, Pace.parse('5_000 trx/s').rate
    (60.0, 5000.0)
    """

    text: str
    speed: float | None = field(default=None, kw_only=True)
    rate: float | None = field(default=None, kw_only=True)
    stream: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if (self.speed is None) == (self.rate is None) or (self.speed is not None and self.stream is not None):
            raise ModelError(PLACE, f"{self.text!r} must have either a speed or a rate, and a stream only with a rate")
        number = self.speed if self.speed is not None else self.rate
        if number is None or not LEAST <= number <= MOST:  # this also rejects nan
            raise ModelError(PLACE, f"{self.text!r} is out of bounds. Hint: use a number from {LEAST:f} to {MOST:,.0f}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a pace: ``realtime``, ``60x``, ``0.5x``, ``5000/s`` or ``5000 trx/s``.

        Spaces are ignored, and thousands may be separated: ``5_000`` or ``5,000``.

        Raises:
            ModelError: it is not a pace, or its number is out of bounds.

        >>> Pace.parse('realtime')
        Pace(text='realtime', speed=1.0, rate=None, stream=None)
        >>> Pace.parse('0x')
        Traceback (most recent call last):
        doge_datagen.errors.ModelError: pace: '0x' is out of bounds. Hint: use a number from 0.000001 to 1,000,000,000
        """
        stripped = text.strip() if isinstance(text, str) else ""
        if stripped.lower() == "realtime":
            return cls(stripped, speed=1.0)
        if found := SPEED.fullmatch(stripped):
            return cls(stripped, speed=_number(found))
        if found := RATE.fullmatch(stripped):
            return cls(stripped, rate=_number(found), stream=found["stream"])
        raise ModelError(PLACE, f"{text!r} is not a pace. Hint: {HINT}")

    @classmethod
    def of(cls, given: str | Pace | None) -> Pace | None:
        """A pace from a string; a pace and None are returned as they are.

        Raises:
            ModelError: the string is not a pace.
        """
        return given if given is None or isinstance(given, Pace) else cls.parse(given)


def checked_late(late: str) -> str:
    """What to do with the schedule when something is late, if it is one of the known options.

    Raises:
        ModelError: it is neither ``catch-up`` nor ``stretch``.
    """
    if late not in LATE:
        hint = did_you_mean(late, LATE) if isinstance(late, str) else f"use {CATCH_UP!r} or {STRETCH!r}"
        raise ModelError("late", f"{late!r} is unknown. Hint: {hint}")
    return late


def _number(found: re.Match[str]) -> float:
    return float(found["number"].replace(",", "").replace("_", ""))
