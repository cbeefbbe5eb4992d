"""Everything with a name can be used by that name in expressions; one rule defines the exceptions."""

from __future__ import annotations

from typing import Any

import pytest

from doge_datagen import Born, Incident, Population, Rhythm, Spawn, Stream, Table, Transition
from doge_datagen.errors import InvalidModelError
from doge_datagen.language.calls import FUNCTIONS, RESERVED
from doge_datagen.language.scope import WORDS
from doge_datagen.language.time.units import UNITS
from doge_datagen.model.clock import Clock
from doge_datagen.model.spec import Spec
from doge_datagen.program.compilation import compile_spec

HOURLY: dict[str, Any] = {"every": "2 h", "lasts": "1 h"}
NEVER_FREE = sorted({*WORDS, *RESERVED, "require"})
HIDDEN = ["d", "entered", "previous", "never", "population", "id", "parent", "ordinal", "weibull", "pick"]
HIDDEN += ["elapsed", "line", "lines", "rest"]


def model(given: dict[str, Any] | None = None, line: str = "price", **parts: dict[str, Any]) -> Spec:
    """A model with every kind of part that has a name in expressions."""
    buy = Transition(
        "buy", "here", rate="1/h", lines={"count": 1, "fields": {line: 1}},
        spawn=Spawn("order", given or {"amount": 1}), emit="clicks",
    )  # fmt: skip
    user = Population(
        "user", 3, {"balance": 0, **parts.pop("attributes", {})}, states=["here"], initial="here", transitions=[buy]
    )
    order = Population("order", born=Born(emit="clicks"), states={"open": "final"}, initial="open")
    columns = parts.pop("columns", {})
    tables = {"prices": Table(count=2, columns={"of": "index", **columns}), **parts.pop("tables", {})}
    rhythms = {"evening": Rhythm(hours={7: 1, 20: 2})}
    return Spec(
        "m", [user, order], {"clicks": Stream({"n": "1"})}, Clock(0, 1, 10), tables=tables, rhythms=rhythms, **parts
    )


KINDS: dict[str, tuple[Any, str]] = {
    "attribute": (lambda name: model(attributes={name: 0}), "populations.user.attributes."),
    "constant": (lambda name: model(constants={name: 5}), "constants."),
    "table": (lambda name: model(tables={name: Table(rows=[{"a": 1}])}), "tables."),
    "column": (lambda name: model(columns={name: "1"}), "tables.prices.columns."),
    "incident": (lambda name: model(incidents={name: Incident(**HOURLY)}), "incidents."),
    "given": (lambda name: model(given={name: 1}), "populations.user.transitions[0].spawn[0].with."),
    "field": (lambda name: model(line=name), "populations.user.transitions[0].lines.fields."),
}
SHARED = ("constant", "table", "incident")
OWN = ("attribute", "column", "given", "field")


def problems(spec: Spec) -> list[str]:
    with pytest.raises(InvalidModelError) as caught:
        compile_spec(spec)
    return [str(it) for it in caught.value.problems]


def test_other_names_are_accepted():
    assert [compile_spec(of("größe")).spec.name for of, _ in KINDS.values()] == ["m"] * len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a-b", "'a-b' cannot be a name in expressions. Hint: use letters, digits and _"),
        ("2nd", "'2nd' cannot be a name in expressions. Hint: use letters, digits and _"),
        ("", "'' cannot be a name in expressions. Hint: use letters, digits and _"),
        ("if", "'if' cannot be a name in expressions: it is a Python keyword. Hint: rename it"),
        ("µ", "'µ' cannot be a name in expressions: Python reads it as 'μ'. Hint: write that"),
        ("index", "'index' already has a meaning in expressions. Hint: rename it"),
        ("sqrt", "'sqrt' already has a meaning in expressions. Hint: rename it"),
    ],
)
def test_an_invalid_name_is_reported_in_the_same_way_for_all_kinds(kind: str, name: str, problem: str):
    of, path = KINDS[kind]
    assert problems(of(name))[0] == f"{path}{name}: {problem}"


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("kind", OWN)
def test_an_attribute_or_similar_hides_a_name_that_is_not_reserved(kind: str, name: str):
    assert compile_spec(KINDS[kind][0](name)).spec.name == "m"


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("kind", SHARED)
def test_parts_shared_by_all_populations_do_not_hide_a_name(kind: str, name: str):
    of, path = KINDS[kind]
    assert problems(of(name)) == [f"{path}{name}: {name!r} already has a meaning in expressions. Hint: rename it"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHARED)
def test_all_functions_units_and_words_are_covered(kind: str):
    for name in (*FUNCTIONS, *UNITS, *NEVER_FREE):
        assert "already has a meaning" in problems(KINDS[kind][0](name))[0]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"tables": {"balance": Table(rows=[{"a": 1}])}}, "tables.balance: 'balance' is an attribute"),
        ({"tables": {"amount": Table(rows=[{"a": 1}])}}, "tables.amount: 'amount' is an attribute"),
        ({"tables": {"order": Table(rows=[{"a": 1}])}}, "tables.order: 'order' is a population"),
        ({"tables": {"evening": Table(rows=[{"a": 1}])}}, "tables.evening: 'evening' is a rhythm"),
        ({"incidents": {"balance": Incident(**HOURLY)}}, "incidents.balance: 'balance' is an attribute"),
        ({"incidents": {"user": Incident(**HOURLY)}}, "incidents.user: 'user' is a population"),
        ({"incidents": {"evening": Incident(**HOURLY)}}, "incidents.evening: 'evening' is a rhythm"),
        ({"incidents": {"prices": Incident(**HOURLY)}}, "incidents.prices: 'prices' is a table"),
        ({"constants": {"balance": 1}}, "constants.balance: 'balance' is an attribute"),
        ({"constants": {"amount": 1}}, "constants.amount: 'amount' is an attribute"),
        ({"constants": {"order": 1}}, "constants.order: 'order' is a population"),
        ({"constants": {"evening": 1}}, "constants.evening: 'evening' is a rhythm"),
        ({"constants": {"prices": 1}}, "constants.prices: 'prices' is a table"),
        ({"constants": {"off": 1}, "incidents": {"off": Incident(**HOURLY)}}, "constants.off: 'off' is an incident"),
        ({"constants": {"of": 1}}, "tables.prices.columns.of: 'of' is a constant"),
        ({"line": "balance"}, "populations.user.transitions[0].lines.fields.balance: 'balance' is an attribute"),
        (
            {"line": "limit", "constants": {"limit": 1}},
            "populations.user.transitions[0].lines.fields.limit: 'limit' is a constant",
        ),
    ],
)
def test_duplicate_names_are_reported_at_the_later_one(parts: dict[str, Any], expected: str):
    assert problems(model(**parts)) == [f"{expected}, too. Hint: rename one of the two"]
