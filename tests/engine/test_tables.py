"""Reference tables: the laws of picks, identical output of both engines, and rows as records.

Significance is 1 in 1,000 for each test of a law; the seeds are fixed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Clock, Model, Population, Stream, Table, Transition
from doge_datagen.engine.checkpoint import mismatches
from doge_datagen.engine.code_arguments import arrays_of
from doge_datagen.errors import CalculationError, InvalidModelError
from doge_datagen.language.lookup_data import Part, TableArray
from doge_datagen.numeric.table_rows import group_of_text, group_of_value
from doge_datagen.program.tables.reference_table import array_of
from doge_datagen.run.simulation.engine_choice import Engine, make_engine
from tests.engine.models import digest

SIGNIFICANCE = 1e-3
SEED = 7
HOUR = 3_600_000
ENGINES = ["interpreted", "compiled"]
CATEGORIES = ("books", "toys", "food")
PRODUCTS = Table(
    rows=[
        {"sku": f"{number:05d}", "category": CATEGORIES[number % 3], "price": number * 1.5, "likes": number % 7 + 1}
        for number in range(1, 41)
    ],
    key="sku",
    emit="products",
)
SEGMENTS = Table(rows=[{"name": "casual", "share": 80, "visits": 0.5}, {"name": "loyal", "share": 20, "visits": 3.0}])
NUMBERS = Table(rows=[{"of": number, "half": number // 2, "even": number % 2 == 0} for number in range(10)], key="of")


def shop(hours: float = 6, **streams: Stream) -> Model:
    """Customers with a segment, a taste and favourites; records include every kind of pick and lookup."""
    attributes = {
        "segment": "pick(segments, weight='share')",
        "taste": "choice(['books', 'toys', 'food'])",
        "favourites": "picks(products, 3, weight='likes')",
        "product": "pick(products, category=taste)",
        "sku": "product.sku",
        "spent": "0.0",
        "digit": "pick(numbers, even=index % 2 == 0)",
    }
    buy = """
    product = pick(products, category=taste, weight='likes')
    if random() < 0.3: product = pick(favourites, weights=[5, 2, 1])
    if random() < 0.2: product = pick(products, zipf=1.1)
    if random() < 0.1: product = pick(products, category=taste, zipf=0.7)
    other = products[sku]
    spent += product.price - other.price
    sku = product.sku
    digit = pick(numbers, half=randrange(5)) if digit == numbers[3] else numbers[digit.half]
    """
    shown = {
        "segment": "segment.name", "sku": "product.sku", "label": "f'{product.sku}/{product.category}'",
        "price": "product.price", "first": "favourites[0].sku", "spent": "spent", "digit": "digit.of",
        "liked": "pick(favourites).likes", "last": "sku", "at": "timestamp",
    }  # fmt: skip
    return Model(
        "shop",
        Population("customer", 300, attributes),
        ["shopping"],
        "shopping",
        [Transition("buy", "shopping", "shopping", rate="segment.visits / h", do=buy, emit="orders")],
        {"orders": Stream(shown, key="product.sku"), **streams},
        Clock(1_767_225_600_000, 1, int(hours * HOUR)),
        tables={"products": PRODUCTS, "segments": SEGMENTS, "numbers": NUMBERS},
    )


def engine_of(model: Model, engine: str = "interpreted", **kwargs: Any) -> Engine:
    return make_engine(model.program, SEED, engine=engine, **kwargs)


def records(engine: Engine, end: int, window: int = HOUR) -> dict[str, list[tuple[Any, ...]]]:
    """The records of an engine before a tick, by stream, each as time, key and fields."""
    result: dict[str, list[tuple[Any, ...]]] = {}
    while engine.tick < end:
        for name, batch in engine.window(min(end, engine.tick + window)).batches:
            keys = [batch.keys.to_pylist()] if batch.keys is not None else []
            columns = [batch.timestamps.cast("int64").to_pylist(), *keys, *(it.to_pylist() for it in batch.records)]
            result.setdefault(name, []).extend(zip(*columns, strict=True))
    return result


def whole(model: Model, engine: str = "interpreted", window: int = HOUR, **kwargs: Any) -> dict[str, list[Any]]:
    simulation = engine_of(model, engine, **kwargs)
    try:
        return records(simulation, model.clock.ticks, window)
    finally:
        simulation.close()


@pytest.fixture(scope="module")
def model() -> Model:
    return shop()


@pytest.fixture(scope="module")
def expected(model: Model) -> dict[str, list[Any]]:
    return whole(model)


def drawn(code: str, count: int, **tables: Table) -> list[int]:
    """Row numbers, one drawn by each subject, from ``numbers`` or the given table."""
    attributes = {"row": code}
    model = Model(
        "draws", Population("subject", count, attributes), ["here"], "here",
        [Transition("show", "here", "here", 100, emit="rows")], {"rows": Stream({"of": "row.of"})},
        Clock(0, 1000, 1), tables={"numbers": NUMBERS, **tables},
    )  # fmt: skip
    return model.table("rows", seed=SEED, engine="interpreted").column("of").to_pylist()


def fits(seen: list[int], weights: list[float]) -> bool:
    counts = np.bincount(seen, minlength=len(weights))
    chances = np.array(weights) / sum(weights)
    assert counts[chances == 0].sum() == 0
    counts, chances = counts[chances > 0], chances[chances > 0]
    return len(counts) == 1 or bool(stats.chisquare(counts, counts.sum() * chances).pvalue > SIGNIFICANCE)


# -- the laws of draws ------------------------------------------------------------------------------------------------


def test_each_row_is_drawn_with_the_same_probability():
    assert fits(drawn("pick(numbers)", 20_000), [1.0] * 10)


@pytest.mark.parametrize("weights", [[1, 2, 3, 4], [0, 1, 0, 5], [1e-9, 1, 1e9, 2e9], [7], [3, 3, 3]])
def test_rows_are_drawn_by_weight(weights: list[float]):
    table = Table(rows=[{"of": number, "weight": float(it)} for number, it in enumerate(weights)])
    assert fits(drawn("pick(table, weight='weight')", 20_000, table=table), weights)


@pytest.mark.parametrize("exponent", [0, 0.5, 1.1, 3])
def test_rows_are_drawn_by_zipfs_law(exponent: float):
    assert fits(drawn(f"pick(numbers, zipf={exponent})", 20_000), [rank**-exponent for rank in range(1, 11)])


def test_rows_with_a_value_are_drawn_with_the_same_probability():
    assert fits(drawn("pick(numbers, even=True)", 20_000), [1.0, 0.0] * 5)


def test_rows_with_a_value_are_drawn_by_weight():
    rows = [{"of": number, "group": "ab"[number % 2], "weight": number} for number in range(8)]
    actual = drawn("pick(table, group='b', weight='weight')", 20_000, table=Table(rows=rows))
    assert fits(actual, [0, 1, 0, 3, 0, 5, 0, 7])


def test_zipfs_law_counts_ranks_within_the_rows_of_a_value():
    actual = drawn("pick(numbers, even=False, zipf=2)", 20_000)
    assert fits(actual, [0, 1, 0, 1 / 4, 0, 1 / 9, 0, 1 / 16, 0, 1 / 25])


def test_several_rows_of_a_subject_are_different(model: Model):
    attributes = {"own": "picks(numbers, 4, weight='of')"}
    fields = {f"row{number}": f"own[{number}].of" for number in range(4)}
    built = Model(
        "draws", Population("subject", 5000, attributes), ["here"], "here",
        [Transition("show", "here", "here", 100, emit="rows")], {"rows": Stream(fields)}, Clock(0, 1000, 1),
        tables={"numbers": NUMBERS},
    )  # fmt: skip
    rows = [tuple(row.values()) for row in built.table("rows", seed=SEED, engine="interpreted").to_pylist()]
    assert all(len(set(row)) == 4 for row in rows)
    assert fits([row[0] for row in rows], list(range(10)))
    second = Counter(row[1] for row in rows if row[0] == 9)
    assert fits(list(second.elements()), [float(it) for it in range(9)])  # by weight, among the remaining ones


def test_one_of_several_rows_is_drawn_by_weight():
    attributes = {"own": "picks(numbers, 2)", "row": "pick(own, weights=[3, 1])"}
    built = Model(
        "draws", Population("subject", 20_000, attributes), ["here"], "here",
        [Transition("show", "here", "here", 100, emit="rows")], {"rows": Stream({"first": "row == own[0]"})},
        Clock(0, 1000, 1), tables={"numbers": NUMBERS},
    )  # fmt: skip
    first = built.table("rows", seed=SEED, engine="interpreted").column("first").to_pylist()
    assert stats.binomtest(sum(first), len(first), 0.75).pvalue > SIGNIFICANCE


def test_the_arrays_of_the_alias_method_give_exactly_the_weights(model: Model):
    def array(part: Part, weight: str = "") -> Any:
        return array_of(
            model.program.tables["products"], model.program.data, TableArray(part, "products", "category", weight)
        )

    chances, others = array(Part.SLOTS, "likes").T
    begins, order = array(Part.BEGINS), array(Part.ORDER)
    likes = np.array([row["likes"] for row in PRODUCTS.rows])[order]
    for first, end in pairwise(begins):
        mass = np.zeros(end - first)
        for row in range(first, end):
            mass[row - first] += chances[row]
            mass[int(others[row]) - first] += 1 - chances[row]
        assert np.allclose(mass / (end - first), likes[first:end] / likes[first:end].sum(), rtol=1e-12)


@pytest.mark.parametrize("value", range(-2, 12))
def test_a_value_is_found_in_a_column_exactly_if_the_column_contains_it(value: int):
    values = [0, 3, 4, 9]
    assert group_of_value([0], values, value, 2) == (values.index(value) if value in values else -3)


def test_a_string_not_in_any_table_is_in_no_group():
    assert [group_of_text([0], [-1, 0], number, 4) for number in (0, 1, 2)] == [-5, 0, -5]


# -- both engines, workers, windows, slices and checkpoints -----------------------------------------------------------

GOLDEN = {"orders": "55419425c784518b", "products": "125dc17d9ea23263"}


def test_the_records_stay_the_same(expected: dict[str, list[Any]]):
    assert {name: digest(rows) for name, rows in expected.items()} == GOLDEN


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", [{}, {"workers": 2}, {"workers": 4}], ids=str)
def test_the_compiled_engine_gives_the_same_records(
    model: Model, expected: dict[str, list[Any]], kwargs: dict[str, Any]
):
    assert whole(model, "compiled", **kwargs) == expected


@pytest.mark.parametrize("window", [30_000, 7 * HOUR // 10, 10**9])
@pytest.mark.parametrize("engine", ENGINES)
def test_windows_do_not_change_the_records(model: Model, expected: dict[str, list[Any]], window: int, engine: str):
    assert whole(model, engine, window) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_merged_slices_equal_the_whole_run(model: Model, expected: dict[str, list[Any]], engine: str):
    parts = [whole(model, engine, subjects=range(first, 300, 3)) for first in range(3)]
    assert sorted(row for part in parts for row in part["orders"]) == sorted(expected["orders"])
    assert [len(part.get("products", ())) for part in parts] == [40, 0, 0]


@pytest.mark.parametrize(("before", "then"), [ENGINES, ENGINES[::-1]])
def test_a_checkpoint_of_one_engine_continues_in_the_other(
    model: Model, expected: dict[str, list[Any]], before: str, then: str
):
    first, second = engine_of(model, before), engine_of(model, then)
    started = records(first, 2 * HOUR)
    kept = first.checkpoint()
    assert not list(mismatches(kept, model.program))
    second.restore(kept)
    rest = records(second, model.clock.ticks)
    assert {name: [*started[name], *rest.get(name, [])] for name in started} == expected


def test_arrays_are_created_once_for_all_engines_of_a_model(model: Model):
    assert arrays_of(model.program) is arrays_of(model.resized(subjects=5).program)


# -- rows as records, and faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_the_rows_of_a_table_come_before_the_first_event(model: Model, engine: str):
    simulation = engine_of(model, engine)
    name, batch = simulation.window(HOUR).batches[0]
    simulation.close()
    assert name == "products"
    assert batch.records.to_pylist() == list(PRODUCTS.rows)
    assert batch.keys is not None
    assert batch.keys.to_pylist() == [row["sku"] for row in PRODUCTS.rows]
    assert set(batch.timestamps.cast("int64").to_pylist()) == {model.clock.start}


@pytest.mark.parametrize("engine", ENGINES)
def test_after_a_warm_up_the_rows_of_a_table_are_at_the_start(model: Model, engine: str):
    warmed = replace(model, clock=replace(model.clock, ticks=1000, warm_up=HOUR))
    name, batch = engine_of(warmed, engine).window(1000).batches[0]
    assert name == "products"
    assert set(batch.timestamps.cast("int64").to_pylist()) == {model.clock.start}


def test_a_stream_of_a_table_can_have_its_own_fields():
    stream = Stream({"id": "sku", "gross": "round(price * 1.23, 2)", "shelf": "f'{category}-{index}'"}, key="category")
    expected = [
        {"id": row["sku"], "gross": round(row["price"] * 1.23, 2), "shelf": f"{row['category']}-{number}"}
        for number, row in enumerate(PRODUCTS.rows)
    ]
    assert shop(1, products=stream).table("products", seed=1, engine="interpreted").to_pylist() == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("subject", "message"),
    [
        (0, r"no row of numbers has of 1[0-9]\. Hint: add such a row, or look up only keys of the table"),
        (1, r"no row of numbers has half [5-8], so pick has nothing to draw from\. Hint: add such a row"),
        (2, r"no row of products has category '(no such|nowhere)'"),
        (3, r"no row of products has sku '(no such|nowhere)'"),
        (4, r"no row of flags has on True, so pick"),
    ],
)
def test_a_lookup_without_a_matching_row_ends_the_run_and_names_the_value(engine, subject, message):
    do = """
    if index == 0: row = numbers[randrange(10, 20)]
    if index == 1: row = pick(numbers, half=randrange(5, 9))
    name = choice(['no such', 'nowhere'])
    if index == 2: product = pick(products, category=name)
    if index == 3: product = products[name]
    if index == 4: flag = pick(flags, on=index == 4)
    """
    attributes = {
        "row": "pick(numbers)", "product": "pick(products)", "flag": "pick(flags)",
    }  # fmt: skip
    built = Model(
        "lookups", Population("subject", 5, attributes), ["here"], "here",
        [Transition("look", "here", "here", 50, do=do)], {}, Clock(0, 1000, 9),
        tables={"numbers": NUMBERS, "products": PRODUCTS, "flags": Table(rows=[{"on": False}])},
    )  # fmt: skip
    actual = engine_of(built, engine, subjects=range(subject, subject + 1))
    with pytest.raises(CalculationError, match=message) as caught:
        records(actual, 9)
    actual.close()
    assert caught.value.subject == subject


def refused(table: Table, attribute: str) -> str:
    with pytest.raises(InvalidModelError) as caught:
        Model(
            "rows", Population("subject", 1, {"own": attribute}), ["here"], "here",
            [Transition("show", "here", "here", 100)], {}, Clock(0, 1000, 1), tables={"table": table},
        )  # fmt: skip
    return str(caught.value)


def test_an_unknown_column_to_pick_by_is_distinguished_from_an_option():
    table = Table(rows=[{"sku": 1, "price": 2}])
    hint = "'category' is not a column of table. Hint: known: 'sku', 'price'; or give weight= or zipf="
    assert hint in refused(table, "pick(table, category=1)")
    assert "Hint: did you mean 'weight'?" in refused(table, "pick(table, wieght='price')")


@pytest.mark.parametrize(("values", "number", "first"), [([1, "x", 2], 1, "1"), ([1, 2.5, "x"], 2, "1")])
def test_a_value_of_the_wrong_type_is_reported_with_its_location(values, number, first):
    message = refused(Table(rows=[{"share": it} for it in values]), "pick(table)")
    assert f"tables.table.rows[{number}].share: 'x' is of another type than {first} in the first row" in message


def test_a_column_whose_name_cannot_be_a_field_is_reported_where_its_table_is_emitted():
    message = refused(Table(rows=[{"unit price": 1}], emit="all"), "pick(table)")
    assert "tables.table.emit: column 'unit price' of the table cannot be a field" in message


def test_picking_several_rows_of_which_too_few_are_ever_drawn_is_a_fault():
    table = Table(rows=[{"weight": weight} for weight in (1.0, 1.0, 1e-300)])
    built = Model(
        "draws", Population("subject", 1, {"own": "picks(table, 3, weight='weight')"}), ["here"], "here",
        [Transition("show", "here", "here", 100)], {}, Clock(0, 1000, 1), tables={"table": table},
    )  # fmt: skip
    with pytest.raises(CalculationError, match="too few for so many picks"):
        engine_of(built)
