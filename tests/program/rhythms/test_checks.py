"""Mistakes in rhythms and their use are reported at their location with a hint."""

import sys
from dataclasses import replace
from math import inf

import pytest

from doge_datagen import Clock, Holidays, Period, Population, Rhythm, Stream, Transition
from doge_datagen.errors import InvalidModelError
from doge_datagen.model import Spec
from doge_datagen.model.timelines import WEEKDAYS, Incident
from doge_datagen.program.compilation import compile_spec

GOOD = Rhythm("Europe/Warsaw", {7: 1, 20: 2}, weekdays={"sat": 2})


def spec(rhythms=None, states=("on",), **kwargs):
    given = kwargs or {"rate": "3/d", "rhythm": "good"}
    transitions = [Transition("go", "on", "on", emit="e", **given)]
    rhythms = {"good": GOOD} if rhythms is None else rhythms
    streams, clock = {"e": Stream({"ts": "timestamp"})}, Clock(0, 60_000, 10)
    return Spec.of_one("m", Population("user", 1), states, "on", transitions, streams, clock, rhythms=rhythms)


def shown(of):
    try:
        compile_spec(of)
    except InvalidModelError as error:
        return [str(problem) for problem in error.problems]
    return []


def period(*edges, **kwargs):
    return {"periods": [Period("p", *(edges or ("2026-01-01", "2026-01-02")), **({"factor": 2} | kwargs))]}


WRONG = {
    "zone": ({"zone": "Europe/Warsow"}, "rhythms.one.zone: 'Europe/Warsow' is not a time zone. Hint: did you mean"),
    "hour": ({"hours": {25: 1}}, "rhythms.one.hours.25: '25' is after the end of the day. Hint: give 0 to 24"),
    "no hour": ({"hours": {"noon": 1}}, "rhythms.one.hours.noon: 'noon' is not an hour of the day"),
    "twice": ({"hours": {7: 1, "7:00": 2}}, "rhythms.one.hours.7:00: '7:00' is the same as '7'. Hint: remove one"),
    "negative": ({"hours": {7: -1, 8: 2}}, "rhythms.one.hours.7: -1 is negative. Hint: give 0 or more"),
    "infinite": ({"hours": {7: inf}}, "rhythms.one.hours.7: inf is not a factor"),
    "large": ({"weekdays": {"mon": 1e7}}, "rhythms.one.weekdays.mon: 10000000.0 is too large"),
    "weekday": ({"weekdays": {"wen": 1}}, "rhythms.one.weekdays.wen: 'wen' is not a weekday. Hint: did you mean 'wed'"),
    "same day": ({"weekdays": {"mon": 1, "monday": 2}}, "rhythms.one.weekdays.monday: 'monday' is the same as 'mon'"),
    "growth": ({"growth": "3 %"}, "rhythms.one.growth: '3 %' is not growth. Hint: write a percentage per unit"),
    "blend": ({"blend": "soon"}, "rhythms.one.blend: 'soon' is not a duration. Hint: give a number and a unit"),
    "long blend": (
        {"blend": "25 h"},
        "rhythms.one.blend: '25 h' is not between 0 and a day. Hint: give",
    ),
    "reversed": (period("2026-01-02", "2026-01-01"), "rhythms.one.periods[0].to: it ends at 2026-01-01, which is not"),
    "edge": (period("soon", "2026-01-01"), "rhythms.one.periods[0].from: 'soon' is not a date or a time"),
    "both": (period(ramp=(1, 2)), "rhythms.one.periods[0]: it needs either a factor or a ramp"),
    "neither": (period(factor=None), "rhythms.one.periods[0]: it needs either a factor or a ramp"),
    "held": (period(hold=True), "rhythms.one.periods[0].hold: only a ramp can be held"),
    "pair": (period(factor=None, ramp=(1,)), "rhythms.one.periods[0].ramp: (1,) is not a pair of factors"),
    "ramp": (period(factor=None, ramp=(1, -2)), "rhythms.one.periods[0].ramp[1]: -2 is negative"),
    "zero": ({"hours": {7: 0}}, "rhythms.one: it is 0 at all times of the week. Hint: give some hours"),
    "no days": (
        {"weekdays": dict.fromkeys(WEEKDAYS, 0)},
        "rhythms.one: it is 0",
    ),
    "type": ({"periods": ["black friday"]}, "rhythms.one.periods[0]: 'black friday' is not a Period. Hint: give one"),
}


def test_valid_rhythms_are_not_reported():
    assert shown(spec()) == []


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_reported_at_its_location(name):
    kwargs, message = WRONG[name]
    (actual,) = shown(spec({"good": GOOD, "one": Rhythm(**kwargs)}))
    assert actual.startswith(message)
    assert "Hint: " in actual


@pytest.mark.parametrize("number", [2, 60])
def test_factors_of_overlapping_periods_that_multiply_to_too_much_are_reported_where_the_last_begins(number):
    """Sixty millions multiply to infinity; two make integrals too large to tell milliseconds apart."""
    apart = Period("apart", "2026-01-01", "2026-01-02", 1e6)
    together = [Period(f"p{it}", "2026-01-02", "2026-01-09", 1e6) for it in range(number)]
    (actual,) = shown(spec({"good": Rhythm(periods=[apart, *together])}))
    assert actual.startswith("rhythms.good.periods[1]: with the periods that it overlaps, the factor is above 1e+06")
    assert shown(spec({"good": Rhythm(periods=[apart, together[0]])})) == []


def test_a_held_ramp_multiplies_the_factors_of_later_periods():
    ramp = Period("ramp", "2026-01-01", "2026-01-02", ramp=(1, 1e4), hold=True)
    (actual,) = shown(spec({"good": Rhythm(periods=[ramp, Period("p", "2026-03-01", "2026-03-02", 1e4)])}))
    assert actual.startswith("rhythms.good.periods[1]: ")
    assert (
        shown(spec({"good": Rhythm(periods=[replace(ramp, hold=False), Period("p", "2026-03-01", "2026-03-02", 1e4)])}))
        == []
    )


def test_factors_of_incidents_that_multiply_to_too_much_are_reported():
    incidents = {name: Incident(every="9 d", lasts="1 d") for name in ("outage", "sale")}
    wrong, right = (Rhythm(incidents=dict.fromkeys(incidents, factor)) for factor in (1e4, 1e3))
    (actual,) = shown(replace(spec({"good": wrong}), incidents=incidents))
    assert actual.startswith("rhythms.good.incidents: while all are under way, the factor is above 1e+06. Hint: ")
    assert shown(replace(spec({"good": right}), incidents=incidents)) == []


def test_an_unknown_country_is_reported():
    (actual,) = shown(spec({"good": Rhythm(holidays=Holidays("Poland", 0.5))}))
    assert actual.startswith("rhythms.good.holidays.country: 'Poland' is not a country with known holidays. Hint: ")


def test_without_the_package_holidays_the_problem_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    (actual,) = shown(spec({"good": Rhythm(holidays=Holidays("PL", 0.5))}))
    assert actual.endswith("Hint: pip install 'doge-datagen[holidays]'")


@pytest.mark.parametrize(
    ("kwargs", "hint"),
    [
        ({"probability": 5}, "give the transition a rate instead"),
        ({"at": "timestamp('2024-01-01')"}, "remove the rhythm, or use after"),
        ({"weight": 5}, "give the rhythm to the dwell time"),
    ],
)
def test_a_rhythm_is_refused_if_it_would_have_no_effect(kwargs, hint):
    states = {"on": {"dwell": "8 h"}} if "weight" in kwargs else ("on",)
    actual = shown(spec(states=states, rhythm="good", **kwargs))
    assert len(actual) == 1
    assert actual[0].startswith("transitions[0].rhythm: ")
    assert hint in actual[0]


def test_a_rhythm_that_does_not_exist_is_reported_with_the_nearest_name():
    (actual,) = shown(spec(rate="3/d", rhythm="god"))
    assert actual == "transitions[0].rhythm: 'god' is not a rhythm. Hint: did you mean 'good'?"
    states = {"on": {"dwell": "8 h", "rhythm": "goood"}}
    (actual,) = shown(spec(states=states, weight=1))
    assert actual == "states.on.rhythm: 'goood' is not a rhythm. Hint: did you mean 'good'?"


def test_a_value_that_is_not_a_rhythm_is_reported():
    (actual,) = shown(spec({"good": "often"}))
    assert actual == "rhythms.good: 'often' is not a Rhythm. Hint: give one"
