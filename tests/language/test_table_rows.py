"""Rows of reference tables in expressions, and the error for each mistake."""

from __future__ import annotations

from typing import Any

import pytest

from doge_datagen.errors import InvalidModelError
from doge_datagen.model import Clock, Population, Spec, Stream, Table, Transition
from doge_datagen.program.compilation import compile_spec

PRODUCTS = Table(
    rows=[
        {"sku": "a1", "category": "books", "price": 1.5, "likes": 3, "fresh": True},
        {"sku": "a2", "category": "books", "price": 2.5, "likes": 1, "fresh": False},
        {"sku": "b1", "category": "toys", "price": 9.0, "likes": 0, "fresh": True},
    ],
    key="sku",
)
SEGMENTS = Table(
    rows=[
        {"name": "casual", "share": -1, "group": 1, "size": 1e308},
        {"name": "loyal", "share": 2, "group": 2, "size": 1e308},
    ]
)
TABLES = {"products": PRODUCTS, "segments": SEGMENTS}


def problems(do: str | None = None, fields: dict[str, Any] | None = None, **attributes: str) -> list[str]:
    """The problems of a model with these parts."""
    given = {
        "product": "pick(products)",
        "own": "picks(products, 2)",
        "n": "0",
        "name": "product.category",
    } | attributes
    spec = Spec.of_one(
        "shop", Population("user", 3, given), ["here"], "here",
        [Transition("buy", "here", "here", 1, do=do, emit="orders")],
        {"orders": Stream(fields or {"sku": "product.sku"})}, Clock(0, 1000, 3), tables=TABLES,
    )  # fmt: skip
    try:
        compile_spec(spec)
    except InvalidModelError as error:
        return [it.message for it in error.problems]
    return []


@pytest.mark.parametrize(
    "do",
    [
        "product = pick(products, category=product.category)",
        "product = products[name]; n += product.likes",
        "product = own[0] if pick(own).fresh else pick(own, weights=[3, 1])",
        "product = choice([own[0], own[1], products['b1']])",
        "product = pick(products, likes=int(random() * 2), zipf=1.5)",
        "product = pick(products, fresh=n > 3)",
        "one = pick(segments, group=1); n += one.share",
        "require(product != own[1] and product.category == 'toys')",
    ],
)
def test_rows_are_drawn_looked_up_kept_and_compared(do: str):
    assert not problems(do)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ("n = pick(product)", "product is not a table. Hint: known: 'products', 'segments'"),
        ("product = pick(prodcts)", "prodcts is not a table. Hint: did you mean 'products'?"),
        ("product = pick()", "pick requires a table. Hint: write pick(products)"),
        ("product = pick(products, 3)", "pick takes one table. Hint: give the others by name, such as weight='share'"),
        ("product = pick(segments)", "pick(segments) is a row of segments and cannot become a row of products"),
        ("n = product.price2", "'price2' is not a column of products. Hint: did you mean 'price'?"),
        ("n = products.likes", "products is a table, not a row of it. Hint: draw one by pick(products)"),
        ("n = product", "product is a row of products and cannot become an integer"),
        ("n = product + 1", "product is a row of products, but a number is required"),
        ("require(product < own[0])", "product < own[0] orders rows. Hint: compare a column of each"),
        ("product = max(product, own[0])", "max(product, own[0]) is a row of products."),
        ("require(product)", "product is a row of products, but a boolean is required"),
        ("product = pick(products, categry='toys')", "'categry' is not a column of products. Hint: did you mean 'cat"),
        ("product = pick(products, category='toy')", "'toy' is not in column 'category' of products. Hint: did you me"),
        ("product = pick(products, category=3)", "3 is an integer, and 'category' of products has strings. Hint: give"),
        ("product = pick(products, price=1.5)", "'price' has floats, which are not compared"),
        ("product = pick(products, fresh=True, likes=3)", "selects by fresh and likes. Hint: select by one column"),
        ("product = pick(products, weight='price', zipf=1)", "has both weight and zipf. Hint: remove one"),
        ("product = pick(products, weight='sku')", "column 'sku' of products has no numbers"),
        ("product = pick(products, weight='size')", "'size' is not a column of products"),
        ("product = pick(products, weight='likes', category=name)", "weights in column 'likes' of products are 0 for "),
        ("s = pick(segments, weight='share')", "column 'share' of segments has weights below 0. Hint: give 0 or more"),
        ("s = pick(segments, weight='size')", "the sum of column 'size' of segments is too large for a float"),
        ("product = pick(products, zipf=n)", "n is not an exponent of Zipf's law. Hint: write a number from 0 to 700"),
        ("product = pick(products, zipf=-1)", "-1 is not an exponent of Zipf's law"),
        ("product = products['c1']", "'c1' is not in column 'sku' of products. Hint: "),
        ("product = products[n]", "n is an integer, and 'sku' of products has strings. Hint: give a string"),
        ("s = segments['casual']", "table segments has no key. Hint: give it one, such as key: sku"),
        ("product = own", "'own' is 2 rows of products. Hint: draw one by pick(own), or write own[0]"),
        ("product = own[2]", "2 is not one of its 2 rows. Hint: write a number from 0 to 1"),
        (
            "product = pick(own, category='toys')",
            "own has 2 rows; pick takes weights= beside it. Hint: ",
        ),
        ("product = pick(own, weights=[1, 2, 3])", "2 values require 2 weights, not 3"),
        ("product = picks(products, 2)", "picks(products, 2) is not allowed here: it gives a subject several rows"),
        ("own = pick(products)", "pick(products) is a row of products and cannot become rows of products"),
    ],
)
def test_a_mistake_in_an_action_is_named_with_a_hint(do: str, message: str):
    actual = problems(do)
    assert actual
    assert message.split(". Hint: known", maxsplit=1)[0] in actual[0]


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("picks(products)", "picks requires a table and how many rows to draw. Hint: write picks(products, 3)"),
        ("picks(products, n)", "picks requires a table and how many rows to draw"),
        ("picks(products, 9)", "picks requires a table and how many rows to draw"),
        ("picks(products, 4)", "products has 3 rows to draw from, not 4. Hint: draw fewer"),
        ("picks(products, 3, weight='likes')", "products has 2 rows to draw from, not 3. Hint: draw fewer"),
        ("picks(products, 2, category='books' if n else 'toys')", "some category in products has 1 row to draw from"),
    ],
)
def test_a_mistake_in_picks_is_named_with_a_hint(start: str, message: str):
    assert message in problems(more=start)[0]


@pytest.mark.parametrize("shown", ["product", "own[0]", "pick(products)", "f'{product}'", "str(product)"])
def test_a_whole_row_is_not_a_value_of_a_field(shown: str):
    assert "is a row of products. Hint: show one of its columns, by a dot" in problems(fields={"x": shown})[0]


def test_a_row_that_has_been_rejected_causes_no_errors_elsewhere():
    assert problems("n += product.likes", product="pick(produts)", name="'toys'") == [
        "produts is not a table. Hint: did you mean 'products'?"
    ]


def test_an_attribute_hides_pick():
    actual = problems("product = pick(products)", pick="3")
    assert actual[0] == "'pick' is an attribute or a local name here. Hint: rename it to call the function pick"
