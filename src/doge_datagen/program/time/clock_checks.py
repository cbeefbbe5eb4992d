"""Check the clock and the time zone of a model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from doge_datagen.errors import ModelError, Problem
from doge_datagen.language.time.units import duration_text
from doge_datagen.language.time.zones import zone_of
from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.model.coercion import whole_number

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MOMENT = (datetime.min.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
LAST_MOMENT = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


def zone_problems(zone: str) -> Iterator[Problem]:
    """Check the name of a time zone."""
    try:
        zone_of(zone)
    except ValueError as error:
        yield Problem(("zone",), str(error))


def clock_problems(clock: Clock) -> Iterator[Problem]:
    """Check a clock, which depends on nothing else in the model."""
    yield from _whole(("clock", "start"), clock.start, FIRST_MOMENT, LAST_MOMENT + 1)
    yield from _whole(("clock", "tick"), clock.tick_ms, 1, LAST_MOMENT)
    yield from _whole(("clock", "ticks"), clock.ticks, 0, ENDLESS + 1)
    yield from _whole(("clock", "warm_up"), clock.warm_up, 0, LAST_MOMENT)
    yield from _time_has_room(clock)


def _whole(path: tuple[str, ...], value: object, at_least: int, below: int) -> Iterator[Problem]:
    try:
        whole_number("", value, at_least=at_least, below=below)
    except ModelError as error:
        yield Problem(path, str(error).removeprefix(": "))


def _time_has_room(clock: Clock) -> Iterator[Problem]:
    if not all(isinstance(number, int) for number in (clock.start, clock.tick_ms, clock.ticks, clock.warm_up)):
        return  # reported already
    if clock.ticks < ENDLESS and clock.timestamp(clock.ticks) > LAST_MOMENT >= clock.start:
        most = (LAST_MOMENT - clock.start) // clock.tick_ms
        hint = f"give {most} or fewer" if most else "let them start earlier"
        yield Problem(("clock", "ticks"), f"{clock.ticks} ticks end after the year 9999. Hint: {hint}")
    if clock.start - clock.warm_up < FIRST_MOMENT <= clock.start:
        yield Problem(("clock", "warm_up"), "begins before the year 1. Hint: give a shorter one")


def warm_up_problems(clock: Clock) -> Iterator[Problem]:
    """Check that a warm-up is a number of ticks."""
    tick, given = clock.attempt_ms or clock.tick_ms, clock.warm_up
    if isinstance(given, int) and isinstance(tick, int) and tick > 0 and given % tick:
        problem = f"{duration_text(given)} is not a whole number of ticks of {duration_text(tick)}"
        yield Problem(("clock", "warm_up"), f"{problem}. Hint: give a multiple of clock.tick")
