"""The page about model files agrees with the schema and the loader."""

import re
import runpy

import pytest
import yaml

from doge_datagen.language.time.units import duration, timestamp
from doge_datagen.modelfile.load import loads
from tests.docs.pages import ROOT, blocks

GENERATOR = runpy.run_path(str(ROOT / "docs" / "generate_model_file.py"))
TEXT = GENERATOR["PAGE"].read_text()
SHAPES = ["ModelShape", *GENERATOR["SCHEMA"]["$defs"]]
SHOP, SESSIONS, CLUB, ORDERS, SEVERAL, BASKETS, SITE, VISITS, MARKET, SHELF = MODELS = [
    block.text for block in blocks(GENERATOR["PAGE"]) if block.language == "yaml"
]


def rows(head):
    """The cells of the table that starts with this line."""
    lines = TEXT.partition(f"{head}\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    return [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_tables_agree_with_the_schema():
    assert GENERATOR["page"](TEXT) == TEXT, "run: python docs/generate_model_file.py"


@pytest.mark.parametrize("name", SHAPES)
def test_every_mapping_has_a_table_with_all_its_keys(name):
    table = re.search(rf"<!-- keys: {name} -->\n(.*?)<!-- end of keys -->", TEXT, re.DOTALL)[1]
    assert [row.split("`")[1] for row in table.splitlines()[3:] if row] == list(
        GENERATOR["definition"](name)["properties"]
    )


@pytest.mark.parametrize("name", SHAPES)
def test_every_example_is_yaml_with_its_key(name):
    for key, schema in GENERATOR["definition"](name)["properties"].items():
        for example in schema.get("examples", []):
            assert "\n" not in GENERATOR["shown"](key, example)
            assert yaml.load(GENERATOR["shown"](key, example), yaml.BaseLoader).keys() == {key}


def test_the_models_on_the_page_are_valid():
    assert loads(SHOP).spec.streams.keys() == {"visits", "orders"}
    assert loads(SESSIONS).spec.population.is_timed
    assert loads(SITE).spec.population.transitions[-1].trigger == "away"
    assert [it.name for it in loads(SEVERAL).spec.populations] == ["visitor", "bot"]
    assert loads(CLUB).spec.population.arrive is not None
    assert loads(ORDERS).spec.populations[1].is_spawned
    assert loads(VISITS).spec.rhythms.keys() == {"evening", "office"}
    assert loads(BASKETS).spec.streams["order_lines"].each == "lines"
    assert loads(MARKET).spec.incidents.keys() == {"outage", "sale", "works", "bots"}


def test_the_model_with_tables_reads_the_file_beside_it(tmp_path, monkeypatch):
    (tmp_path / "products.csv").write_text("sku\n00123\n00124\n")
    monkeypatch.chdir(tmp_path)
    assert loads(SHELF).tables["products"].kinds == {"sku": "string"}


def test_the_models_on_the_page_use_every_key():
    for name in SHAPES:
        for key in GENERATOR["definition"](name)["properties"]:
            used = any(re.search(rf"\b{key}:", model) for model in MODELS)
            elsewhere = {
                ("ClockShape", "ticks"),
                ("ModelShape", "include"),
            }  # until is covered; the rest is about sharing parts
            assert used or (name, key) in elsewhere


@pytest.mark.parametrize(("written", "meant"), rows("| duration | in milliseconds |"))
def test_the_durations_on_the_page_are_correct(written, meant):
    assert duration(written) == int(meant)


@pytest.mark.parametrize(("written", "meant"), rows("| timestamp | in milliseconds since the epoch |"))
def test_the_timestamps_on_the_page_are_correct(written, meant):
    assert timestamp(written) == int(meant)


@pytest.mark.parametrize("destination", [row[0] for row in rows("| destination | what it is |")])
def test_the_destinations_on_the_page_are_valid(destination):
    loads(SHOP, overrides={"targets.local.orders": destination})


@pytest.mark.parametrize("setting", [row[0] for row in rows("| `--set` | replaces |")])
def test_the_overrides_on_the_page_work(setting):
    key, _, value = setting.partition("=")
    assert loads(SHOP, overrides={key: value}).spec != loads(SHOP).spec
