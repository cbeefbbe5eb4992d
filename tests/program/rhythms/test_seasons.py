"""Changes of local time, the moments of local times, growth, edges of periods, and holidays."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from doge_datagen.errors import MissingDriverError
from doge_datagen.language.time.zones import zone_of
from doge_datagen.program.rhythms.seasons import (
    DAY,
    EPOCH,
    MILLISECOND,
    edge_of,
    growth_of,
    holidays_of,
    moment,
    offset,
    offsets,
)

HOUR = 3_600_000
WARSAW = zone_of("Europe/Warsaw")


def at(text):
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // MILLISECOND


@pytest.mark.parametrize("year", [2026, 2526])
def test_offsets_change_at_the_moment_of_daylight_saving(year):
    actual = offsets(WARSAW, at(f"{year}-01-01"), at(f"{year + 1}-01-01"))
    assert [ahead for _, ahead in actual] == [HOUR, 2 * HOUR, HOUR]
    for change, ahead in actual[1:]:
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
        expected = (EPOCH + hour * MILLISECOND).astimezone(info).utcoffset() // MILLISECOND
        assert changes[now][1] == offset(zone_of(name), hour) == expected


def test_a_skipped_local_time_is_later_by_the_gap():
    assert moment(datetime(2026, 3, 29, 2, 30), WARSAW) == at("2026-03-29T01:30")


def test_a_repeated_local_time_is_the_first():
    assert moment(datetime(2026, 10, 25, 2, 30), WARSAW) == at("2026-10-25T00:30")


def test_a_local_time_is_that_of_the_zone_in_any_year():
    for year in (1950, 2026, 2400, 2800):
        expected = datetime(year, 7, 1, 12, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
        assert moment(datetime(year, 7, 1, 12), zone_of("America/New_York")) == (expected - EPOCH) // MILLISECOND


@pytest.mark.parametrize(
    ("text", "days", "factor"),
    [
        ("3 %/week", 7, 1.03),
        ("3%/week", 14, 1.0609),
        ("100 % per day", 3, 8.0),
        ("-50 %/d", 2, 0.25),
        ("10 %/year", 365.25, 1.1),
        ("0 %/h", 99, 1.0),
        ("3 %/weeks", -7, 1 / 1.03),
    ],
)
def test_growth_compounds(text, days, factor):
    actual = growth_of(text).after(np.array([0, int(days * DAY)]))
    assert actual[0] == 1.0
    assert np.isclose(actual[1], factor, rtol=1e-15)


def test_growth_is_within_two_units_in_the_last_place():
    growth = growth_of("3.7 %/week")
    moments = np.arange(-400 * DAY, 400 * DAY, 7_000_001)
    exact = [float(Decimal("1.037") ** (Decimal(moment) / (7 * DAY))) for moment in moments.tolist()]
    assert np.max(np.abs(growth.after(moments) / exact - 1)) <= 2 * 2.0**-52


@pytest.mark.parametrize("text", ["3/week", "3 %", "much", "3 %/fortnight", "-100 %/day", "-200 %/day", "nan %/day"])
def test_invalid_growth_is_refused(text):
    with pytest.raises(ValueError, match="Hint: "):
        growth_of(text)


def test_an_edge_is_local_unless_it_has_an_offset():
    assert edge_of("2026-11-27", zone_of("Europe/Warsaw")) == edge_of("2026-11-26 23:00Z", zone_of("America/New_York"))
    assert edge_of("2026-11-27 18:30", zone_of("UTC")) - edge_of("2026-11-27", zone_of("UTC")) == 18.5 * DAY / 24
    with pytest.raises(ValueError, match=r"'tomorrow' is not a date or a time\. Hint: "):
        edge_of("tomorrow", zone_of("UTC"))


def test_holidays_are_days_since_the_epoch():
    actual = holidays_of("PL", 2026, 2026)
    assert (date(2026, 11, 11) - date(1970, 1, 1)).days in actual
    assert (date(2026, 11, 12) - date(1970, 1, 1)).days not in actual


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[holidays\]'"):
        holidays_of("PL", 2031, 2031)
