"""Incidents in a model file, and the errors about them."""

from __future__ import annotations

import pytest

from doge_datagen import Incident
from doge_datagen.errors import InvalidModelError
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import loads
from tests.incidents import market

OUTAGE = "{every: exponential(mean=20 d), for: 'lognormal(median=40 min, sigma=1)', per: [eu, us], emit: log}"
FILE = """
doge: 1
name: shop
zone: Europe/Warsaw
clock: {start: 2026-01-01, until: 10 d}
subjects:
  name: customer
  count: 5
  attributes: {n: 0, region: "choice(['eu', 'asia'])"}
states: [here]
initial: here
transitions:
  - {trigger: buy, from: here, rate: 1/d * (0 if sale else 1), when: WHEN, emit: orders}
streams:
  orders: {fields: {n: n}}
  log: {fields: {what: FIELD}}
rhythms:
  evening: {hours: {6: 1, 20: 10}, incidents: RHYTHM}
incidents:
  outage: OUTAGE
  sale: {from: 2026-01-05, to: '2026-01-06 12:00', affects: AFFECTS}
"""
GOOD = {"OUTAGE": OUTAGE, "WHEN": "\"not outage['eu']\"", "FIELD": "incident", "RHYTHM": "{}", "AFFECTS": "n < 5"}


def file(**changes: str) -> str:
    text = FILE
    for name, value in (GOOD | changes).items():
        text = text.replace(name, value)
    return text


def errors(text: str) -> list[str]:
    with pytest.raises(InvalidModelError) as caught:
        loads(text)
    return str(caught.value).splitlines()


def test_incidents_are_read():
    incidents = loads(file()).spec.incidents
    assert incidents["sale"] == Incident("2026-01-05", "2026-01-06 12:00", affects="n < 5")
    expected = {"every": "exponential(mean=20 d)", "lasts": "lognormal(median=40 min, sigma=1)"}
    assert incidents["outage"] == Incident(**expected, per=["eu", "us"], emit="log")


@pytest.mark.parametrize("spec", [loads(file()).spec, market().spec], ids=["file", "python"])
def test_a_dump_loads_as_an_equal_model(spec):
    assert loads(dump(spec)).spec == spec


WRONG = {
    "no time": ({"OUTAGE": "{per: [eu]}"}, "incidents.outage: it has no time. Hint: give from and to for one that"),
    "half": ({"OUTAGE": "{every: 1 d, per: [eu]}"}, "incidents.outage: it has every. Hint: give from and to for one"),
    "both": (
        {"OUTAGE": "{every: 1 d, for: 1 h, from: 2026-01-05, per: [eu]}"},
        "incidents.outage: it has from and every and for. Hint: give from and to for one that happens once",
    ),
    "per once": (
        {"OUTAGE": "{from: 2026-01-05, to: 2026-01-06, per: [eu]}"},
        "incidents.outage.per: it happens once, so all values have the same history. Hint: give it every and for",
    ),
    "reversed": (
        {"OUTAGE": "{from: 2026-01-06, to: 2026-01-05}", "WHEN": "not outage", "RHYTHM": "{outage: 2}"},
        "incidents.outage.to: it ends at 2026-01-05, which is not after its begin at 2026-01-06. Hint: give a later",
    ),
    "no date": (
        {"OUTAGE": "{from: someday, to: 2026-01-05}", "WHEN": "not outage"},
        "incidents.outage.from: 'someday' is not a date or a time",
    ),
    "twice": ({"OUTAGE": OUTAGE.replace("us", "eu")}, "incidents.outage.per[1]: 'eu' is given twice. Hint: remove one"),
    "stream": ({"OUTAGE": OUTAGE.replace("log", "lag")}, "incidents.outage.emit: 'lag' is not a stream. Hint: did"),
    "fed": (
        {"OUTAGE": OUTAGE.replace("emit: log", "emit: [log, orders]")},
        "incidents.outage.emit[1]: transitions feed 'orders', too, which knows other names. Hint: give the incidents",
    ),
    "length": ({"OUTAGE": OUTAGE.replace("20 d", "20")}, "incidents.outage.every: exponential(mean=20) is a float and"),
    "negative": (
        {"OUTAGE": "{every: 1 d, for: -1 h, per: [eu], emit: log}"},
        "incidents.outage.for: -1 h is not above 0. Hint: give a longer time",
    ),
    "calculated": (
        {"OUTAGE": "{every: 1 d, for: 1 h - 60 min, per: [eu], emit: log}"},
        "incidents.outage.for: 1 h - 60 min is not above 0. Hint: give a longer time",
    ),
    "attribute": ({"OUTAGE": OUTAGE.replace("20 d", "n * 1 d")}, "incidents.outage.every: 'n' is unknown. Hint:"),
    "affects": ({"AFFECTS": "n"}, "incidents.sale.affects: n is not a condition. Hint: compare an attribute"),
    "itself": ({"AFFECTS": "not sale"}, "incidents.sale.affects: 'sale' is unknown"),
    "draw": ({"AFFECTS": "random() < 0.5"}, "incidents.sale.affects: random() is a draw, which is not allowed here"),
    "value": ({"WHEN": "not outage"}, "transitions.buy.when: 'outage' has a history for each of eu, us. Hint: write"),
    "no value": (
        {"WHEN": "\"sale['eu']\""},
        "transitions.buy.when: 'sale' is the same for everybody. Hint: write sale",
    ),
    "other value": (
        {"WHEN": "\"outage['ue']\""},
        "transitions.buy.when: 'outage' has no history of 'ue'",
    ),
    "number": ({"WHEN": '"outage[n]"'}, "transitions.buy.when: n is an integer, but a string is required"),
    "edge": ({"WHEN": "sale.start > timestamp"}, "transitions.buy.when: sale.start is unknown: an incident has"),
    "rhythm": ({"RHYTHM": "{sail: 2}"}, "rhythms.evening.incidents.sail: 'sail' is not an incident. Hint: did you"),
    "some": ({"RHYTHM": "{sale: 2}"}, "rhythms.evening.incidents.sale: 'sale' is not the same for everybody, and a"),
    "field": ({"FIELD": "region"}, "streams.log.fields.what: 'region' is unknown. Hint: known:"),
}


@pytest.mark.parametrize(("changes", "message"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_reported_at_its_location(changes, message):
    actual = errors(file(**changes))
    path, _, problem = message.partition(": ")
    assert any(f": {path}" in line and problem.removeprefix(" ") in line for line in actual), actual


def test_a_missing_duration_is_one_error():
    assert len(errors(file(OUTAGE="{every: 1 d, per: [eu], emit: log}"))) == 1


@pytest.mark.parametrize("name", ["timestamp", "region", "exponential", "d", "never", "class", "dark side", "entered"])
def test_a_name_must_be_free(name):
    text = file(WHEN="n < 5").replace("outage:", f"{name}:")
    assert any(f"incidents.{name}: " in line or "incidents" in line for line in errors(text))


def test_an_action_cannot_change_an_incident():
    assert any("'sale' is an incident" in line for line in errors(file().replace("emit: orders", "do: sale = True")))


def test_the_rate_of_arrivals_cannot_depend_on_an_incident_that_affects_single_subjects():
    text = file().replace("count: 5", "arrive: {rate: 5/d * (2 if sale else 1)}")
    problem = "'sale' affects those with n < 5, which cannot be used here"
    assert any("subjects.arrive.rate" in line and problem in line for line in errors(text))
