"""Local time while a model is translated: by how much it is ahead of UTC, when that changes, and what moment it is."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

from doge_datagen.language.time.zones import Zone

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
        if offset(zone, change) != found[-1][1]:
            found.append((change, offset(zone, change)))
    return found


def _within(limits: tuple[int, ...], value: int, period: int) -> int:
    """A time at which the zone has the same offset, and that its table covers."""
    past = value - limits[-1]
    return value - (past // period + 1) * period if period and past >= 0 else value
