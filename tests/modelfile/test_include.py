"""Model files that include others, and keys that only define anchors."""

import json

import jsonschema
import pytest

from doge_datagen.errors import InvalidModelError
from doge_datagen.modelfile.document import read
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.json_schema import schema
from doge_datagen.modelfile.load import load, loads
from doge_datagen.run.resuming.identity import identity

WHOLE = """doge: 1
name: shop
clock: {start: 2026-01-01, tick: 1 min, ticks: 100}
subjects: {name: visitor, count: 10, attributes: {visits: 0, spent: 0}}
states: [away, here, gone]
initial: away
transitions:
  - {trigger: arrive, from: away, to: here, probability: 20, do: visits += 1, emit: visits}
  - {trigger: leave, from: here, to: away, probability: 30, emit: visits}
streams:
  visits: {fields: {ts: timestamp, visits: visits}}
targets: {local: {visits: out/visits.csv}}
"""
BASE = """clock: {start: 2026-01-01, tick: 1 min, ticks: 100}
subjects: {name: visitor, count: 10, attributes: {visits: 0}}
states: [away, here]
initial: away
transitions:
  - {trigger: arrive, from: away, to: here, probability: 20, do: visits += 1, emit: visits}
streams:
  visits: {fields: {ts: timestamp}}
"""
OWN = """doge: 1
name: shop
include: parts/base.yaml
x-leaving: &leaving {from: here, to: away}
subjects: {attributes: {spent: 0}}
states: [here, gone]
transitions:
  - {<<: *leaving, trigger: leave, probability: 30, emit: visits}
streams:
  visits: {fields: {visits: visits}}
targets: {local: {visits: out/visits.csv}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "base.yaml").write_text(BASE)
    (tmp_path / "shop.yaml").write_text(OWN)
    return tmp_path


def problems(name="shop.yaml", **overrides):
    with pytest.raises(InvalidModelError) as caught:
        load(name, overrides)
    return [str(it) for it in caught.value.problems]


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def test_a_model_with_includes_is_the_same_run_as_one_file(folder):
    parts, whole = load("shop.yaml"), loads(WHOLE)
    assert parts.spec == whole.spec
    assert identity(parts, 1) == identity(whole, 1)


def test_a_model_with_includes_is_dumped_as_one_file(folder):
    assert dump(load("shop.yaml").spec) == dump(loads(WHOLE).spec)


def test_a_path_is_relative_to_the_including_file(folder, tmp_path_factory, monkeypatch):
    (folder / "parts" / "base.yaml").write_text(BASE.replace("initial: away\n", "include: [first.yaml]\n"))
    (folder / "parts" / "first.yaml").write_text("initial: away\n")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert load(folder / "shop.yaml").spec == loads(WHOLE).spec


def test_a_file_may_include_several_and_json(folder):
    initial = BASE.replace("initial: away\n", "")
    (folder / "parts" / "base.yaml").write_text(initial)
    (folder / "first.json").write_text(json.dumps({"initial": "away"}))
    (folder / "shop.yaml").write_text(OWN.replace("parts/base.yaml", "[parts/base.yaml, first.json]"))
    assert load("shop.yaml").spec == loads(WHOLE).spec


def test_a_file_that_is_included_twice_is_read_once(folder):
    write(folder, other="include: parts/base.yaml\n")
    (folder / "shop.yaml").write_text(OWN.replace("parts/base.yaml", "[other.yaml, parts/base.yaml]"))
    assert load("shop.yaml").spec == loads(WHOLE).spec


def test_a_file_that_includes_itself_is_an_error_with_the_chain(folder):
    with (folder / "parts" / "base.yaml").open("a") as file:
        file.write("include: ../shop.yaml\n")
    chain = "shop.yaml -> parts/base.yaml -> parts/../shop.yaml"
    message = f"'parts/../shop.yaml' includes itself: {chain}. Hint: remove one of these includes"
    assert problems() == [f"parts/base.yaml:9:10: include: {message}"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "initial: here\n",
            "shop.yaml:12:10: initial: parts/base.yaml:4 gives 'away' for it.",
        ),
        (
            "clock: {tick: 2 min}\n",
            "shop.yaml:12:15: clock.tick: parts/base.yaml:1 gives '1 min' for it.",
        ),
        ("clock: 5\n", "shop.yaml:12:8: clock: parts/base.yaml:1 gives a mapping for it. Hint: remove one of the two"),
    ],
)
def test_different_values_are_an_error_that_names_both_locations(folder, more, message):
    (folder / "shop.yaml").write_text(OWN + more)
    assert problems()[0].startswith(message)


def test_equal_values_are_no_conflict(folder):
    (folder / "shop.yaml").write_text(OWN + "initial: away\nclock: {tick: 1 min}\n")
    assert load("shop.yaml").spec == loads(WHOLE).spec


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("visits += 1", "visit += 1", "parts/base.yaml:6:66: transitions.arrive.do: 'visit' may have no value here."),
        (
            "to: here, p",
            "to: her, p",
            "parts/base.yaml:6:39: transitions.arrive.to: 'her' is not a state.",
        ),
        (
            "probability",
            "probabilty",
            "parts/base.yaml:6:45: transitions.arrive.probabilty: there is no",
        ),
        (
            "count: 10",
            "count: ten",
            "parts/base.yaml:2:34: subjects.count: 'ten' is not an integer.",
        ),
        ("{ts: timestamp}", "{ts: |\n    timstamp}", "parts/base.yaml:8:25: this is not YAML"),
        (
            "fields: {ts: timestamp}",
            "fields: {ts: timestmp}",
            "parts/base.yaml:8:25: streams.visits.fields.ts:",
        ),
        ("initial: away\n", "initial:\n", "parts/base.yaml:4:9: initial: the value is missing. Hint: give a value"),
        (
            "initial: away\n",
            "initial: away\ninitial: here\n",
            "parts/base.yaml:5:1: initial: given twice, first",
        ),
    ],
)
def test_an_error_in_an_included_file_names_that_file_and_its_line(folder, before, after, message):
    assert before in BASE
    (folder / "parts" / "base.yaml").write_text(BASE.replace(before, after))
    assert any(it.startswith(message) for it in problems()), problems()


def test_an_error_after_an_include_has_the_right_line(folder):
    (folder / "shop.yaml").write_text(OWN.replace("probability: 30, emit: visits", "probability: 30, emit: visit"))
    message = "'visit' is not a stream. Hint: did you mean 'visits'?"
    assert problems() == [f"shop.yaml:8:59: transitions.leave.emit: {message}"]


def test_errors_in_several_files_are_grouped_by_file(folder):
    (folder / "shop.yaml").write_text(OWN.replace("visits: visits", "visits: visit"))
    (folder / "parts" / "base.yaml").write_text(BASE.replace("visits += 1", "visit += 1"))
    assert [it.split(":")[0] for it in problems()] == ["shop.yaml", "parts/base.yaml"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "parts/bas.yaml",
            "shop.yaml:3:10: include: 'parts/bas.yaml': there is no such file. Hint: did you mean",
        ),
        ("[parts]", "shop.yaml:3:11: include[0]: 'parts': is a folder. Hint: name a file in it"),
        ("{a: b}", "shop.yaml:3:10: include: a mapping is not a file. Hint: give a path such as base.yaml, or a list"),
        ("", "shop.yaml:3:9: include: nothing is not a file. Hint: give a path such as base.yaml, or a list of them"),
        ("list.yaml", "list.yaml:1:1: a list is not a part of a model. Hint: give keys of one"),
        ("empty.yaml", "empty.yaml:1:1: the file is empty, not a part of a model. Hint: give keys of one"),
    ],
)
def test_an_invalid_include_is_reported(folder, given, message):
    write(folder, list="- 1\n", empty="# nothing\n")
    (folder / "shop.yaml").write_text(OWN.replace(" parts/base.yaml", f" {given}"))
    assert problems()[0].startswith(message)


def test_an_included_value_can_be_set(folder):
    assert load("shop.yaml", {"subjects.count": 3, "transitions.arrive.probability": 5}).spec.population.count == 3


def test_the_includes_cannot_be_overridden(folder):
    assert problems(include="other.yaml") == [
        "--set: include: files are included before values are set. Hint: change it in the file"
    ]


def test_keys_for_anchors_are_ignored_in_each_file(folder):
    (folder / "parts" / "base.yaml").write_text("x-leaving: 7\n" + BASE)
    assert load("shop.yaml").spec == loads(WHOLE).spec


def test_an_error_in_an_aliased_value_is_located_at_its_anchor():
    anchor, alias = "x-go: &go {from: her, to: away}", "  - {<<: *go, trigger: x, probability: 1}"
    text = WHOLE.replace("transitions:\n", f"{anchor}\ntransitions:\n{alias}\n")
    with pytest.raises(InvalidModelError) as caught:
        loads(text, name="shop.yaml")
    assert [str(it) for it in caught.value.problems] == [
        "shop.yaml:7:18: transitions.x.from: 'her' is not a state. Hint: did you mean 'here'?"
    ]


def test_an_included_key_must_be_known_unless_it_is_for_anchors(folder):
    with (folder / "parts" / "base.yaml").open("a") as file:
        file.write("y-common: 7\n")
    assert problems()[0].startswith("parts/base.yaml:9:1: y-common: there is no such key.")


def test_the_table_of_an_included_file_is_read_from_its_folder(folder):
    (folder / "parts" / "prices.csv").write_text("sku,price\na,5\n")
    with (folder / "parts" / "base.yaml").open("a") as file:
        file.write("tables: {prices: {file: prices.csv, key: sku}}\n")
    (folder / "shop.yaml").write_text(OWN.replace("visits: visits", "visits: \"prices['a'].price\""))
    assert load("shop.yaml").tables["prices"].digest


def test_the_json_schema_accepts_parts():
    without = OWN.replace("subjects: {attributes: {spent: 0}}\n", "")
    for text in (without, WHOLE, WHOLE + "x-any: [1, {a: null}]\n"):
        jsonschema.validate(read(text, "model").value, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"doge": 1}, schema())


def test_transitions_of_one_of_several_populations_are_appended(tmp_path):
    whole = """doge: 1
name: shop
clock: {tick: 1 min, ticks: 100}
populations:
  visitor:
    count: 10
    states: [away, here]
    initial: away
    transitions:
      - {trigger: come, from: away, to: here, probability: 20, emit: visits}
      - {trigger: go, from: here, to: away, probability: 101, emit: visits}
streams: {visits: {fields: {who: population}}}
"""
    base, own = whole.partition("      - {trigger: go")[::2]
    (tmp_path / "base.yaml").write_text(base.replace("doge: 1\n", ""))
    text = f"doge: 1\ninclude: base.yaml\npopulations:\n  visitor:\n    transitions:\n      - {{trigger: go{own}"
    with pytest.raises(InvalidModelError) as caught:
        loads(text, name=str(tmp_path / "own.yaml"))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (str(tmp_path / "own.yaml"), 6)
    assert problem.dotted_path == "populations.visitor.transitions.go.probability"
    model = loads(text.replace("101", "30"), name=str(tmp_path / "own.yaml"))
    assert model.spec == loads(whole.replace("101", "30")).spec
