"""A dumped model loads as the same model."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from doge_datagen import Model
from doge_datagen.errors import ModelError
from doge_datagen.model import Attribute, Clock, Holidays, Period, Population, Rhythm, Spec, Transition
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import loads
from tests.compiling import spec_with
from tests.examples.programs import EXAMPLES
from tests.strategies import STATEMENTS, earn, specs, spend

BANK = (EXAMPLES / "bank" / "bank.yaml").read_text()


def spec(**given):
    parts = {
        "name": "bank",
        "subjects": Population("user", 10),
        "states": ("offline",),
        "initial": {"offline": 1},
        "transitions": (),
        "streams": {},
        "clock": Clock(0, 60_000, 1000),
    }
    return Spec.of_one(**{**parts, **given})


@pytest.mark.slow
@given(specs())
@settings(max_examples=60)
def test_a_dumped_model_loads_as_the_same_model(model):
    assert loads(dump(model)).spec == model


@given(specs())
@settings(max_examples=15)
def test_dumping_a_loaded_model_gives_the_same_text(model):
    assert dump(loads(dump(model)).spec) == dump(model)


@given(specs((*STATEMENTS, earn, spend)))
@settings(max_examples=15)
def test_a_model_with_functions_runs_like_its_dump(model):
    clock = replace(model.clock, start=0, ticks=20)
    ours = Model.of(spec_with(model, subjects=replace(model.population, count=20), clock=clock))
    loaded = Model.of(loads(ours.dump()).spec)
    for stream in ours.streams:
        assert loaded.table(stream, seed=3).equals(ours.table(stream, seed=3))


def test_the_order_of_attributes_fields_and_targets_is_preserved():
    model = loads(BANK).spec
    again = loads(dump(model)).spec
    assert list(again.population.attributes) == list(model.population.attributes)
    assert list(again.streams["trx"].fields) == list(model.streams["trx"].fields)
    assert list(again.targets) == ["local", "real"]


def test_short_mappings_take_one_line_and_long_ones_a_line_for_each_key():
    text = dump(loads(BANK).spec)
    assert "\n  - {trigger: logout, from: online, to: offline, probability: 70}\n" in text
    assert "\n  - trigger: spending\n    from: offline\n" in text
    assert max(map(len, text.splitlines())) <= 120


def test_statements_of_several_lines_are_a_block():
    text = dump(loads(BANK).spec)
    assert "    do: |\n      payment = randrange(10, 100)\n      require(payment <= balance)" in text


def test_a_float_attribute_stays_a_float():
    model = spec(subjects=Population("user", 10, {"debt": Attribute(0.0)}))
    assert isinstance(loads(dump(model)).spec.population.attributes["debt"].start, float)


def test_text_that_yaml_1_1_reads_as_another_type_is_quoted():
    model = spec(states=("on", "off"), initial={"on": 1})
    assert "states: ['on', 'off']\ninitial: 'on'\n" in dump(model)


def test_a_zone_is_written_and_read_unless_it_is_utc():
    assert "zone" not in dump(spec())
    assert "zone: Europe/Warsaw\n" in dump(replace(spec(), zone="Europe/Warsaw"))


def test_a_clock_without_end_has_no_ticks():
    assert "clock: {start: '1970-01-01T00:00:00Z', tick: 500 ms}" in dump(spec(clock=Clock(0, 500)))


def earn(user, draw):
    payment = draw.randrange(1, 5)
    user.balance += payment


def test_a_function_becomes_equivalent_source_text():
    earning = Transition("earn", "offline", "offline", 1, do=earn)
    population = Population("user", 10, {"balance": Attribute(0)})
    model = loads(dump(spec(subjects=population, transitions=[earning]))).spec
    assert model.population.transitions[0].do == "payment = randrange(1, 5)\nbalance += payment"


def test_a_function_that_cannot_be_dumped_is_an_error_with_its_location():
    earning = Transition("earn", "offline", "offline", 1, do=print)
    with pytest.raises(ModelError, match=r"^transitions\[0\]\.do: .* is not a plain function"):
        dump(spec(transitions=[earning]))


def test_final_states_are_dumped_and_read_back():
    spec = Spec.of_one("m", Population("u", 1), {"here": None, "gone": "final"}, "here", [], {}, Clock(0, 1000, 1))
    assert "states: {here: null, gone: final}" in dump(spec)
    assert loads(dump(spec)).spec == spec


def test_rhythms_are_dumped_and_loaded():
    rhythms = {
        "plain": Rhythm(),
        "office": Rhythm(hours={9: 1, "17:30": 0}, steps=True, weekdays={"sat": 0}, normalize=False),
        "busy": Rhythm(
            "Europe/Warsaw",
            holidays=Holidays("PL", 0.3),
            growth="3 %/week",
            periods=[
                Period("sale", "2026-11-27", "2026-11-30 12:00", 4),
                Period("less", "2026-12-10", "2026-12-20", ramp=[1, 0.5], hold=True),
            ],
        ),
    }
    exits = [
        Transition("go", "on", "on", rate="3/d", rhythm="busy"),
        Transition("leave", "on", "off", after="8 h", rhythm="office"),
        Transition("back", "off", "on", weight="1"),
    ]
    states = {"on": None, "off": {"dwell": "8 h", "rhythm": "office"}}
    model = spec(states=states, initial="on", transitions=exits, rhythms=rhythms, clock=Clock(0, 1, 60_000))
    assert loads(dump(model)).spec == model
