"""Loading a model from a file or a text."""

import json

import pytest

from doge_datagen.errors import InvalidModelError, ModelError
from doge_datagen.model import ENDLESS, Attribute, Clock, Destination, Transition
from doge_datagen.modelfile.load import load, loads
from doge_datagen.modelfile.yaml_nodes import MOST_BYTES
from tests.examples.programs import EXAMPLES

PATH = EXAMPLES / "bank" / "bank.yaml"
BANK = PATH.read_text()
SMALL = """\
doge: 1
name: small
clock: {tick: 1 min}
subjects: {name: user, count: 1}
states: [on, off]
initial: on
transitions:
  - {trigger: yes, from: on, to: off, probability: 1}
"""


def error_of(call, *args, **given):
    with pytest.raises(InvalidModelError) as caught:
        call(*args, **given)
    return str(caught.value)


def test_the_forecast_of_the_bank():
    model = load(PATH).spec
    assert (model.name, model.population.name, model.population.count) == ("bank", "user", 10)
    assert model.population.attributes["balance"] == Attribute("randrange(0, 1000)")
    assert list(model.population.attributes) == ["user_id", "balance", "loan_balance", "last_payment"]
    assert (model.population.states, model.population.initial) == (("offline", "online", "loan_screen"), {"offline": 1})
    assert model.clock == Clock(1644549708000, 60_000, 1000)
    assert model.population.transitions[3] == Transition("logout", "online", "offline", 70)
    assert model.population.transitions[1].do.splitlines()[0] == "payment = randrange(10, 100)"
    assert model.population.transitions[1].emit == ("trx", "balance")
    assert model.streams["trx"].key == "str(user_id)"


def test_references_to_environment_variables_are_preserved():
    options = {"format": "avro", "schema_registry": "${SCHEMA_REGISTRY}"}
    assert load(PATH).spec.targets["real"]["clickstream"] == Destination("kafka", "${KAFKA}", options)


def test_words_that_are_booleans_in_yaml_1_1_are_text():
    model = loads(SMALL).spec
    assert (model.population.states, model.population.transitions[0].trigger) == (("on", "off"), "yes")


@pytest.mark.parametrize("start", ["2022-02-11T03:21:48Z", "'2022-02-11T03:21:48Z'", "2022-02-11 04:21:48+01:00"])
def test_a_start_in_every_notation(start):
    assert loads(BANK.replace("2022-02-11T03:21:48Z", start)).spec.clock.start == 1644549708000


def test_a_clock_starts_in_2020_and_is_unlimited_by_default():
    assert loads(SMALL).spec.clock == Clock(1577836800000, 60_000, ENDLESS)


@pytest.mark.parametrize(("until", "ticks"), [("1 d", 1440), ("2020-01-01T00:01:30Z", 2), ("90 s", 2), ("60 s", 1)])
def test_until_is_the_first_moment_that_is_not_simulated(until, ticks):
    assert loads(SMALL.replace("1 min", f"1 min, until: {until}")).spec.clock.ticks == ticks


@pytest.mark.parametrize("count", ["1000", "1_000", "1e3", "1000.0", "0x3e8", "+1000"])
def test_a_number_in_every_notation(count):
    assert loads(SMALL.replace("count: 1", f"count: {count}")).spec.population.count == 1000


def test_weights_of_several_states():
    model = loads(SMALL.replace("initial: on", "initial: {on: 90, off: 10}")).spec
    assert model.population.initial == {
        "on": 90,
        "off": 10,
    }


def test_attributes_in_short_and_in_long_form():
    long = "{type: string, values: [a, b], start: \"'a'\"}"
    model = loads(
        SMALL.replace("count: 1", f"count: 1, attributes: {{x: true, y: 0.5, tier: {long}, z: {{start: 1}}}}")
    ).spec
    assert dict(model.population.attributes) == {
        "x": Attribute(start=True),
        "y": Attribute(0.5),
        "tier": Attribute("'a'", "string", ("a", "b")),
        "z": Attribute(1),
    }


def test_a_plain_number_is_an_expression():
    text = SMALL.replace("probability: 1", "probability: 1, emit: s")
    model = loads(text + "streams: {s: {key: 7, fields: {version: 2, right: true, factor: 0.5}}}").spec
    assert (model.streams["s"].key, dict(model.streams["s"].fields)) == (
        "7",
        {"version": "2", "right": "True", "factor": "0.5"},
    )


def test_anchors_and_merges():
    text = SMALL.replace(
        "{trigger: yes, from: on, to: off, probability: 1}", "&t {trigger: t, from: on, to: off, probability: 1}"
    )
    model = loads(text + "  - {<<: *t, from: off, to: on}\n  - {<<: [{probability: 2}, *t], trigger: u}\n").spec
    transitions = [
        (each.trigger, each.from_state, each.to_state, each.probability) for each in model.population.transitions
    ]
    assert transitions == [("t", "on", "off", 1), ("t", "off", "on", 1), ("u", "on", "off", 2)]


def as_json(**given):
    model = {
        "doge": 1,
        "name": "größe 😀\t/",
        "clock": {"tick": "1 min"},
        "subjects": {"name": "user", "count": 1e3},
        "states": ["on"],
        "initial": "on",
        "transitions": [],
    }
    return json.dumps(model, indent="\t", **given).replace("/", "\\/")


@pytest.mark.parametrize("as_escapes", [True, False])
def test_json_with_tabs_and_escapes(as_escapes):
    model = loads(as_json(ensure_ascii=as_escapes)).spec
    assert (model.name, model.population.count) == ("größe 😀\t/", 1000)


def test_a_duplicate_key_in_json_is_an_error_with_its_line():
    text = as_json().replace('"states"', '"name": "x",\n\t"states"')
    assert error_of(loads, text, name="x.json") == "x.json:11:2: name: given twice, first on line 3. Hint: remove one"


def test_invalid_json_is_reported_as_json():
    assert error_of(loads, '{"doge": 1,\n "name" "x"}', name="x.json") == (
        "x.json:2:9: this is not JSON: expecting ':' delimiter"
    )


def test_a_missing_file_is_reported_with_the_nearest_name(tmp_path):
    (tmp_path / "bank.yaml").write_text(BANK)
    path = tmp_path / "bnak.yaml"
    assert error_of(load, path) == f"{path}: there is no such file. Hint: did you mean 'bank.yaml'?"


def test_a_missing_folder_is_reported(tmp_path):
    path = tmp_path / "none" / "bank.yaml"
    problem = f"there is no such file. Hint: check the path: there is no folder '{path.parent}'"
    assert error_of(load, path) == f"{path}: {problem}"


def test_a_folder_is_not_a_file(tmp_path):
    assert error_of(load, tmp_path) == f"{tmp_path}: is a folder. Hint: name a file in it"


def test_a_file_in_another_encoding_is_reported_with_the_position(tmp_path):
    path = tmp_path / "bank.yaml"
    path.write_bytes(b"doge: 1\nname: gr\xf6\xdfe\n")
    assert error_of(load, path) == f"{path}:2:9: is not UTF-8. Hint: save it as UTF-8"


def test_a_byte_order_mark_is_accepted(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text("\ufeff" + SMALL, encoding="utf-8")
    assert load(path).spec == loads(SMALL).spec


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
def test_an_impossible_path_is_reported(path):
    assert "cannot be read" in error_of(load, path)


def test_the_error_has_a_list_of_problems():
    with pytest.raises(ModelError) as caught:
        loads(SMALL.replace("initial: on", "initial: offf"), name="small.yaml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column, problem.path) == ("small.yaml", 6, 10, ("initial",))


def test_a_device_without_an_end_is_rejected():
    with pytest.raises(InvalidModelError) as caught:
        load("/dev/zero")
    assert str(caught.value) == "/dev/zero: is larger than 16 MiB, the limit of a model file. Hint: name a model file"


def test_a_file_that_is_too_large_for_a_model_is_not_read(tmp_path):
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(InvalidModelError, match="is larger than 16 MiB"):
        load(path)
