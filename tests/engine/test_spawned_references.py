"""Spawned subjects, whose draws have their own keys, read the values with which others were born."""

from dataclasses import replace
from functools import cache

import pytest

from doge_datagen import Arrival, Born, Clock, Model, Population, Spawn, Stream, Transition
from doge_datagen.forecast.forecast import forecast
from tests.populations import tables
from tests.run.ledger import Killed
from tests.run.resuming.named_runs import DieAtCall, ledgers, machine, rows, run, uninterrupted
from tests.spawned import DAY, HOUR

__all__ = ["machine"]  # a fixture for each test here

OWN = ("rating", "tier", "name", "since", "friend")
PERSON = Population(
    "person",
    20,
    {
        "rating": "random()",
        "tier": "choice(['gold', 'blue', 'grey'])",
        "name": "f'P-{randrange(1000)}-{tier}'",
        "since": "timestamp",
        "mate": "pick(person, other=True)",
        "friend": "mate.id",
    },
    states=["here"],
    initial="here",
    transitions=[Transition("buy", "here", rate="3/d", emit="people", spawn=Spawn("order", times="randint(0, 2)"))],
)
SELLER = Population(
    "seller",
    attributes={**PERSON.attributes, "mate": "pick(person)", "liked": "mate.rating"},
    arrive=Arrival("12/d", initially=2, emit="sellers"),
    states=["open"],
    initial="open",
)
ORDER = Population(
    "order",
    attributes={"seller": "pick(seller)", "payer": "pick(person)", "speed": "1 + seller.rating", "next": "seller"},
    born=Born(emit="orders"),
    states={"open": None, "paid": "final"},
    initial="open",
    transitions=[
        Transition("pay", "open", "paid", rate="1/d * speed * (2 if payer.tier == 'gold' else 1)", emit="orders"),
        Transition(
            "move", "open", "open", after="uniform(1 h, 9 h)", do="next = pick(seller, recent=2 d)", emit="orders"
        ),
    ],
)


def values_of(name):
    return {f"{name}_{one}": f"{name}.{one}" for one in ("id", *OWN)}


def market(person=PERSON, seller=SELLER, days=4, **clock):
    of_orders = (
        {"id": "id", "key": "parent", "next": "next.rating", "liked": "next.liked"}
        | values_of("seller")
        | values_of("payer")
    )
    streams = {
        "sellers": Stream({it: it for it in ("id", *OWN, "liked")}),
        "people": Stream({it: it for it in ("id", *OWN)}),
        "orders": Stream(of_orders, key="payer.name"),
    }
    of = Clock(1_767_225_600_000, 1, int(days * DAY), **clock)
    return Model("market", populations=[seller, person, ORDER], streams=streams, clock=of)


@cache
def records():
    return {name: it.to_pylist() for name, it in tables(market(), engine="interpreted").items()}


def test_the_values_of_others_equal_those_in_their_records():
    known = {"seller": {row["id"]: row for row in records()["sellers"]}}
    known["payer"] = {row["id"]: row for row in records()["people"]}
    assert len(known["payer"]) == PERSON.count
    read = {(who, row[f"{who}_id"]) for row in records()["orders"] for who in known}
    assert len(read) > PERSON.count + 10
    for row in records()["orders"]:
        for who, of in known.items():
            assert {one: row[f"{who}_{one}"] for one in OWN} == {one: of[row[f"{who}_id"]][one] for one in OWN}
    ratings = {row["rating"]: row["liked"] for row in records()["sellers"]}
    assert all(ratings[row["next"]] == row["liked"] for row in records()["orders"])
    assert len(ratings) > 40


@pytest.mark.slow
@pytest.mark.parametrize(
    "kwargs",
    [{"workers": 1}, {"workers": 2}, {"workers": 4}, {"window": 7 * HOUR + 1}, {"window": 20 * 60_000}],
    ids=str,
)
def test_the_compiled_engine_gives_the_same_records_with_any_workers_and_windows(kwargs):
    streams = tables(market(), engine="compiled", **kwargs)
    assert {name: it.to_pylist() for name, it in streams.items()} == records()


def test_windows_of_any_length_have_the_same_records():
    streams = tables(market(), engine="interpreted", window=5 * HOUR + 1)
    assert {name: it.to_pylist() for name, it in streams.items()} == records()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["interpreted", "compiled"])
def test_merged_slices_equal_the_whole_run(engine):
    parts = [tables(market(), engine=engine, subjects=range(first, PERSON.count, 2)) for first in range(2)]
    together = [row for it in parts for row in it["orders"].to_pylist()]
    assert sorted(together, key=str) == sorted(records()["orders"], key=str)


@pytest.mark.parametrize("engines", [("interpreted", "compiled"), ("compiled", "interpreted")], ids=" ".join)
def test_a_killed_run_is_resumed_by_the_other_engine_from_its_checkpoint(engines, caplog, machine):
    model = market()
    destinations = ledgers(model)
    with pytest.raises(Killed):
        run(destinations, model, window=9 * HOUR, engine=engines[0], stop=DieAtCall(5), checkpoint_every=0)
    assert (machine / "name" / "snapshot.npz").exists()
    run(destinations, model, engine=engines[1], workers=2)
    assert rows(destinations) == uninterrupted(model)
    assert not caplog.text  # no unusable checkpoint


@pytest.mark.parametrize("engine", ["interpreted", "compiled"])
def test_records_are_the_same_after_a_warm_up(engine):
    records = {name: it.to_pylist() for name, it in tables(market(days=2, warm_up=2 * DAY), engine=engine).items()}
    sellers = {row["id"]: row for row in records["sellers"]}
    assert len(records["orders"]) > 100
    for row in records["orders"]:
        assert {one: row[f"seller_{one}"] for one in OWN} == {one: sellers[row["seller_id"]][one] for one in OWN}


def test_an_event_without_a_subject_to_draw_spawns_none():
    """At first no subject has arrived; an order, which draws one too, would end the run with an error."""
    buy = replace(PERSON.transitions[0], do="chosen = pick(seller).index", spawn=Spawn("order", {"chosen": "chosen"}))
    person = replace(PERSON, attributes=PERSON.attributes | {"chosen": 0}, transitions=[buy])
    seller = replace(SELLER, arrive=replace(SELLER.arrive, initially=0))
    model = market(person=person, seller=seller, days=1)
    model = replace(model, streams={**model.streams, "orders": Stream({"ts": "timestamp", "chosen": "chosen"})})
    records = {name: it.to_pylist() for name, it in tables(model, engine="interpreted").items()}
    sellers = {int(row["id"]): row["since"] for row in records["sellers"]}
    assert all(sellers[row["chosen"]] < row["ts"] for row in records["orders"])
    assert min(sellers.values()) < min(row["ts"] for row in records["orders"])


def test_a_forecast_calculates_such_values():
    expected = forecast(market().program, cost=100_000)
    (orders,) = [it.records for it in expected.streams if it.name == "orders"]
    assert orders.total == pytest.approx(len(records()["orders"]), rel=0.2)
