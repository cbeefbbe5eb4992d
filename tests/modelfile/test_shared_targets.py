"""Targets in a separate file, and one destination for all streams of a target."""

import pytest

from doge_datagen import Model
from doge_datagen.errors import InvalidModelError
from doge_datagen.model import Destination
from doge_datagen.modelfile.load import load, loads
from tests.modelfile.test_include import WHOLE

TWO = WHOLE.replace("emit: visits}\n  - ", "emit: [visits, all]}\n  - ").replace(
    "targets:", "  all: {fields: {ts: timestamp}}\ntargets:"
)
SHARED = """targets:
  local: {visits: elsewhere.csv}
  files: {"*": "out/{model}/{stream}.jsonl", visits: out/visits.parquet, other: out/other.csv}
  kafka: {"*": {kafka: "${BROKERS}", topic: "t-{stream}-${stream}"}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(TWO)
    (tmp_path / "shared.yaml").write_text(SHARED)
    return tmp_path


def targets(**overrides):
    return load("shop.yaml", overrides, targets="shared.yaml").spec.targets


def problems(folder, text, **overrides):
    (folder / "shared.yaml").write_text(text)
    with pytest.raises(InvalidModelError) as caught:
        targets(**overrides)
    return [str(it) for it in caught.value.problems]


def test_the_models_own_targets_take_precedence(folder):
    assert list(targets()) == ["local", "files", "kafka"]
    assert targets()["local"] == {"visits": Destination.of("out/visits.csv")}


def test_a_default_destination_applies_to_streams_that_the_target_does_not_name(folder):
    assert targets()["files"] == {
        "visits": Destination.of("out/visits.parquet"),
        "all": Destination.of("out/shop/all.jsonl"),
    }


def test_names_are_filled_in_but_variables_are_not(folder):
    assert targets()["kafka"]["all"] == Destination("kafka", "${BROKERS}", {"topic": "t-all-${stream}"})


def test_names_are_filled_in_for_a_single_stream_too(folder):
    (folder / "shared.yaml").write_text('targets: {here: {visits: "{model}-{stream}.csv"}}')
    assert targets()["here"] == {"visits": Destination.of("shop-visits.csv")}


def test_several_unknown_names_are_reported_in_order(folder):
    actual = problems(folder, 'targets: {here: {visits: "{year}/{month}/{day}/{hour}.csv"}}')
    assert [it.split("fill in for ")[1].split(".")[0] for it in actual] == ["{year}", "{month}", "{day}", "{hour}"]


def test_a_stream_fed_only_by_a_table_is_included(folder):
    (folder / "shop.yaml").write_text(TWO + "tables: {products: {rows: [{sku: a}], emit: catalogue}}\n")
    (folder / "shared.yaml").write_text('targets: {here: {"*": "{stream}.csv"}, there: {catalogue: console}}')
    assert targets()["here"] == {it: Destination.of(f"{it}.csv") for it in ("visits", "all", "catalogue")}
    assert targets()["there"] == {"catalogue": Destination.of("console")}


def test_streams_of_other_models_are_ignored(folder):
    assert "other" not in targets()["files"]


def test_a_model_without_targets_uses_the_first_of_the_file(folder):
    (folder / "shop.yaml").write_text(TWO[: TWO.index("targets:")])
    assert next(iter(targets())) == "local"


def test_a_model_file_may_have_one_destination_for_all_streams():
    given = loads(TWO.replace("{visits: out/visits.csv}", '{"*": "out/{stream}.csv"}')).spec.targets["local"]
    assert given == {it: Destination.of(f"out/{it}.csv") for it in ("visits", "all")}


def test_shared_destinations_can_be_set(folder):
    assert targets(**{"targets.files.all": "console"})["files"]["all"] == Destination.of("console")
    assert targets(**{"targets.kafka.*.format": "avro"})["kafka"]["visits"].options["format"] == "avro"


def test_a_python_model_can_be_loaded_with_shared_targets(folder):
    model = Model.load("shop.yaml", targets=folder / "shared.yaml")
    assert model.dump() == Model.of(model.spec).dump()
    assert "files" in model.targets


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("targets: [1]\n", "shared.yaml:1:1: targets: a list is not a mapping. Hint: give a name for each target"),
        ("", "shared.yaml:1:1: the file is empty. Hint: begin with 'targets:'"),
        ("- 1\n", "shared.yaml:1:1: a list is not a mapping. Hint: begin with 'targets:'"),
        (
            "name: x\ntargets: {}\n",
            "shared.yaml:1:1: name: there is no such key in a file of targets.",
        ),
        (
            "targets:\n  here: 5\n",
            "shared.yaml:2:9: targets.here: 5 is not a mapping. Hint: give 'stream: destination'",
        ),
        ("targets:\n  here: {visits: [1]}\n", "shared.yaml:2:10: targets.here.visits: a list is not a destination. "),
        ('targets:\n  here: {"*": 5}\n', "shared.yaml:2:15: targets.here.visits: 5 is not a destination. Hint: give a"),
        (
            'targets:\n  here: {"*": "out/{strem}.csv"}\n',
            "shared.yaml:2:15: targets.here.*: there is nothing to fill in for {strem}. Hint: did you mean 'stream'?",
        ),
        (
            "targets:\n  here: {visits: {kafka: a, topic: '{date}-x'}}\n",
            "shared.yaml:2:36: targets.here.visits.topic: there is nothing to fill in for {date}. Hint: known",
        ),
        ("targets: {a: {visits: console}, a: {}}\n", "shared.yaml:1:33: targets.a: given twice, first on line 1."),
    ],
)
def test_a_mistake_is_reported_in_the_file_of_targets(folder, text, message):
    assert problems(folder, text)[0].startswith(message)


def test_a_missing_file_is_reported(folder):
    with pytest.raises(
        InvalidModelError, match=r"shard.yaml: there is no such file. Hint: did you mean 'shared.yaml'?"
    ):
        load("shop.yaml", targets="shard.yaml")


def test_a_stream_with_the_name_of_a_variable_is_none(folder):
    (folder / "shared.yaml").write_text("x-a: &a {visits: console}\ntargets: {here: *a}\n")
    assert targets()["here"] == {"visits": Destination.of("console")}
