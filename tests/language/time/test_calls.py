"""Functions of local time in expressions: zones, defaults and errors; and mistakes in calls of elapsed."""

import pytest

from doge_datagen import Population, Rhythm, Stream, Transition
from doge_datagen.errors import InvalidModelError
from doge_datagen.language.time.units import timestamp as parsed
from doge_datagen.language.time.zones import names, zone_of
from doge_datagen.language.types import INTEGER, TIMESTAMP
from doge_datagen.model import Clock, Spec
from doge_datagen.model_api import Model
from doge_datagen.program.checks import structural_problems
from doge_datagen.program.compilation import compile_spec
from tests.language.translating import errors_of, errors_of_field, scalar, spec_of

NOON = parsed("2024-03-30T12:00:00Z")  # a Saturday; in Warsaw it is 13:00, and summer time starts the following night


def shown(text, **given):
    """The value of a field in the first record, at noon."""
    spec = spec_of(fields={"x": text}, count=1, clock=Clock(NOON, 1000, 1), **given)
    return Model.of(spec).table("out", seed=1, engine="interpreted")["x"][0].as_py()


@pytest.mark.parametrize(
    ("text", "in_utc", "in_warsaw"),
    [
        ("hour(timestamp)", 12, 13),
        ("hour(timestamp, zone='Europe/Warsaw')", 13, 13),
        ("hour(timestamp, zone='UTC')", 12, 12),
        ("weekday(timestamp + 10.5 h)", 5, 5),
        ("weekday(timestamp + 11.5 h)", 5, 6),
        ("f'{floor_to(timestamp, 1 d)}'", "2024-03-30T00:00:00.000Z", "2024-03-29T23:00:00.000Z"),
        ("f'{floor_to(timestamp, 1 w)}'", "2024-03-25T00:00:00.000Z", "2024-03-24T23:00:00.000Z"),
        ("f'{add_months(timestamp, 1)}'", "2024-04-30T12:00:00.000Z", "2024-04-30T11:00:00.000Z"),
        ("f'{add_months(timestamp, -1)}'", "2024-02-29T12:00:00.000Z", "2024-02-29T12:00:00.000Z"),
        ("f\"{next('02:30')}\"", "2024-03-31T02:30:00.000Z", "2024-03-31T01:30:00.000Z"),
        ("f\"{next('9:00', weekdays='mon-fri')}\"", "2024-04-01T09:00:00.000Z", "2024-04-01T07:00:00.000Z"),
        ("f\"{next('9:00', weekdays='sat-mon')}\"", "2024-03-31T09:00:00.000Z", "2024-03-31T07:00:00.000Z"),
        ("f\"{next('9:00', weekdays='wed, Fri')}\"", "2024-04-03T09:00:00.000Z", "2024-04-03T07:00:00.000Z"),
        ('f"{next(9 h + rate * 1 h)}"', "2024-03-31T09:30:00.000Z", "2024-03-31T07:30:00.000Z"),
        ("f\"{next('09:00:30', after=born)}\"", "2024-03-31T09:00:30.000Z", "2024-03-31T07:00:30.000Z"),
        ("f\"{next('12:00')}\"", "2024-03-31T12:00:00.000Z", "2024-03-31T10:00:00.000Z"),
        ("f'{floor_to(never, 1 d)}'", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_local_time_is_that_of_the_model_or_of_the_call(text, in_utc, in_warsaw):
    assert (shown(text), shown(text, zone="Europe/Warsaw")) == (in_utc, in_warsaw)


def test_the_code_of_parts_in_utc_is_unchanged():
    assert scalar("hour(timestamp)")[0].code == "hour_of(fault, timestamp)"
    assert scalar("hour(timestamp)")[1] == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [("hour(timestamp)", INTEGER), ("next('09:00')", TIMESTAMP), ("add_months(timestamp, 1) - 1 d", TIMESTAMP)],
)
def test_the_types_of_results(text, kind):
    assert scalar(text)[0].kind == kind


def test_timestamps_are_shown_in_utc_in_any_zone():
    assert shown("f'{timestamp}'", zone="Europe/Warsaw") == "2024-03-30T12:00:00.000Z"


REFUSED = {
    "hour(timestamp, zone='Warsaw')": "22): 'Warsaw' is not a time zone. Hint: did you mean 'Europe/Warsaw'?",
    "hour(timestamp, zone='Mars/Base')": "22): 'Mars/Base' is not a time zone. Hint: give one such as 'Europe/Warsaw'",
    "hour(timestamp, zone=city)": "22): 'Riga' is not a time zone. Hint: did you mean 'Europe/Riga'?",
    "hour(timestamp, 'Asia/Tokyo')": "1): hour takes timestamp and a zone by name. "
    "Hint: write hour(timestamp, zone='Europe/Warsaw')",
    "next('9:61')": "6): '9:61' is not a time of day. Hint: write one such as '09:00', or a duration since midnight",
    "next('09:00', weekdays='mon-fry')": "24): 'fry' is not a weekday. "
    "Hint: did you mean 'fri'?; ranges are written mon-fri",
    "next('09:00', weekdays=5)": "24): 5 is not a literal string. Hint: write weekdays='mon-fri'",
    "next()": "1): next requires time. Hint: write next('09:00', weekdays='mon-fri')",
    "floor_to(timestamp)": "1): floor_to requires timestamp and unit. Hint: write floor_to(timestamp, 1 d)",
    "floor_to(timestamp, -1 d)": "21): -1 d is not above 0. Hint: give a unit such as 1 d",
    "floor_to(5, 1 d)": "10): floor_to takes a timestamp, not an integer. Hint: write floor_to(timestamp, 1 d)",
    "add_months(timestamp, 1.5)": "23): 1.5 is a float, but an integer is required. Hint: write int(...) or round(...)",
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.items(), ids=REFUSED)
def test_an_invalid_call_is_refused_with_location_value_and_hint(text, problem):
    assert errors_of_field(text) == [f"(line 1, column {problem}"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Warszawa", "did you mean 'Europe/Warsaw'?"),
        ("New York", "did you mean 'America/New_York'?"),
        ("", "give one such as 'Europe/Warsaw'"),
        ("../../etc/passwd", "give one such as 'Europe/Warsaw'"),
    ],
)
def test_an_unknown_zone_of_a_model_is_reported_once(name, hint):
    (problem,) = structural_problems(spec_of(zone=name))
    assert str(problem) == f"zone: {name!r} is not a time zone. Hint: {hint}"


@pytest.mark.slow
def test_every_zone_has_a_table():
    assert len(names()) > 400
    for name in sorted(names())[::60]:
        zone = zone_of(name)
        assert len(zone.offsets) == len(zone.moments) + 1 == len(zone.walls) + 1
        assert list(zone.moments) == sorted(zone.moments)
        assert list(zone.walls) == sorted(zone.walls)


def test_no_file_of_the_machine_is_read(monkeypatch):
    zone_of.cache_clear()
    monkeypatch.setattr("zoneinfo.TZPATH", ())
    assert zone_of("Asia/Tokyo").offsets[-1] == 9 * 3_600_000


@pytest.mark.parametrize("name", ["next", "floor_to", "add_months"])
def test_an_attribute_hides_a_new_function(name):
    assert errors_of(do=f"{name} += 1", attributes={name: 5}, fields={name: name}) == []


def test_a_year_of_mornings_in_warsaw_is_at_nine_every_day():
    text = "f\"{hour(next('09:00', zone='Europe/Warsaw'), zone='Europe/Warsaw')}\""
    spec = spec_of(fields={"x": text}, count=1, clock=Clock(NOON, 86_400_000, 366))
    assert set(Model.of(spec).table("out", seed=1, engine="interpreted")["x"].to_pylist()) == {"9"}


def messages(field, **attributes):
    transitions = [Transition("go", "on", "on", 10, emit="e")]
    streams, clock = {"e": Stream({"it": field})}, Clock(0, 60_000, 10)
    population = Population("user", 1, {"joined": "timestamp", **attributes})
    spec = Spec.of_one("m", population, ["on"], "on", transitions, streams, clock, rhythms={"office": Rhythm()})
    try:
        compile_spec(spec)
    except InvalidModelError as error:
        return error.problems[0].message
    return None


@pytest.mark.parametrize(
    "field",
    [
        "elapsed(joined, timestamp, office)",
        "elapsed(joined, until=timestamp, rhythm=office)",
        "elapsed(joined, timestamp + 1 d, 'office') / 1 h",
    ],
)
def test_a_rhythm_is_called_by_name(field):
    assert messages(field) is None


def test_the_name_of_a_rhythm_is_not_looked_up_among_attributes():
    assert messages("elapsed(joined, timestamp, office)", office=5) is None


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("elapsed(joined, timestamp)", "takes two timestamps and the name of a rhythm"),
        ("elapsed(joined, timestamp, offce)", "'offce' is not a rhythm. Hint: did you mean 'office'?"),
        ("elapsed(joined, timestamp, 5)", "5 is not the name of a rhythm"),
        ("elapsed(joined, 5, office)", "elapsed takes a timestamp, and 5 is an integer"),
        ("elapsed(joined, timestamp, office, 5)", "elapsed takes"),
        ("elapsed(joined, timestamp, rythm=office)", "Hint: did you mean 'rhythm'?"),
    ],
)
def test_a_mistake_is_reported(field, message):
    assert message in messages(field)


def test_an_attribute_hides_a_function_of_the_same_name():
    assert messages("elapsed + 1", elapsed=5) is None
