"""Local times in the zone of each subject: meaning, both engines, and errors."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from doge_datagen import Model
from doge_datagen.errors import InvalidModelError
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import loads
from doge_datagen.run.resuming.identity import data_versions, identity

TEXT = """doge: 1
name: alarms
clock: {start: 2026-03-20, until: 20 d}
subjects:
  name: sleeper
  count: 30
  zone: home
  attributes:
    home: choice(['Europe/Warsaw', 'Asia/Tokyo', 'America/New_York', 'UTC'])
    wakes: next('07:30')
    hours: 0
states: [asleep]
initial: asleep
transitions:
  - trigger: wake
    from: asleep
    at: wakes
    do: hours = hour(timestamp); wakes = next('07:30', weekdays='mon-fri')
    emit: alarms
streams:
  alarms:
    fields:
      ts: timestamp
      home: home
      hours: hours
      minutes: minute(timestamp)
      weekday: weekday(timestamp)
      begun: floor_to(timestamp, 1 d)
      later: add_months(timestamp, 1)
      utc: hour(timestamp, zone='UTC')
"""


def records(text, engine="interpreted"):
    return Model.of(loads(text).spec).table("alarms", seed=1, engine=engine).to_pylist()


@pytest.fixture(scope="module")
def alarms():
    return records(TEXT)


def problems(text):
    with pytest.raises(InvalidModelError) as caught:
        loads(text)
    return [str(it).removeprefix("model:") for it in caught.value.problems]


def test_functions_of_local_time_are_those_of_the_subject_s_zone(alarms):
    assert len({it["home"] for it in alarms}) == 4
    for it in alarms:
        local = it["ts"].astimezone(ZoneInfo(it["home"]))
        assert (it["hours"], it["minutes"], it["weekday"]) == (7, 30, local.weekday())
        assert it["begun"] == local.replace(hour=0, minute=0).astimezone(UTC)
        assert it["later"].astimezone(local.tzinfo).hour == 7
        assert it["utc"] == it["ts"].hour


def test_each_zone_has_its_own_daylight_saving(alarms):
    times = {home: [it["ts"] for it in alarms if it["home"] == home] for home in ("Europe/Warsaw", "Asia/Tokyo")}
    apart = {home: {(it - min(actual)) % timedelta(days=1) for it in actual} for home, actual in times.items()}
    assert apart == {"Europe/Warsaw": {timedelta(0), timedelta(hours=23)}, "Asia/Tokyo": {timedelta(0)}}


@pytest.mark.slow
def test_both_engines_give_the_same_records(alarms):
    assert records(TEXT, engine="compiled") == alarms


def test_the_zone_of_one_call_may_be_an_attribute(alarms):
    text = TEXT.replace("  zone: home\n", "").replace("next('07:30'", "next('07:30', zone=home")
    text = text.replace("(timestamp)", "(timestamp, zone=home)").replace("1 d)", "1 d, zone=home)")
    assert records(text.replace("timestamp, 1)", "timestamp, 1, zone=home)")) == alarms


def test_all_subjects_may_have_a_zone_other_than_the_models():
    model_s = TEXT.replace("  zone: home\n", "").replace("name: alarms\n", "name: alarms\nzone: Asia/Tokyo\n")
    assert records(TEXT.replace("zone: home", "zone: Asia/Tokyo")) == records(model_s)


def test_the_zone_and_the_version_of_zone_data_are_part_of_the_identity():
    one, other = loads(TEXT), loads(TEXT.replace("zone: home", "zone: Asia/Tokyo"))
    assert identity(one, 1) != identity(other, 1)
    assert "tzdata" in data_versions(one)
    assert "tzdata" in data_versions(other)


def test_the_zone_is_dumped_and_kept_by_a_model():
    spec = loads(TEXT).spec
    assert loads(dump(spec)).spec == spec
    assert Model.of(spec).subjects.zone == "home"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("zone: home", "zone: hom", "7:9: subjects.zone: 'hom' is not an attribute. Hint: did you mean 'home'?"),
        (
            "zone: home",
            "zone: Tokyo",
            "7:9: subjects.zone: 'Tokyo' is not a time zone. Hint: did you mean 'Asia/Tokyo'",
        ),
        ("'Asia/Tokyo'", "'Tokyo'", "10:12: subjects.attributes.wakes: 'Tokyo' is not a time zone. Hint: did you mean"),
        ("zone: home", "zone: hours", "18:17: transitions.wake.do: 'hours' is an integer, not one of some time zones."),
        ("    home: choice", "    early: hour(timestamp)\n    home: choice", "9:12: subjects.attributes.early: 'home'"),
        ("zone='UTC'", "zone=str(1)", "30:33: streams.alarms.fields.utc: str(1) is neither a literal string nor an"),
    ],
)
def test_a_mistake_is_reported_at_its_location(before, after, message):
    assert before in TEXT
    actual = problems(TEXT.replace(before, after))
    assert any(it.startswith(message) for it in actual), actual
