"""Strings that are composed on output and passed to spawned subjects, which get the values they contain."""

from dataclasses import replace
from functools import cache

import pytest

from doge_datagen import Population, Spawn, Stream, Transition
from doge_datagen.errors import InvalidModelError
from tests.populations import tables
from tests.run.ledger import Killed
from tests.run.resuming.named_runs import DieAtCall, ledgers, machine, rows, run, uninterrupted
from tests.spawned import CUSTOMER, DAY, HOUR, ORDER, PARCEL, shop

__all__ = ["machine"]  # a fixture for each test here

COMPOSED = {
    "label": "f'{level}/{total:.2f}/{index:03}'",
    "buyer": "id",
    "when": "'at ' + str(timestamp)",
    "shop": "pick(seller).name",
}
SELLER = Population(
    "seller", 5, {"name": 'f\'S{index}-{choice(["x", "y"])}{randrange(1000)}\''}, states=["on"], initial="on"
)
GIVEN = {"amount": "total", "level": "level"} | COMPOSED
BUY = replace(CUSTOMER.transitions[0], spawn=Spawn("order", GIVEN))
GIFT = Transition(
    "gift", "here", rate="1/d", do="level = 'green'; total = 0.5", emit="carts", spawn=Spawn("order", GIVEN)
)
PAY = replace(ORDER.transitions[0], spawn=[Spawn("parcel", {"of": "paid", "label": "f'{label}!'", "sender": "shop"})])
ORDERS = replace(ORDER, attributes={"paid": 0, "code": "'<' + label + '>'"}, transitions=[PAY, ORDER.transitions[1]])


def market(customer=None, orders=ORDERS, days=4, **clock):
    customer = customer or replace(CUSTOMER, transitions=[BUY, GIFT])
    model = shop(SELLER, customer, orders, PARCEL, days=days, **clock)
    shown = {it: it for it in COMPOSED}
    streams = {
        "carts": Stream({"id": "id", "ts": "timestamp", "label": COMPOSED["label"], "when": COMPOSED["when"]}),
        "orders": Stream(
            {"id": "id", "parent": "parent", "ts": "timestamp", "what": "trigger", "code": "code", **shown}, key="label"
        ),
        "parcels": Stream(
            {"id": "id", "order": "parent", "label": "label", "sender": "sender"}, headers={"l": "label"}
        ),
    }
    return replace(model, streams=streams)


@cache
def records():
    return {name: it.to_pylist() for name, it in tables(market(), engine="interpreted").items()}


def test_children_show_the_string_that_their_parent_composes_at_their_birth():
    carts = {(row["id"], row["ts"]): row for row in records()["carts"]}
    born = {row["id"]: row for row in records()["orders"] if row["what"] == "born"}
    assert len({row["label"].partition("/")[0] for row in born.values()}) == 3
    for row in born.values():
        cart = carts[row["parent"], row["ts"]]
        assert (row["label"], row["when"], row["buyer"]) == (cart["label"], cart["when"], cart["id"])
        assert row["code"] == f"<{row['label']}>"
    assert len({row["shop"] for row in born.values()}) == SELLER.count
    kept = [row for row in records()["orders"] if row["what"] != "born"]
    assert kept
    assert all(row[it] == born[row["id"]][it] for row in kept for it in (*COMPOSED, "code"))


def test_children_can_pass_strings_to_their_own_children():
    orders = {row["id"]: row for row in records()["orders"]}
    assert len(records()["parcels"]) > 50
    for row in records()["parcels"]:
        order = orders[row["order"]]
        assert (row["label"], row["sender"]) == (order["label"] + "!", order["shop"])


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", [{"workers": 2}, {"window": 7 * HOUR + 1}], ids=str)
def test_the_compiled_engine_gives_the_same_records(kwargs):
    streams = tables(market(), engine="compiled", **kwargs)
    assert {name: it.to_pylist() for name, it in streams.items()} == records()


def test_windows_of_any_length_have_the_same_records():
    streams = tables(market(), engine="interpreted", window=5 * HOUR + 1)
    assert {name: it.to_pylist() for name, it in streams.items()} == records()


@pytest.mark.slow
@pytest.mark.parametrize("engines", [("interpreted", "compiled"), ("compiled", "interpreted")], ids=" ".join)
def test_a_killed_run_is_resumed_by_the_other_engine_from_its_checkpoint(engines, caplog, machine):
    model = market()
    destinations = ledgers(model)
    with pytest.raises(Killed):
        run(destinations, model, window=9 * HOUR, engine=engines[0], stop=DieAtCall(5), checkpoint_every=0)
    assert (machine / "name" / "snapshot.npz").exists()
    run(destinations, model, engine=engines[1])
    assert rows(destinations) == uninterrupted(model)
    assert not caplog.text  # no unusable checkpoint


def test_after_a_warm_up_they_equal_those_of_a_run_that_starts_earlier():
    warmed = tables(market(days=2, warm_up=2 * DAY), engine="interpreted")["orders"].to_pylist()
    born = {row["id"]: row["label"] for row in records()["orders"]}
    earlier = market()
    whole = tables(
        replace(earlier, clock=replace(earlier.clock, start=earlier.clock.start - 2 * DAY)), engine="interpreted"
    )
    born = {row["id"]: row["label"] for row in whole["orders"].to_pylist()}
    assert len(warmed) > 100
    assert all(row["label"] == born[row["id"]] for row in warmed)


def test_all_parents_of_a_population_must_compose_a_string_in_the_same_way():
    for other in ("f'{level}/{total:.1f}/{index:03}'", "f'{level}'", "level", "f'{level}/{index:.2f}/{index:03}'"):
        gift = replace(GIFT, spawn=Spawn("order", GIVEN | {"label": other}))
        with pytest.raises(InvalidModelError) as caught:
            market(replace(CUSTOMER, transitions=[BUY, gift]))
        message = (
            "with.label: it is composed in another way where order is spawned before. Hint: compose it in the same way"
        )
        assert message in str(caught.value)


@pytest.mark.parametrize("given", ["name", "f'{name}!'", "'a' if total > 9 else f'{total}'"])
def test_a_string_composed_before_the_run_or_by_a_condition_cannot_be_passed(given):
    buy = replace(BUY, spawn=Spawn("order", GIVEN | {"label": given}))
    customer = replace(CUSTOMER, attributes={**CUSTOMER.attributes, "name": "f'C{index}'"}, transitions=[buy])
    with pytest.raises(InvalidModelError) as caught:
        market(customer)
    assert "Hint: give the values in it, and compose it there" in str(caught.value)
