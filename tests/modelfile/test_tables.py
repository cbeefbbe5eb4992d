"""Reference tables in model files."""

from __future__ import annotations

from pathlib import Path

import pytest

from doge_datagen.errors import InvalidModelError
from doge_datagen.model import Spec, Table
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import load, loads

MODEL = """\
doge: 1
name: shop
clock: {start: '2026-01-01', until: 1 d}
tables:
  products: {file: data/products.csv, key: sku, types: {size: string}, emit: catalogue}
  segments:
    rows:
      - {name: casual, visits: 0.5}
      - {name: loyal, visits: 3}
  shelves: {count: 4, columns: {shelf: index + 1}, seed: 3}
subjects:
  name: user
  count: 3
  attributes: {segment: pick(segments), product: pick(products)}
states: [here]
initial: here
transitions:
  - {trigger: buy, from: here, to: here, rate: segment.visits/h, do: product = pick(products), emit: orders}
streams:
  orders:
    fields: {sku: product.sku, size: product.size}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "products.csv").write_text("sku,size\na,40\nb,41\n")
    (tmp_path / "shop.yaml").write_text(MODEL)
    return tmp_path / "shop.yaml"


def spec_in(path: Path) -> Spec:
    return load(path).spec


def problems(path: Path, old: str, new: str) -> list[str]:
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InvalidModelError) as caught:
        load(path)
    return [str(it).removeprefix(f"{path}:") for it in caught.value.problems]


def test_a_relative_path_is_relative_to_the_model_file(path: Path):
    tables = spec_in(path).tables
    file = str(path.parent / "data" / "products.csv")
    rows = [{"name": "casual", "visits": 0.5}, {"name": "loyal", "visits": 3}]
    assert tables == {
        "products": Table(file, key="sku", types={"size": "string"}, emit="catalogue"),
        "segments": Table(rows=rows),
        "shelves": Table(count=4, columns={"shelf": "index + 1"}, seed=3),
    }


def test_a_model_survives_a_dump(path: Path):
    spec = spec_in(path)
    assert loads(dump(spec)).spec == spec


def test_a_value_of_a_table_can_be_set(path: Path):
    assert load(path, {"tables.segments.rows.0.visits": "9"}).spec.tables["segments"].rows[0]["visits"] == 9


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("data/products.csv", "products.csv", "5:20: tables.products.file: there is no file "),
        ("key: sku", "key: id", "5:44: tables.products.key: 'id' is not a column. Hint: known: 'sku', 'size'"),
        ("key: sku", "kye: sku", "5:39: tables.products.kye: there is no such key. Hint: did you mean 'key'?"),
        ("visits: 3}", "visit: 3}", "7:5: tables.segments.rows: row 2 has name, visit, and the first has name, visits"),
        ("- {name: loyal, visits: 3}", "- loyal", "9:9: tables.segments.rows[1]: 'loyal' is not a mapping"),
        (
            "index + 1",
            "indx + 1",
            "10:40: tables.shelves.columns.shelf: 'indx' is unknown. Hint: did you ",
        ),
        ("{size: string}", "{size: text}", "5:63: tables.products.types.size: 'text' is not a type. Hint: "),
        ("{size: string}", "{sze: string}", "5:62: tables.products.types.sze: 'sze' is not a column. Hint: did you "),
        ("segment.visits", "segment.visit", "18:48: transitions.buy.rate: 'visit' is not a column of segments. Hint: "),
    ],
)
def test_a_mistake_is_reported_at_its_location(path: Path, old: str, new: str, problem: str):
    actual = problems(path, old, new)
    assert problem in actual[0]


def test_a_broken_table_causes_no_errors_elsewhere(path: Path):
    actual = problems(path, "rows:\n", "row:\n")
    assert len(actual) == 1


def test_every_wrong_column_is_reported_at_its_location(path: Path):
    columns = "{shelf: indx + 1, wide: shelf * 2, high: idx}, seed: 3}\n  crates: {count: 2, columns: {of: inex}}\n"
    model = path.read_text().replace("{shelf: index + 1}, seed: 3}\n", columns)
    path.write_text(model)
    (path.parent / "data" / "products.csv").write_text("sku,size\na,big\nb,41\n")
    unit = "Hint: give a number and a unit (ms, s, min, h, d or w), such as '1 min'"
    wrong = "products.csv:2: 'big' is not a duration"
    types = "known: 'integer', 'float', 'boolean', 'string', 'timestamp', 'duration'"
    assert problems(path, "{size: string}", "{size: duration, sku: text}") == [
        f"5:63: tables.products.types.size: column 'size' cannot be a duration: {wrong}. {unit}",
        f"5:78: tables.products.types.sku: 'text' is not a type. Hint: {types}",
        "10:40: tables.shelves.columns.shelf: 'indx' is unknown. Hint: did you mean 'index'?",
        "10:73: tables.shelves.columns.high: 'idx' is unknown. Hint: did you mean 'index'?",
        "11:36: tables.crates.columns.of: 'inex' is unknown. Hint: did you mean 'index'?",
    ]
