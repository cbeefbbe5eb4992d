"""Durations and timestamps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.language.time.units import duration, duration_text, timestamp, timestamp_text
from doge_datagen.program.time.checks import FIRST_MOMENT, LAST_MOMENT


@given(st.integers(0, 10**15))
def test_a_duration_survives_a_dump(milliseconds):
    assert duration(duration_text(milliseconds)) == milliseconds


@given(st.integers(FIRST_MOMENT, LAST_MOMENT))
def test_a_timestamp_survives_a_dump(milliseconds):
    assert timestamp(timestamp_text(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        *[
            ("1 ms", 1),
            ("500 milliseconds", 500),
            ("1 s", 1000),
            ("2 sec", 2000),
            ("2 secs", 2000),
            ("1.5 seconds", 1500),
        ],
        *[("1min", 60_000), ("2 mins", 120_000), ("2 minutes", 120_000), ("1.5 h", 5_400_000), ("2 hours", 7_200_000)],
        *[("1 d", 86_400_000), ("2 days", 172_800_000), ("1 w", 604_800_000), ("2 weeks", 1_209_600_000)],
        *[("0.001 s", 1), ("0.1 s", 100)],
    ],
)
def test_units_in_singular_and_plural(text, milliseconds):
    assert duration(text) == milliseconds


@pytest.mark.parametrize(
    "text", ["", "1", "min", "-1 min", "1 m", "1 MIN", "1e3 s", "1 min 2 s", "0.0001 s", "\u0661 s"]
)
def test_invalid_durations_are_rejected(text):
    with pytest.raises(ValueError, match=r"duration|unit|fraction of a millisecond"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        *[("1970-01-01", 0), ("1970-01-01T00:00", 0), ("1970-01-01t00:00:00z", 0), ("1970-01-01 00:00:00.25 Z", 250)],
        *[("1970-01-01T01:00:00+01:00", 0), ("1970-01-01 00:00:00 -00:30", 1_800_000), ("2000-02-29", 951782400000)],
    ],
)
def test_timestamps_with_and_without_time_and_zone(text, milliseconds):
    assert timestamp(text) == milliseconds


@pytest.mark.parametrize(
    "text", ["", "now", "2022", "2022-13-01", "2021-02-29", "2022-01-01T25:00", "2022-01-01T00:00:00.0001"]
)
def test_invalid_timestamps_are_rejected(text):
    with pytest.raises(ValueError, match="is not a timestamp"):
        timestamp(text)
