"""References to subjects: drawn by index, with the first values that the subject has in its own records."""

from dataclasses import replace

import pytest

from doge_datagen import Attribute, Clock, Incident, Model, Population, Stream, Transition
from doge_datagen.errors import InvalidModelError
from doge_datagen.model.arrival import Arrival
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import loads
from tests.populations import MINUTE, rows, tables
from tests.spawned import shop

ENGINES = ["interpreted", "compiled"]
SELLER = Population(
    "seller",
    20,
    {
        "number": "index + 100",
        "rating": "uniform(0, 5)",
        "twice": "rating * 2 + number",
        "grade": "choice(['a', 'b', 'c'])",
        "town": "grade",
        "name": "f'S{number:04}/{grade}/{rating:.2f}'",
        "label": "name + '!'",
        "since": "timestamp + 2 h",
        "moving": Attribute("'new'", values=["new", "old"]),
    },
    states=["out"],
    initial="out",
    transitions=[
        Transition("open", "out", after="1 ms", do="rating += 100; moving = 'old'", emit="sellers"),
    ],
)
BUYER = Population(
    "buyer",
    30,
    {"favourite": "pick(seller)", "home": "favourite.town", "friend": "pick(buyer, other=True)", "luck": "random()"},
    states=["in"],
    initial="in",
    transitions=[
        Transition(
            "buy",
            "in",
            rate="1/(20 min)",
            do="other = pick(seller)\nbought = other.number\ntall = other.rating > 2.5",
            emit="orders",
        ),
    ],
)
BUYER = replace(BUYER, attributes={**BUYER.attributes, "bought": Attribute("0"), "tall": Attribute("False")})
FIELDS = ["number", "twice", "grade", "town", "name", "label", "since"]
STREAMS = {
    "sellers": Stream({"id": "id", **{it: it for it in FIELDS}, "rating": "rating - 100"}, key="id"),
    "orders": Stream(
        {
            "ts": "timestamp",
            "seller": "favourite.id",
            "index": "favourite.index",
            **{it: f"favourite.{it}" for it in FIELDS},
            "rating": "favourite.rating",
            "moving": "favourite.moving",
            "home": "home",
            "bought": "bought",
            "tall": "tall",
            "friend": "friend.index",
            "own": "index",
            "pal": "friend.luck",
            "at_random": "pick(seller).name",
            "luck": "luck",
        },
        key="favourite.name",
    ),
}
MARKET = Model("market", populations=[SELLER, BUYER], streams=STREAMS, clock=Clock(1_700_000_000_000, MINUTE, 300))


def test_first_values_are_those_that_the_subject_started_with():
    actual = tables(MARKET, engine="interpreted")
    sellers = {row["id"]: row for row in rows(actual["sellers"])}
    orders = rows(actual["orders"])
    assert len(sellers) == 20
    assert len({row["seller"] for row in orders}) > 10
    for row in orders:
        seller = sellers[row["seller"]]
        assert {it: row[it] for it in FIELDS} == {it: seller[it] for it in FIELDS}
        assert row["rating"] == pytest.approx(seller["rating"])
        assert (row["moving"], row["home"], row["index"]) == ("new", seller["town"], int(row["seller"]))
        assert row["_key"] == seller["name"]
        assert row["at_random"] in {it["name"] for it in sellers.values()}
        assert 100 <= row["bought"] < 120
        assert row["tall"] == (sellers[str(row["bought"] - 100)]["rating"] > 2.5)


def test_a_subject_keeps_its_references_and_is_never_its_own_friend():
    orders = rows(tables(MARKET, engine="interpreted")["orders"])
    lucks = {row["own"]: row["luck"] for row in orders}
    assert all(row["friend"] != row["own"] for row in orders)
    assert all(row["pal"] == lucks[row["friend"]] for row in orders if row["friend"] in lucks)
    assert len({(row["own"], row["friend"]) for row in orders}) == len(lucks)


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", [{"workers": 1}, {"workers": 2, "window": 7 * MINUTE}], ids=str)
def test_both_engines_draw_the_same_references(kwargs):
    assert tables(MARKET, engine="compiled", **kwargs) == tables(MARKET, engine="interpreted")


def test_merged_slices_equal_the_whole_run():
    parts = [tables(MARKET, engine="interpreted", subjects=range(first, 30, 2))["orders"] for first in range(2)]
    whole = tables(MARKET, engine="interpreted")["orders"]
    assert sorted((row for it in parts for row in rows(it)), key=str) == sorted(rows(whole), key=str)


def test_references_are_the_same_after_a_warm_up():
    model = replace(MARKET, clock=replace(MARKET.clock, warm_up=20 * MINUTE))
    actual = rows(tables(model, engine="interpreted")["orders"])
    assert {row["since"].timestamp() for row in actual} == {1_700_000_000 - 20 * 60 + 7200}


def test_references_follow_a_changed_number_of_subjects():
    model = MARKET.resized(subjects={"seller": 2})
    assert {row["index"] for row in rows(tables(model, engine="interpreted")["orders"])} == {0, 1}
    assert {
        row["own"] for row in rows(tables(MARKET.resized(subjects={"buyer": 3}), engine="interpreted")["orders"])
    } <= {0, 1, 2}


@pytest.mark.slow
def test_arriving_subjects_refer_to_subjects_that_have_arrived():
    guest = replace(
        BUYER,
        count=None,
        arrive=Arrival("60/h"),
        attributes={"favourite": "pick(seller)", "name": "favourite.name + '-' + id"},
    )
    transition = Transition("buy", "in", after="5 min", emit="orders")
    streams = {
        "sellers": STREAMS["sellers"],
        "orders": Stream(
            {"seller": "favourite.id", "name": "name", "full": "favourite.name + '-' + id", "since": "favourite.since"}
        ),
    }
    model = Model(
        "a",
        populations=[SELLER, replace(guest, transitions=[transition])],
        streams=streams,
        clock=Clock(0, MINUTE, 120),
    )
    actual = tables(model, engine="interpreted")
    assert actual == tables(model, engine="compiled")
    sellers = {row["id"]: row for row in rows(actual["sellers"])}
    for row in rows(actual["orders"]):
        assert row["name"] == row["full"]
        assert row["full"].startswith(sellers[row["seller"]]["name"])
        assert row["since"] == sellers[row["seller"]]["since"]


def test_first_values_do_not_change_while_incidents_change_a_rate():
    late = Population("seller", 3, {"hours": "hour(timestamp)"}, states=["out"], initial="out")
    buy = Transition("buy", "in", rate="60/h * shop.hours * (1 if rush else 2)", emit="orders")
    buyer = Population("buyer", 5, {"shop": "pick(seller)"}, states=["in"], initial="in", transitions=[buy])
    rush = Incident(every="3 h", lasts="2 h")
    parts = {"streams": {"orders": Stream({"ts": "timestamp"})}, "incidents": {"rush": rush}}
    midnight = Model("a", populations=[late, buyer], clock=Clock(1_700_006_400_000, MINUTE, 1440), **parts)
    assert not rows(tables(midnight, engine="interpreted")["orders"])


def test_friends_are_several_different_others():
    exits = [Transition("call", "in", rate="1/min", emit="calls")]
    user = Population(
        "user", 4, {"friends": "picks(user, 3, other=True)"}, states=["in"], initial="in", transitions=exits
    )
    fields = {"own": "index", **{f"f{it}": f"friends[{it}].index" for it in range(3)}, "one": "pick(friends).index"}
    model = Model("a", populations=[user], streams={"calls": Stream(fields)}, clock=Clock(0, MINUTE, 20))
    actual = rows(tables(model, engine="interpreted")["calls"])
    assert all({row["f0"], row["f1"], row["f2"]} == {0, 1, 2, 3} - {row["own"]} for row in actual)
    assert all(row["one"] != row["own"] for row in actual)
    assert model.resized(subjects=5).spec.population.count == 5
    with pytest.raises(InvalidModelError, match="has 2 rows to draw from, not 3"):
        model.resized(subjects=3)


def refused(do: str, **attributes: str) -> str:
    exits = [Transition("buy", "in", rate="1/d", do=do, emit="orders")]
    buyer = replace(BUYER, transitions=exits, attributes={"x": Attribute("0.0"), "own": "pick(seller)", **attributes})
    streams = {"sellers": STREAMS["sellers"], "orders": Stream({"x": "x"})}
    with pytest.raises(InvalidModelError) as caught:
        Model(
            "a",
            populations=[SELLER, buyer, replace(buyer, name="guest", count=None, arrive=Arrival("1/d"))],
            streams=streams,
            clock=Clock(0, MINUTE, 120),
        )
    return str(caught.value)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ("x = pick(seler).rating", "seler is not a table. Hint: did you mean 'seller'?"),
        ("x = pick(seller).ratng", "'ratng' is not an attribute of seller. Hint: did you mean 'rating'?"),
        ("x = pick(seller, weight='rating').rating", "seller is a population, not a table. Hint: write other=True"),
        ("x = pick(seller, other=True).rating", "nobody of seller is the subject itself. Hint: remove other=True"),
        ("x = pick(seller, recent=3).rating", "subjects of seller do not arrive: all of them are there from the start"),
        ("x = float(parent)", "'parent' is unknown. Hint: subjects of buyer are not spawned, so they have no parent"),
        (
            "x = float(ordinal)",
            "subjects of buyer are not spawned, so they have no ordinal",
        ),
        ("x = own.mate.rating", "own.mate.rating is not allowed. Hint: keep it in an attribute first: mate = own.mate"),
        ("x = pick(buyer, other=1).x", "1 is not True or False. Hint: write other=True"),
        ("x = seller[3].rating", "seller is a population, not a table. Hint: write pick(seller)"),
        ("x = 1 if pick(seller).name == 'a' else 0", "pick(seller).name is composed when it is shown"),
    ],
)
def test_an_invalid_reference_is_refused(do, message):
    assert message in refused(do)


def test_a_hint_does_not_name_hidden_attributes():
    friends = {"friends": "picks(buyer, 2, other=True)", "x": "pick(buyer).xyz"}
    parts = {"states": ["s"], "initial": "s"}
    with pytest.raises(InvalidModelError, match=r"Hint: known: 'id', 'index', 'friends'(;|$)") as caught:
        Model("a", populations=[Population("buyer", 5, friends, **parts)], streams={}, clock=Clock(0, MINUTE, 1))
    assert "0_friends" not in str(caught.value)


def test_circular_first_values_are_refused():
    one = Population("one", 3, {"friend": "pick(two)", "x": "friend.y + 1"}, states=["s"], initial="s")
    two = Population("two", 3, {"friend": "pick(one)", "y": "friend.x + 1", "z": "1"}, states=["s"], initial="s")
    with pytest.raises(InvalidModelError, match=r"'y' of two cannot be calculated here: .* refers back in a circle"):
        Model("a", populations=[one, two], streams={}, clock=Clock(0, MINUTE, 1))
    fine = replace(two, attributes={"friend": "pick(one)", "y": "7"})
    Model("a", populations=[one, fine], streams={}, clock=Clock(0, MINUTE, 1))


def test_references_survive_writing_and_reading_a_model_file():
    assert loads(dump(MARKET.spec)).spec.populations == MARKET.spec.populations


def test_spawned_subjects_are_not_drawn():
    model = shop()
    populations = [_reading(it, "customer", "pick(order)") for it in model.populations]
    with pytest.raises(InvalidModelError, match="subjects of order are spawned"):
        Model("a", populations=populations, streams=model.streams, clock=model.clock)


def _reading(population, name, start):
    attributes = {**population.attributes, "read": Attribute(start)}
    return replace(population, attributes=attributes) if population.name == name else population
