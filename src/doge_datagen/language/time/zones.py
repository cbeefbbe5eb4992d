"""Time zones, from the package tzdata alone, so that a model means the same on every machine."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

import tzdata

from doge_datagen.errors import did_you_mean

UTC_NAME = "UTC"
VERSION: str = tzdata.IANA_VERSION
"""The version of the time zone database."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime(1, 1, 3, tzinfo=UTC)
WEEK = 7 * 86_400
ERA = 146_097 * 86_400
"""The seconds in 400 years, after which dates and weekdays repeat, and so does daylight saving."""
HEADER = struct.Struct(">4sc15x6l")


@dataclass(frozen=True, slots=True)
class Zone:
    """The changes of a zone, in milliseconds; ``numeric.calendar`` explains what they mean.

    Attributes:
        name: the name of the zone.
        moments: when the offset changes.
        offsets: the offsets before, between and after the changes.
        walls: the local times from which the next offset is used to return to UTC.
        period: after how long the changes repeat; 0 if there are no more.
    """

    name: str
    moments: tuple[int, ...]
    offsets: tuple[int, ...]
    walls: tuple[int, ...]
    period: int


def names() -> frozenset[str]:
    """The names of all zones."""
    return frozenset(files(tzdata).joinpath("zones").read_text("utf-8").split())


@cache
def zone_of(name: str) -> Zone:
    """The zone of a name.

    Raises:
        ValueError: there is none; the message has a hint.

    >>> zone_of("Europe/Warsaw").offsets[-1]
    7200000
    """
    if not isinstance(name, str) or name not in names():
        raise ValueError(f"{name!r} is not a time zone. Hint: {_instead_of(name)}")
    path = files(tzdata).joinpath("zoneinfo", *name.split("/"))
    # From the package, since ZoneInfo(name) prefers the files of the machine, which may be of another year.
    with path.open("rb") as file:
        zone = ZoneInfo.from_file(file, key=name)
    written = _changes(path.read_bytes())
    # Tables end in 2037 or earlier, and a rule says how it goes on; its changes are looked for by bisection.
    last = written[-1] if written else 0
    # More than a whole period, so that each change of the rule is in the table at least once.
    later = _found(zone, last, last + ERA + 400 * 86_400)
    return _zone(name, zone, [*written, *later], period=ERA * 1000 if later else 0)


def _instead_of(name: str) -> str:
    """A hint: the zone with the nearest name, or with this city."""
    name = str(name)
    cities = {known.rpartition("/")[2].casefold(): known for known in sorted(names(), reverse=True)}
    same = cities.get(name.rpartition("/")[2].casefold().replace(" ", "_"))
    near = f"did you mean {same!r}?" if same else did_you_mean(name, sorted(names()))
    return near if near.startswith("did") else "give one such as 'Europe/Warsaw'"


def _changes(data: bytes) -> list[int]:
    """The moments in a file of RFC 8536, in seconds: those of its second part, which has 64 bits."""
    _, _, utc, standard, leaps, times, types, letters = HEADER.unpack_from(data)
    first = HEADER.size + times * 5 + types * 6 + letters + leaps * 8 + standard + utc
    times = HEADER.unpack_from(data, first)[5]
    return list(struct.unpack_from(f">{times}q", data, first + HEADER.size))


def _offset(zone: ZoneInfo, moment: int) -> int:
    return round(((EPOCH + timedelta(seconds=moment)).astimezone(zone).utcoffset() or timedelta()).total_seconds())


def _found(zone: ZoneInfo, first: int, end: int) -> list[int]:
    """The changes after the last one that is written, which follow a rule: at most one in a week."""
    found = []
    for low, high in pairwise(range(first, end, WEEK)):
        if _offset(zone, low) == _offset(zone, high):
            continue
        same, other = low, high
        while other - same > 1:
            middle = (same + other) // 2
            same, other = (middle, other) if _offset(zone, middle) == _offset(zone, low) else (same, middle)
        found.append(other)
    return found


def _zone(name: str, zone: ZoneInfo, changes: list[int], period: int) -> Zone:
    moments, offsets = [], [round((FIRST.astimezone(zone).utcoffset() or timedelta()).total_seconds()) * 1000]
    for moment in changes:
        offset = _offset(zone, moment) * 1000 if EPOCH + timedelta(seconds=moment) >= FIRST else offsets[-1]
        # Files also have changes of the name or of what counts as standard time, which mean nothing here.
        if offset != offsets[-1]:
            moments.append(moment * 1000)
            offsets.append(offset)
    if not moments:  # a table must not be empty
        moments, offsets = [FIRST_MOMENT], offsets * 2
    # The larger offset: at a gap that is where local time continues, and at a repeated hour where it ends the first
    # time, so that the first one is meant before it.
    walls = [moment + max(pair) for moment, pair in zip(moments, pairwise(offsets), strict=True)]
    return Zone(name, tuple(moments), tuple(offsets), tuple(walls), period)


FIRST_MOMENT = (FIRST - EPOCH) // timedelta(milliseconds=1)
