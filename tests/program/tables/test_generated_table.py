"""Generated reference tables: their values, what they depend on, and the error for each mistake.

Significance is 1 in 1,000; seeds are fixed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from scipy import stats

from doge_datagen.errors import InvalidModelError
from doge_datagen.model import Table
from doge_datagen.program.compilation import compile_spec
from doge_datagen.program.problem_collection import MOST_OF_A_KIND
from tests.program.tables.test_reference_table import problems, spec_of

CATEGORIES = Table(rows=[{"name": "books", "share": 3.0, "code": 7}, {"name": "toys", "share": 1.0, "code": 9}])
COLUMNS: dict[str, Any] = {
    "sku": "f'{index:05}'",
    "category": "pick(categories, weight='share').name",
    "code": "index % 3 + 1",
    "price": "round(uniform(1, 9), 2)",
    "cheap": "price < 5",
    "label": "f'{category}/{sku}' if cheap else 'dear ' + sku",
    "since": "timestamp('2025-01-01') + code * 1 d",
    "length": "90 s * code",
    "fixed": 3,
    "word": "'toy' if category == 'toys' else 'other'",
}


def generated(
    count: int = 2000, columns: dict[str, Any] = COLUMNS, name: str = "made", **kwargs: Any
) -> dict[str, list[Any]]:
    tables = {"categories": CATEGORIES, name: Table(count=count, columns=columns, **kwargs)}
    created = compile_spec(spec_of(tables)).tables[name]
    return {column: values.to_pylist() for column, (_, values) in created.columns.items()}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    columns = generated()
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def test_columns_have_the_types_of_their_expressions():
    created = compile_spec(spec_of({"categories": CATEGORIES, "made": Table(count=1, columns=COLUMNS)})).tables["made"]
    assert created.kinds == {
        "sku": "string", "category": "string", "code": "integer", "price": "float", "cheap": "boolean",
        "label": "string", "since": "timestamp", "length": "duration", "fixed": "integer", "word": "string",
    }  # fmt: skip


def test_a_column_may_use_earlier_ones(rows: list[dict[str, Any]]):
    for number, row in enumerate(rows):
        assert row["sku"] == f"{number:05}"
        assert row["cheap"] == (row["price"] < 5)
        assert row["label"] == (f"{row['category']}/{row['sku']}" if row["cheap"] else f"dear {row['sku']}")
        assert row["since"] == 1_735_689_600_000 + row["code"] * 86_400_000
        assert row["length"] == 90_000 * row["code"]
        assert row["word"] == ("toy" if row["category"] == "toys" else "other")


def test_draws_follow_their_law(rows: list[dict[str, Any]]):
    books = sum(row["category"] == "books" for row in rows)
    assert stats.binomtest(books, len(rows), 0.75).pvalue > 1e-3
    assert stats.kstest([row["price"] for row in rows], stats.uniform(1, 8).cdf).pvalue > 1e-3


def test_a_row_does_not_depend_on_the_number_of_rows(rows: list[dict[str, Any]]):
    assert generated(10)["price"] == [row["price"] for row in rows[:10]]


def test_a_column_does_not_depend_on_other_columns(rows: list[dict[str, Any]]):
    assert generated(columns={"price": COLUMNS["price"]})["price"] == [row["price"] for row in rows]


def test_another_seed_of_the_table_gives_different_draws(rows: list[dict[str, Any]]):
    assert generated(10, seed=1)["price"] != [row["price"] for row in rows[:10]]


def test_another_name_of_the_table_gives_different_draws(rows: list[dict[str, Any]]):
    assert generated(10, name="others")["price"] != [row["price"] for row in rows[:10]]


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"x": "1 +"}, "tables.made.columns.x"),
        ({"x": "y", "y": "1"}, "tables.made.columns.x (line 1, column 1): 'y' is unknown. Hint: "),
        ({"x": "timestamp"}, "tables.made.columns.x (line 1, column 1): 'timestamp' is a function. Hint: "),
        ({"x": "pick(categories)"}, "pick(categories) is a row of categories. Hint: show one of its columns, by a dot"),
        ({"x": "pick(made).x"}, "made is not a table. Hint: "),
        ({"x": "3/d"}, "3 / d is a rate, which no column can have. Hint: multiply it by 1 d"),
        ({"x": "1 // (index - 3)"}, "tables.made.columns.x: row 4: division by zero. Hint: test for zero first"),
        ({"x y": "1"}, "tables.made.columns.x y: 'x y' cannot be a name in expressions"),
        ({"sqrt": "1"}, "tables.made.columns.sqrt: 'sqrt' already has a meaning in expressions"),
        ({}, "tables.made: has no columns. Hint: give an expression for each, such as"),
    ],
)
def test_a_mistake_in_a_column_is_named(columns: dict[str, str], problem: str):
    tables = {"categories": CATEGORIES, "made": Table(count=10, columns=columns)}
    assert problem in problems(spec_of(tables))[0]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (Table(count=0, columns={"x": "1"}), "tables.t.count: 0 is too small. Hint: give 1 or more"),
        (
            Table(count=10**8, columns={"x": "1"}),
            "tables.t.count: 100000000 is too large. Hint: give less than 10000001",
        ),
        (Table(count=5, columns={"x": "1"}, seed=-1), "tables.t.seed: -1 is too small. Hint: give 0 or more"),
        (Table(rows=[{"x": 1}], columns={"x": "1"}), "tables.t.columns: columns are for generated rows. Hint: "),
        (Table(rows=[{"x": 1}], count=3, columns={"x": "1"}), "tables.t.rows: a table has either a file, rows or a co"),
        (Table(), "tables.t.rows: a table has either a file, rows or a count. Hint: give one of them"),
    ],
)
def test_a_mistake_in_a_table_is_named(table: Table, problem: str):
    assert problem in problems(spec_of({"t": table}))[0]


def test_a_wrong_key_is_the_only_error_if_another_table_looks_rows_up_by_it():
    tables = {
        "colours": Table(rows=[{"name": "red", "size": 2}], key="nam"),
        "made": Table(count=2, columns={"x": "colours['red'].size"}),
    }
    (problem,) = problems(spec_of(tables))
    assert problem == "tables.colours.key: 'nam' is not a column. Hint: did you mean 'name'?"


def test_columns_may_use_constants():
    spec = spec_of({"t": Table(count=2, columns={"x": "limit + index"})})
    with pytest.raises(InvalidModelError, match="'limit' is unknown"):
        compile_spec(spec)
    assert compile_spec(replace(spec, constants={"limit": 5})).tables["t"].values("x").to_pylist() == [5, 6]


def test_every_wrong_column_is_reported_but_not_those_that_use_it():
    columns = {
        "size": "indx + 1",
        "double": "size * 2",
        "shown": "f'{size} cm'",
        "price": "uniform(1, 'x')",
        "right": "index + 1",
        "city": "names.cty('pl')",
    }
    assert problems(spec_of({"t": Table(count=3, columns=columns)})) == [
        "tables.t.columns.size (line 1, column 1): 'indx' is unknown. Hint: did you mean 'index'?",
        "tables.t.columns.price (line 1, column 12): 'x' is a string, but a number is required",
        "tables.t.columns.city (line 1, column 1): names.cty is unknown. Hint: did you mean 'city'?",
    ]


def test_every_column_with_a_fault_is_reported_with_its_first_row():
    columns = {
        "share": "1 / (index - 1)",
        "double": "share * 2",
        "shown": "f'{double} %'",
        "digit": "str(index)",
        "half": "6 // (2 - index)",
        "right": "index + 1",
    }
    assert problems(spec_of({"t": Table(count=5, columns=columns)})) == [
        "tables.t.columns.share: row 2: division by zero. Hint: test for zero first",
        "tables.t.columns.half: row 3: division by zero. Hint: test for zero first",
    ]


def test_a_wrong_table_causes_no_errors_in_tables_and_columns_that_use_it():
    tables = {
        "brands": Table(count=3, columns={"name": "indx"}),
        "sizes": Table(rows=[{"name": "small"}, {"size": "large"}]),
        "products": Table(count=3, columns={"brand": "pick(brands).name", "sku": "inde", "size": "pick(sizes).name"}),
        "copies": Table(count=3, columns={"of": "pick(products).sku", "brand": "brands[2].name"}),
    }
    assert problems(spec_of(tables)) == [
        "tables.brands.columns.name (line 1, column 1): 'indx' is unknown. Hint: did you mean 'index'?",
        "tables.sizes.rows: row 2 has size, and the first has name. Hint: give every row the same columns",
        "tables.products.columns.sku (line 1, column 1): 'inde' is unknown. Hint: did you mean 'index'?",
    ]


def test_many_wrong_columns_are_not_all_reported():
    actual = problems(spec_of({"t": Table(count=3, columns={f"c{number}": "wrong" for number in range(500)})}))
    assert len(actual) == MOST_OF_A_KIND + 1
    assert actual[-1].endswith("there are more problems like this. Hint: fix those listed first")
