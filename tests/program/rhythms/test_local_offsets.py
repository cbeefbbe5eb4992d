"""When the local time of a zone changes, and what moment a local time is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from doge_datagen.language.time.zones import zone_of
from doge_datagen.program.rhythms.local_offsets import EPOCH, MILLISECOND, moment, offset, offsets

HOUR = 3_600_000
WARSAW = zone_of("Europe/Warsaw")


def at(text):
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // MILLISECOND


@pytest.mark.parametrize("year", [2026, 2526])
def test_offsets_change_at_the_moment_of_daylight_saving(year):
    found = offsets(WARSAW, at(f"{year}-01-01"), at(f"{year + 1}-01-01"))
    assert [ahead for _, ahead in found] == [HOUR, 2 * HOUR, HOUR]
    for change, ahead in found[1:]:
        assert offset(WARSAW, change - 1) == 3 * HOUR - ahead
        assert (EPOCH + change * MILLISECOND).astimezone(ZoneInfo("Europe/Warsaw")).isoweekday() == 7


@pytest.mark.parametrize(
    "name", ["America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "Asia/Kolkata", "UTC"]
)
def test_offsets_are_those_of_the_zone_at_every_hour(name):
    first, last = at("2011-06-01"), at("2013-06-01")
    changes, info = offsets(zone_of(name), first, last), ZoneInfo(name)
    now = 0
    for hour in range(first, last, HOUR):
        now += now + 1 < len(changes) and changes[now + 1][0] <= hour
        wanted = (EPOCH + hour * MILLISECOND).astimezone(info).utcoffset() // MILLISECOND
        assert changes[now][1] == offset(zone_of(name), hour) == wanted


def test_a_local_time_that_is_skipped_comes_later_by_the_gap():
    assert moment(datetime(2026, 3, 29, 2, 30), WARSAW) == at("2026-03-29T01:30")


def test_a_local_time_that_is_repeated_is_its_first():
    assert moment(datetime(2026, 10, 25, 2, 30), WARSAW) == at("2026-10-25T00:30")


def test_a_local_time_is_that_of_the_zone_in_any_year():
    for year in (1950, 2026, 2400, 2800):
        wanted = datetime(year, 7, 1, 12, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
        assert moment(datetime(year, 7, 1, 12), zone_of("America/New_York")) == (wanted - EPOCH) // MILLISECOND
