"""What changes a rhythm from week to week: public holidays, periods, growth, and the changes of local time."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from itertools import accumulate, repeat
from operator import mul

import numpy as np
import numpy.typing as npt

from doge_datagen.errors import MissingDriverError
from doge_datagen.language.time.units import UNITS
from doge_datagen.language.time.zones import Zone
from doge_datagen.model.timelines import Period

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def moment(local: datetime, zone: Zone) -> int:
    """The moment of a local time without an offset, in milliseconds since the epoch.

    A time that daylight saving skips comes later by the gap; of one that it repeats, this is the first.

    >>> from doge_datagen.language.time.zones import zone_of
    >>> warsaw = zone_of('Europe/Warsaw')
    >>> moment(datetime(2026, 3, 29, 2, 30), warsaw) == moment(datetime(2026, 3, 29, 3, 30), warsaw)
    True
    """
    # Not by zoneinfo: it reads the zones of the machine, and a model has to mean the same everywhere.
    wall = (local.replace(tzinfo=UTC) - EPOCH) // MILLISECOND
    return wall - zone.offsets[bisect_right(zone.walls, _within(zone.walls, wall, zone.period))]


def offset(zone: Zone, moment: int) -> int:
    """By how many milliseconds local time is ahead of UTC at a moment.

    >>> from doge_datagen.language.time.zones import zone_of
    >>> offset(zone_of('Europe/Warsaw'), 0)
    3600000
    """
    return zone.offsets[bisect_right(zone.moments, _within(zone.moments, moment, zone.period))]


def offsets(zone: Zone, first: int, last: int) -> list[tuple[int, int]]:
    """From ``first`` to ``last``, each moment at which the offset changes, with the new one; ``first`` is the first."""
    repeats = range(max((last - zone.moments[-1]) // zone.period + 2, 1)) if zone.period else range(1)
    changes = {it + times * zone.period for times in repeats for it in zone.moments}
    found = [(first, offset(zone, first))]
    for change in sorted(it for it in changes if first < it < last):
        # Where the period begins anew, the offset of its first change may be the one that holds already.
        if offset(zone, change) != found[-1][1]:
            found.append((change, offset(zone, change)))
    return found


def _within(limits: tuple[int, ...], value: int, period: int) -> int:
    """A time at which the zone has the same offset, and that its table covers."""
    past = value - limits[-1]
    return value - (past // period + 1) * period if period and past >= 0 else value


DAY = UNITS["d"]
GROWTH = re.compile(r"(?P<percent>[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)) ?% ?(/|per) ?(?P<unit>[a-z]+)")
YEAR = round(365.25 * DAY)
SPANS = UNITS | {"month": YEAR // 12, "year": YEAR}
DIGITS = Context(prec=34)  # decimal arithmetic has the same digits on every platform
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth that compounds.

    Attributes:
        ratio: by what it multiplies in each span, above 0.
        span: milliseconds.
    """

    ratio: Decimal
    span: int

    def after(self, milliseconds: Integers) -> Floats:
        """By what it multiplies after some numbers of milliseconds, which may be negative.

        It is the product of a factor of whole days and one of the rest, so that few of them have to be calculated.
        """
        days, rests = np.divmod(milliseconds, DAY)
        different, positions = np.unique(rests, return_inverse=True)
        first = int(days.min())
        # exp and ln of Decimal are correctly rounded in any precision, while those of C libraries differ in the last
        # bit.
        with localcontext(DIGITS):
            speed = self.ratio.ln() / self.span
            a_day, power = (speed * DAY).exp(), (speed * DAY * first).exp()
            powers = accumulate(repeat(a_day, int(days.max()) - first), mul, initial=power)
            of_days = np.array([float(each) for each in powers])
            of_rests = np.array([float((speed * each).exp()) for each in different.tolist()])
        found: Floats = of_days[days - first] * of_rests[positions]
        return found


def growth_of(text: str) -> Growth:
    """Parse growth such as ``3 %/week``.

    Raises:
        ValueError: it is not growth.

    >>> growth_of('3 %/week').after(np.array([0, 7 * DAY])).tolist()
    [1.0, 1.03]
    """
    found = GROWTH.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not growth. Hint: write a percentage per unit of time, such as 3 %/week")
    unit = found["unit"]
    span = SPANS.get(unit) or SPANS.get(unit.removesuffix("s"))
    if span is None:
        raise ValueError(f"{unit!r} is not a unit of time. Hint: give day, week, month or year")
    ratio = 1 + Decimal(found["percent"]) / 100
    if ratio <= 0:
        raise ValueError(f"{text!r} leaves nothing. Hint: give more than -100 %")
    return Growth(ratio, span)


def edge_of(text: str, zone: Zone) -> int:
    """The moment of a date or a time that is local to a zone, unless it has an offset of its own.

    Raises:
        ValueError: it is neither.

    >>> from doge_datagen.language.time.zones import zone_of
    >>> edge_of('2026-11-27', zone_of('Europe/Warsaw')) == edge_of('2026-11-26T23:00Z', zone_of('UTC'))
    True
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        problem = f"{text!r} is not a date or a time"
        raise ValueError(f"{problem}. Hint: write 2026-11-27 or '2026-11-27 18:00'") from None
    return moment(found, zone) if found.tzinfo is None else (found - EPOCH) // MILLISECOND


def edges_of(period: Period, zone: Zone) -> tuple[int, int]:
    """The moments at which a period begins and ends."""
    return edge_of(period.start, zone), edge_of(period.end, zone)


def countries() -> Iterable[str]:
    """The codes of the countries whose holidays are known.

    Raises:
        MissingDriverError: the package ``holidays`` is missing.
    """
    try:
        from holidays import list_supported_countries  # noqa: PLC0415 - it is optional
    except ImportError:
        raise MissingDriverError("a rhythm with holidays", "holidays") from None
    return list_supported_countries()


@lru_cache(maxsize=64)
def holidays_of(country: str, first: int, last: int) -> frozenset[int]:
    """The days of all public holidays in some years, as days since the epoch.

    Raises:
        MissingDriverError: the package ``holidays`` is missing.
    """
    countries()
    from holidays import country_holidays  # noqa: PLC0415 - it is optional

    found = country_holidays(country, years=range(first, last + 1))
    return frozenset((day - date(1970, 1, 1)).days for day in found)
