"""Rhythms for tests, and a slow implementation of their factor by its definition."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from doge_datagen.engine.waiting.timelines import as_lists, columns_of
from doge_datagen.language.time.zones import zone_of
from doge_datagen.model import Clock, Period, Rhythm
from doge_datagen.model.timelines import WEEKDAYS
from doge_datagen.program.rhythms.seasons import EPOCH, MILLISECOND, moment
from doge_datagen.program.rhythms.table import rhythm_table
from doge_datagen.program.rhythms.week import mean_of_week, point_of_day

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = (datetime.fromisoformat("2026-01-01T00:00Z") - EPOCH) // MILLISECOND
ZONES = ("UTC", "Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
EVENING = Rhythm("Europe/Warsaw", {0: 0.1, 7: 0.5, 12: 1, 20: 2.2, 23: 0.6}, weekdays={"sat": 1.4, "sun": 1.2})
OFFICE = Rhythm("Europe/Warsaw", {9: 1, 17: 0}, steps=True, weekdays={"sat": 0, "sun": 0}, normalize=False)

factors = st.floats(0.0, 50.0)
points = st.integers(0, 24 * 60 - 1).map(lambda minutes: f"{minutes // 60}:{minutes % 60:02}")
dates = st.dates(date(2025, 12, 20), date(2026, 12, 31))


@st.composite
def periods(draw):
    start = draw(dates)
    edges = start.isoformat(), (start + timedelta(days=draw(st.integers(1, 30)))).isoformat()
    if draw(st.booleans()):
        return Period("step", *edges, factor=draw(factors))
    return Period("ramp", *edges, ramp=(draw(factors), draw(factors)), hold=draw(st.booleans()))


@st.composite
def rhythms(draw, most_periods=0):
    return Rhythm(
        draw(st.sampled_from(ZONES)),
        draw(st.dictionaries(points, factors, max_size=6)),
        draw(st.booleans()),
        draw(st.dictionaries(st.sampled_from(WEEKDAYS), factors, max_size=7)),
        periods=draw(st.lists(periods(), max_size=most_periods)),
        normalize=draw(st.booleans()),
    )


def is_valid(rhythm):
    return float(mean_of_week(rhythm)) > 1e-6


def columns(rhythm, days=400):
    """The table of a rhythm, as the numeric functions expect it."""
    return as_lists(columns_of(rhythm_table(rhythm, Clock(START, 1, days * DAY))))


def factor(rhythm, at):
    """The factor at a moment, apart from growth, before it is normalized."""
    local = (EPOCH + at * MILLISECOND).astimezone(ZoneInfo(rhythm.zone))
    of_day = (local.hour * 3600 + local.minute * 60 + local.second) * 1000 + local.microsecond / 1000
    result = of_hour(rhythm, of_day) * rhythm.weekdays.get(WEEKDAYS[local.weekday()], 1)
    for it in rhythm.periods:
        start, end = (moment(datetime.fromisoformat(edge), zone_of(rhythm.zone)) for edge in (it.start, it.end))
        if start <= at < end:
            result *= (
                it.factor if it.ramp is None else it.ramp[0] + (it.ramp[1] - it.ramp[0]) * (at - start) / (end - start)
            )
        elif at >= end and it.hold:
            result *= it.ramp[1]
    return result


def of_hour(rhythm, of_day):
    known = sorted((point_of_day(text), value) for text, value in rhythm.hours.items())
    if not known:
        return 1.0
    around = [(known[-1][0] - DAY, known[-1][1]), *known, (known[0][0] + DAY, known[0][1])]
    index = max(index for index, (point, _) in enumerate(around) if point <= of_day)
    (begin, low), (end, high) = around[index : index + 2]
    return low if rhythm.steps else low + (high - low) * (of_day - begin) / (end - begin)


def slow_integral(rhythm, since, minutes):
    """The integral over a number of minutes; exact if the factor is linear within each."""
    mean = float(mean_of_week(rhythm)) if rhythm.normalize else 1.0
    return sum(factor(rhythm, since + minute * MINUTE + MINUTE // 2) for minute in range(minutes)) * MINUTE / mean
