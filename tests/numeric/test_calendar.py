"""Years, months, days and hours equal those of Python's datetime, also before its first year and after its last.

Local time equals that of Python's datetime and zoneinfo, in every zone and in all years.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import tzdata
from hypothesis import example, given
from hypothesis import strategies as st

from doge_datagen.engine.compiled.code_cache import kept
from doge_datagen.language.time.units import NEVER
from doge_datagen.language.time.zones import Zone, zone_of
from doge_datagen.numeric import calendar
from doge_datagen.numeric.faults import BAD_TIME, BAD_UNIT, OVERFLOW
from tests.engine.compiled_programs import assert_compiles_to_the_same, namespace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PARTS = ("year", "month", "day", "hour", "minute", "second")
FUNCTIONS = [getattr(calendar, f"{name}_of") for name in (*PARTS, "weekday")]
FOUR_HUNDRED_YEARS = calendar.ERA * calendar.DAY
moments_in_utc = st.datetimes(timezones=st.just(UTC)).map(
    lambda it: it.replace(microsecond=it.microsecond // 1000 * 1000)
)


def parts_of(timestamp):
    return [function(None, timestamp) for function in FUNCTIONS]


def timestamp_of(moment):
    return (moment - EPOCH) // timedelta(milliseconds=1)


@example(EPOCH)
@example(datetime(2000, 2, 29, 23, 59, 59, 999_000, UTC))
@example(datetime(1900, 3, 1, tzinfo=UTC))
@example(datetime(1, 1, 1, tzinfo=UTC))
@example(datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC))
@given(moments_in_utc)
def test_parts_are_those_of_datetime(moment):
    expected = [*(getattr(moment, name) for name in PARTS), moment.weekday()]
    assert parts_of(timestamp_of(moment)) == expected


@pytest.mark.parametrize("year", [1896, 1900, 2000, 2023, 2024])
def test_every_day_of_a_year_follows_the_previous_one(year):
    first = datetime(year, 1, 1, tzinfo=UTC)
    for days in range(366):
        moment = first + timedelta(days)
        assert parts_of(timestamp_of(moment))[:3] == [moment.year, moment.month, moment.day]


@given(st.integers(-(2**63), 2**63 - 1 - FOUR_HUNDRED_YEARS))
def test_four_hundred_years_later_all_but_the_year_is_the_same(timestamp):
    year, *others = parts_of(timestamp)
    assert parts_of(timestamp + FOUR_HUNDRED_YEARS) == [year + 400, *others]


@given(st.integers(-(2**62), 2**62), st.integers(-(2**62), 2**62))
def test_a_sum_beyond_the_year_9999_is_never(timestamp, duration):
    is_before = timestamp < NEVER and timestamp + duration < NEVER
    assert calendar.shift([0], timestamp, duration) == (timestamp + duration if is_before else NEVER)


def test_compiled_sums_are_the_same():
    rng = np.random.default_rng(2)
    sides = (rng.integers(-(2**63), 2**63 - 1, 10_000) >> rng.integers(0, 60, 10_000) for _ in range(2))
    assert_compiles_to_the_same(calendar.shift, np.int64, *sides)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_compiled_parts_are_the_same(function):
    rng = np.random.default_rng(1)
    anywhere = rng.integers(-(2**63), 2**63 - 1, 10_000)
    assert_compiles_to_the_same(function, np.int64, np.concatenate([anywhere, anywhere // 2**20]))


MILLISECOND = timedelta(milliseconds=1)
HOUR, DAY = 3_600_000, 86_400_000
NAMES = (
    *("UTC", "Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Apia"),
    *("Africa/Casablanca", "Asia/Kolkata", "America/Sao_Paulo", "Europe/Dublin", "Antarctica/Troll", "America/Havana"),
)
"""Zones with changes at midnight, of half an hour, two hours and a whole day, and without any."""


@cache
def python_zone(name):
    with files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def moment(milliseconds):
    return EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds_of(local):
    return (local.replace(tzinfo=UTC) - EPOCH) // MILLISECOND


def near_changes(name):
    changes = zone_of(name).moments
    return st.tuples(st.sampled_from(changes[-40:] + changes[:40]), st.integers(-2 * DAY, 2 * DAY)).map(sum)


def moments(name):
    """Any time in the years 100 to 9900, and times near offset changes."""
    anywhere = st.integers(milliseconds_of(datetime(100, 1, 1)), milliseconds_of(datetime(9900, 1, 1)))
    recently = st.integers(milliseconds_of(datetime(1990, 1, 1)), milliseconds_of(datetime(2060, 1, 1)))
    return anywhere | recently | near_changes(name).map(lambda it: max(it, milliseconds_of(datetime(100, 1, 1))))


places = st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), moments(name)))


def to_local(zone: Zone, timestamp):
    return calendar.to_local([0], timestamp, zone.moments, zone.offsets, zone.period)


def rows(name):
    zone = zone_of(name)
    return zone.moments, zone.offsets, zone.walls, zone.period


def in_utc(local, name):
    """The timestamp of a local time: with fold 0, Python moves a skipped one later and takes the first repeated one."""
    return (local.replace(tzinfo=python_zone(name), fold=0).astimezone(UTC) - EPOCH) // MILLISECOND


@pytest.mark.slow
@given(places)
def test_local_time_is_that_of_datetime(place):
    name, timestamp = place
    expected = milliseconds_of(moment(timestamp).astimezone(python_zone(name)))
    assert to_local(zone_of(name), timestamp) == expected


@given(places)
def test_the_moment_of_a_local_time_equals_that_of_datetime(place):
    name, local = place
    zone = zone_of(name)
    actual = calendar.from_local([0], local, zone.walls, zone.offsets, zone.period)
    assert actual == in_utc(moment(local).replace(tzinfo=None), name)


@given(places, st.integers(-1200, 1200))
@example(("Europe/Warsaw", milliseconds_of(datetime(2024, 1, 31, 8))), 1)
@example(("UTC", milliseconds_of(datetime(2023, 1, 31))), 1)
def test_months_are_added_to_the_local_date(place, months):
    name, timestamp = place
    local = moment(timestamp).astimezone(python_zone(name)).replace(tzinfo=None)
    number = local.year * 12 + local.month - 1 + months
    if not 12 * 2 <= number < 12 * 9998:
        return
    first = local.replace(year=number // 12, month=number % 12 + 1, day=1)
    month_after = (first + timedelta(31)).replace(day=1)
    expected = first.replace(day=min(local.day, (month_after - timedelta(1)).day))
    assert calendar.add_months([0], timestamp, months, *rows(name)) == in_utc(expected, name)


def test_months_are_counted_from_the_anchor():
    anchor = milliseconds_of(datetime(2023, 1, 31))
    actual = [moment(calendar.add_months([0], anchor, months, *rows("UTC"))) for months in range(4)]
    assert [(it.month, it.day) for it in actual] == [(1, 31), (2, 28), (3, 31), (4, 30)]


@given(places, st.integers(0, DAY - 1), st.integers(1, 127))
def test_the_next_time_of_day_equals_that_of_datetime(place, time, weekdays):
    name, after = place
    today = moment(after).astimezone(python_zone(name)).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    days = [today + timedelta(number) for number in range(-1, 10)]
    candidates = [in_utc(it + time * MILLISECOND, name) for it in days if weekdays >> it.weekday() & 1]
    expected = next(it for it in candidates if it > after)
    assert calendar.next_time([0], after, time, weekdays, *rows(name)) == expected


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        (datetime(2024, 3, 31, 2, 30), datetime(2024, 3, 31, 1, 30)),  # skipped: it is 03:30 in summer time
        (datetime(2024, 10, 27, 2, 30), datetime(2024, 10, 27, 0, 30)),  # the first of two
    ],
)
def test_a_skipped_time_is_later_by_the_gap_and_a_repeated_one_is_the_first(local, utc):
    before = milliseconds_of(local) - 12 * HOUR
    time = (local.hour * 60 + local.minute) * 60_000
    assert calendar.next_time([0], before, time, 127, *rows("Europe/Warsaw")) == milliseconds_of(utc)


@given(places, st.sampled_from([1, 2, 7, 14]))
def test_days_and_weeks_start_at_the_first_midnight(place, days):
    name, timestamp = place
    local = moment(timestamp).astimezone(python_zone(name)).replace(tzinfo=None)
    monday = datetime(1969, 12, 29) if days % 7 == 0 else datetime(1970, 1, 1)
    past = (local - monday).days % days
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(past)
    actual = calendar.floor_to([0], timestamp, days * DAY, *rows(name))
    assert actual == min(in_utc(midnight, name), timestamp)


@given(places, st.sampled_from([1000, 60_000, 15 * 60_000, HOUR]))
def test_shorter_units_start_at_most_one_unit_earlier(place, unit):
    name, timestamp = place
    zone = zone_of(name)
    actual = calendar.floor_to([0], timestamp, unit, *rows(name))
    assert (
        timestamp - unit < actual <= timestamp
        or to_local(zone, actual) - actual != to_local(zone, timestamp) - timestamp
    )
    assert to_local(zone, actual) % unit == 0 or actual == timestamp


def test_a_repeated_hour_starts_twice():
    first, second = (milliseconds_of(datetime(2024, 10, 27, hour, 40)) for hour in (0, 1))
    for timestamp in (first, second):  # both are 02:40 in Warsaw
        assert calendar.floor_to([0], timestamp, HOUR, *rows("Europe/Warsaw")) == timestamp - 40 * 60_000


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ((calendar.floor_to, 0, 0), BAD_UNIT),
        ((calendar.floor_to, 0, 2**62), BAD_UNIT),
        ((calendar.next_time, 0, DAY, 127), BAD_TIME),
        ((calendar.next_time, 0, -1, 127), BAD_TIME),
        ((calendar.next_time, -(2**62), 0, 127), OVERFLOW),
        ((calendar.add_months, -(2**62), 1), OVERFLOW),
        ((calendar.add_months, 0, 10_000_000), OVERFLOW),
    ],
)
def test_a_local_time_without_a_moment_is_a_fault(call, fault):
    function, *given = call
    actual = [0]
    assert (function(actual, *given, *rows("UTC")), actual) == (0, [fault])


def test_never_stays_never():
    place = rows("Europe/Warsaw")
    assert calendar.floor_to([0], NEVER, DAY, *place) == NEVER
    assert calendar.add_months([0], NEVER, 1, *place) == NEVER
    assert calendar.add_months([0], 0, 120_000, *place) == NEVER
    assert calendar.next_time([0], NEVER, 0, 127, *place) == NEVER


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("floor_to", -5, 2 * DAY), ("add_months", -2000, 2000), ("next_time", -5, DAY + 5)],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Warsaw"])
def test_compiled_code_gives_the_same(name, low, high, zone):
    *arrays, period = rows(zone)
    rng = np.random.default_rng(5)
    times = np.concatenate([rng.integers(-(2**63), 2**63 - 1, 300), rng.integers(-(2**42), 2**43, 1000)])
    others = rng.integers(low, high, len(times))
    weekdays = "85, " if name == "next_time" else ""
    text = f"def drive(fault, time, other, m, o, w): return {name}(fault, time, other, {weekdays}m, o, w, {period})"
    scope = dict(namespace())
    exec(text, scope)
    compiled, own = kept(text)(scope["drive"]), getattr(calendar, name)
    given = [np.array(row) for row in arrays]
    for time, other in zip(times.tolist(), others.tolist(), strict=True):
        faults, fault = np.zeros(1, int), [0]
        expected = own(fault, time, other, *([85] if weekdays else []), *arrays, period)
        assert (compiled(faults, time, other, *given), faults[0]) == (expected, fault[0]), (time, other)
