"""How fast a run hands on what it makes: with the wall clock, faster than it, or so many records a second."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self

from doge_datagen.errors import ModelError, did_you_mean

PLACE = "pace"
CATCH_UP, STRETCH = "catch-up", "stretch"
LATE = (CATCH_UP, STRETCH)
"""What becomes of the schedule when something is late; see :class:`doge_datagen.run.schedule.Schedule`."""
LEAST, MOST = 1e-6, 1e9
NUMBER = r"(?P<number>[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:_[0-9]+)*)(?:\.[0-9]+)?)"
SPEED = re.compile(rf"{NUMBER} *x", re.IGNORECASE)
RATE = re.compile(rf"{NUMBER}(?: +(?P<stream>[^ ].*?))? */ *s", re.DOTALL)
WAY_OUT = "give 'realtime', a speed such as '60x', or a rate such as '5000/s' or '5000 trx/s' (of stream trx)"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a run goes: by a speed or by a rate. None in its place means as fast as possible.

    Attributes:
        text: as it was asked for.
        speed: seconds of event time in a second of wall time, 1e-6 to 1e9; None for a rate.
        rate: records a second, 1e-6 to 1e9; None for a speed.
        stream: whose records the rate counts; None for those of all streams.

    Raises:
        ModelError: a number is out of bounds, or it is not one of speed and rate.

    >>> Pace.parse('60x').speed, Pace.parse('5_000 trx/s').rate
    (60.0, 5000.0)
    """

    text: str
    speed: float | None = field(default=None, kw_only=True)
    rate: float | None = field(default=None, kw_only=True)
    stream: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if (self.speed is None) == (self.rate is None) or (self.speed is not None and self.stream is not None):
            raise ModelError(PLACE, f"{self.text!r} has to have a speed or a rate, and a stream with a rate only")
        number = self.speed if self.speed is not None else self.rate
        if number is None or not LEAST <= number <= MOST:  # what is not a number is not within bounds either
            raise ModelError(
                PLACE, f"{self.text!r} is out of bounds. Hint: give a number from {LEAST:f} to {MOST:,.0f}"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The pace that a text says: ``realtime``, ``60x``, ``0.5x``, ``5000/s`` or ``5000 trx/s``.

        Spaces around and between do no harm; thousands may be set apart, ``5_000`` or ``5,000``.

        Raises:
            ModelError: it says none, or its number is not above 0, or too large.

        >>> Pace.parse('realtime')
        Pace(text='realtime', speed=1.0, rate=None, stream=None)
        >>> Pace.parse('0x')
        Traceback (most recent call last):
        doge_datagen.errors.ModelError: pace: '0x' is out of bounds; give a number from 0.000001 to 1,000,000,000
        """
        said = text.strip() if isinstance(text, str) else ""
        if said.lower() == "realtime":
            return cls(said, speed=1.0)
        if found := SPEED.fullmatch(said):
            return cls(said, speed=_number(found))
        if found := RATE.fullmatch(said):
            return cls(said, rate=_number(found), stream=found["stream"])
        raise ModelError(PLACE, f"{text!r} is not a pace. Hint: {WAY_OUT}")

    @classmethod
    def of(cls, given: str | Pace | None) -> Pace | None:
        """A pace from a text, from a pace, or none.

        Raises:
            ModelError: the text says none.
        """
        return given if given is None or isinstance(given, Pace) else cls.parse(given)


def checked_late(late: str) -> str:
    """What is to become of the schedule when something is late.

    Raises:
        ModelError: it is neither ``catch-up`` nor ``stretch``.
    """
    if late not in LATE:
        hint = did_you_mean(late, LATE) if isinstance(late, str) else f"give {CATCH_UP!r} or {STRETCH!r}"
        raise ModelError("late", f"{late!r} is not known. Hint: {hint}")
    return late


def _number(found: re.Match[str]) -> float:
    return float(found["number"].replace(",", "").replace("_", ""))
