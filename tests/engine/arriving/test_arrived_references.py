"""References to arriving subjects: only to those that have arrived, with the values of their arrival records."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Arrival, Attribute, Clock, Incident, Model, Population, Stream, Transition
from doge_datagen.engine.arriving.arrived_so_far import ROOM, ArrivedColumns, ArrivedLists
from doge_datagen.errors import InvalidModelError
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import loads
from doge_datagen.numeric.calendar import FAR
from doge_datagen.run.simulation.engine_choice import make_engine
from tests.populations import MINUTE, SEED, rows, tables

SIGNIFICANCE = 0.001
ENGINES = ["interpreted", "compiled"]
START = 1_700_000_000_000
RECENTLY = timedelta(minutes=10)
SELLER = Population(
    "seller",
    attributes={
        "number": "index + 100",
        "rating": "uniform(0, 5)",
        "town": "choice(['Gdansk', 'Lodz'])",
        "name": "f'S{number:04}/{town}/{rating:.2f}'",
        "since": "timestamp",
        "moving": Attribute("'new'", values=["new", "old"]),
    },
    states={"open": None, "gone": "final"},
    initial="open",
    transitions=[
        Transition("change", "open", rate="3/h", do="rating += 100; moving = 'old'"),
        Transition("leave", "open", "gone", rate="2/h"),
    ],
    arrive=Arrival("20/h * (4 if rush else 1)", initially=2, emit="sellers"),
)
BUYER = Population(
    "buyer",
    attributes={
        "shop": "pick(seller)",
        "home": "shop.town",
        "friends": "picks(buyer, 2, other=True)",
        "pal": "friends[0].index",
        "luck": "random()",
    },
    states=["in"],
    initial="in",
    transitions=[
        Transition("any", "in", rate="2/h * (1 + shop.rating)", do="shop = pick(seller)", emit="orders"),
        Transition("last", "in", rate="1/h", do="shop = pick(seller, recent=3)", emit="orders"),
        Transition("recent", "in", rate="1/h", do="shop = pick(seller, recent=10 min)", emit="orders"),
    ],
    arrive=Arrival("10/h", initially=3, emit="buyers"),
)
ROBOT = Population(
    "robot",
    5,
    {"shop": "pick(seller)", "user": Attribute("pick(buyer)")},
    states=["on"],
    initial="on",
    transitions=[Transition("scan", "on", "on", 4, do="shop = pick(seller, recent=20 min)", emit="scans")],
)
"""With a probability per tick of a minute, while the ticks of the others are milliseconds."""
BORN = {"number": "number", "rating": "rating", "town": "town", "name": "name", "since": "since", "moving": "moving"}
SHOP = {"seller": "shop.id", "index": "shop.index", **{it: f"shop.{it}" for it in BORN}}
STREAMS = {
    "sellers": Stream({"ts": "timestamp", "id": "id", **BORN}, key="id"),
    "buyers": Stream({"ts": "timestamp", "id": "id", "home": "home", "luck": "luck", "pal": "pal", **SHOP}),
    "orders": Stream(
        {
            "ts": "timestamp",
            "id": "id",
            "what": "trigger",
            "one": "friends[0].id",
            "other": "friends[1].id",
            "luck": "friends[0].luck",
            "drawn": "pick(seller).name",
            **SHOP,
        },
        key="shop.name",
    ),
    "scans": Stream({"ts": "timestamp", "id": "id", "first": "user.id", "luck": "user.luck", **SHOP}),
}
PARTS = {
    "streams": STREAMS,
    "clock": Clock(START, MINUTE, 240),
    "incidents": {"rush": Incident(every="exponential(mean=1 h)", lasts="20 min")},
}
MARKET = Model("market", populations=[ROBOT, BUYER, SELLER], **PARTS)


@pytest.fixture(scope="module")
def whole():
    """The records of a run in plain Python."""
    return tables(MARKET, engine="interpreted")


def sorted_rows(table):
    return sorted(rows(table), key=str)


# -- the subjects that references name --------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", ["buyers", "orders", "scans"])
def test_each_reference_joins_with_the_record_of_an_earlier_arrival(stream, whole):
    sellers = {row["id"]: row for row in rows(whole["sellers"])}
    actual = rows(whole[stream])
    assert len({row["seller"] for row in actual}) > 20
    for row in actual:
        seller = sellers[row["seller"]]
        assert seller["ts"] < row["ts"] or seller["ts"].timestamp() * 1000 == START
        assert {it: row[it] for it in BORN} == {it: seller[it] for it in BORN}
        assert row["index"] == int(row["seller"])


def test_strings_and_keys_are_those_of_arrival_records(whole):
    names = {row["name"]: row["ts"] for row in rows(whole["sellers"])}
    assert all(names[row["drawn"]] <= row["ts"] for row in rows(whole["orders"]))
    assert all(row["_key"] == row["name"] for row in rows(whole["orders"]))


def test_departed_subjects_are_drawn_too():
    leaving = replace(SELLER, transitions=[Transition("leave", "open", "gone", rate="20/h", emit="gone")])
    streams = STREAMS | {"gone": Stream({"ts": "timestamp", "id": "id"})}
    actual = tables(
        Model("a", populations=[BUYER, ROBOT, leaving], **PARTS | {"streams": streams}), engine="interpreted"
    )
    left = {row["id"]: row["ts"] for row in rows(actual["gone"])}
    assert any(left.get(row["seller"], row["ts"]) < row["ts"] for row in rows(actual["orders"]) if row["what"] == "any")


def test_friends_are_distinct_subjects_that_have_arrived_before(whole):
    buyers = {row["id"]: row for row in rows(whole["buyers"])}
    actual = rows(whole["orders"])
    for row in actual:
        friends = [buyers[row["one"]], buyers[row["other"]]]
        assert len({row["id"], row["one"], row["other"]}) == 3
        own = buyers[row["id"]]
        assert own["pal"] == int(row["one"])
        assert all(it["ts"] < own["ts"] or it["ts"].timestamp() * 1000 == START for it in friends)
        assert row["luck"] == friends[0]["luck"]
    assert any(row["id"] == "0" for row in actual)


def test_subjects_of_a_fixed_population_draw_from_the_initial_subjects(whole):
    assert {row["first"] for row in rows(whole["scans"])} <= {"0", "1", "2"}
    lucks = {row["id"]: row["luck"] for row in rows(whole["buyers"])}
    assert all(row["luck"] == lucks[row["first"]] for row in rows(whole["scans"]))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_initial_subjects_draw_from_each_other_and_later_ones_from_earlier_arrivals(engine):
    user = Population(
        "user",
        attributes={"any": "pick(user)", "other": "pick(user, other=True)"},
        states={"in": "final"},
        initial="in",
        arrive=Arrival("20/h", initially=3, emit="users"),
    )
    streams = {"users": Stream({"index": "index", "any": "any.index", "other": "other.index"})}
    model = Model("users", populations=[user], streams=streams, clock=Clock(START, 1, 30 * MINUTE))
    actual = [row for seed in range(40) for row in rows(model.table("users", seed=seed, engine=engine))]
    first, later = ([row for row in actual if (row["index"] < 3) == now] for now in (True, False))
    assert {(row["index"], row["any"]) for row in first} == {(one, other) for one in range(3) for other in range(3)}
    assert {(row["index"], row["other"]) for row in first} == {(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)}
    assert later
    assert all(row[which] < row["index"] for row in later for which in ("any", "other"))


def test_recent_bounds_by_number_and_by_duration_are_exact(whole):
    arrived = [(row["ts"], int(row["id"])) for row in rows(whole["sellers"])]
    drawn = {"last": Counter(), "recent": Counter()}
    for row in rows(whole["orders"]):
        before = [index for ts, index in arrived if ts < row["ts"]]
        among = {
            "any": before,
            "last": before[-3:],
            "recent": [index for ts, index in arrived if row["ts"] - RECENTLY <= ts < row["ts"]],
        }[row["what"]]
        assert row["index"] in among
        if row["what"] in drawn:
            drawn[row["what"]][row["index"] - among[-1]] += 1
    assert set(drawn["last"]) == {-2, -1, 0}
    assert len(drawn["recent"]) > 5


def test_every_subject_that_has_arrived_is_drawn_with_the_same_probability(whole):
    shares, arrived = [], rows(whole["sellers"])
    for row in rows(whole["orders"]):
        count = sum(it["ts"] < row["ts"] for it in arrived)
        if row["what"] == "any" and count >= 20:
            shares.append(row["index"] * 10 // count)
    seen = np.bincount(shares, minlength=10)
    assert seen.sum() > 500
    assert stats.chisquare(seen).pvalue > SIGNIFICANCE


# -- the same bytes with any engine, windows and slices ---------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "kwargs", [{"workers": 1}, {"workers": 2, "window": 7 * MINUTE}, {"workers": 4, "window": 91 * MINUTE}], ids=str
)
def test_both_engines_refer_to_the_same_subjects(kwargs, whole):
    assert tables(MARKET, engine="compiled", **kwargs) == whole


@pytest.mark.parametrize("window", [1, 61, 10**9])
def test_windows_of_any_length_have_the_same_references(window, whole):
    assert tables(MARKET, engine="interpreted", window=window * MINUTE) == whole


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_slices_refer_to_all_subjects_and_merge_to_the_whole_run(engine, whole):
    parts = [tables(MARKET, engine=engine, subjects=range(first, 2**32 - 1, 2)) for first in range(2)]
    for stream in STREAMS:
        actual = sorted((row for it in parts for row in rows(it[stream])), key=str)
        assert actual == sorted_rows(whole[stream])


@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("second", ENGINES)
def test_references_continue_from_a_checkpoint_of_either_engine(first, second, whole):
    one, other = (make_engine(MARKET.program, SEED, engine=it) for it in (first, second))
    try:
        while one.tick < 100 * MINUTE or not one.is_settled:
            one.window(max(one.tick + 1, 100 * MINUTE))
        other.restore(one.checkpoint())
        actual = []
        while other.tick < MARKET.clock.ticks:
            batches = other.window(MARKET.clock.ticks).batches
            actual += [row for name, batch in batches if name == "orders" for row in batch.records.to_pylist()]
    finally:
        one.close()
        other.close()
    assert actual
    assert actual == whole["orders"].select(list(actual[0])).to_pylist()[-len(actual) :]


def test_a_population_with_references_changes_no_draw_of_another(whole):
    streams = {"sellers": STREAMS["sellers"]}
    alone = tables(Model("market", populations=[SELLER], **PARTS | {"streams": streams}), engine="interpreted")
    assert alone["sellers"] == whole["sellers"]


@pytest.mark.slow
def test_arrivals_during_a_warm_up_can_be_drawn_even_if_they_have_left():
    model = replace(MARKET, clock=replace(MARKET.clock, warm_up=60 * MINUTE))
    actual = tables(model, engine="interpreted")
    whole = {row["id"]: row for row in rows(actual["sellers"])}
    early = [row for row in rows(actual["orders"]) if row["since"].timestamp() * 1000 < START]
    assert early
    assert all(row["name"] == whole[row["seller"]]["name"] for row in early)
    buyers = {row["id"] for row in rows(actual["buyers"])}
    assert {row["one"] for row in rows(actual["orders"])} <= buyers
    assert actual == tables(model, engine="compiled", workers=2)


# -- valid and invalid models -----------------------------------------------------------------------------------------


def refused(do, **attributes):
    exits = [Transition("buy", "in", rate="1/d", do=do, emit="orders")]
    buyer = replace(BUYER, transitions=exits, attributes={"x": Attribute("0.0"), **attributes})
    streams = {"sellers": STREAMS["sellers"], "orders": Stream({"x": "x"})}
    with pytest.raises(InvalidModelError) as caught:
        Model("a", populations=[SELLER, buyer, ROBOT], **PARTS | {"streams": streams})
    return str(caught.value)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ("x = pick(seller, recent='1 h').rating", "'1 h' is a string. Hint: write how many of the last, such as"),
        ("x = pick(seller, recent=0).rating", "0 selects nobody. Hint: write how many of the last"),
        ("x = pick(seller, recent=1.5).rating", "1.5 is a float. Hint: write how many of the last"),
        ("x = pick(robot, recent=3).index", "subjects of robot do not arrive: all of them are there from the start"),
        ("x = pick(seller, recnt=3).rating", "seller is a population, not a table. Hint: did you mean 'recent'?"),
        ("x = pick(seller, other=True).rating", "nobody of seller is the subject itself. Hint: remove other=True"),
        ("x = pick(seller).ratng", "'ratng' is not an attribute of seller. Hint: did you mean 'rating'?"),
    ],
)
def test_an_invalid_draw_is_refused(do, message):
    assert message in refused(do)


def test_circular_first_values_of_arriving_subjects_are_refused():
    message = refused("x = 1.0", friend="pick(buyer)", rank="friend.rank + 1")
    assert "'rank' of buyer cannot be calculated here: it is wrong, several rows, or refers back in a circle" in message


def test_references_follow_a_changed_number_of_initial_subjects():
    model = MARKET.resized(subjects={"seller": 40})
    actual = rows(tables(model, engine="interpreted")["scans"])
    assert any(row["since"].timestamp() * 1000 == START and row["index"] >= 2 for row in actual)


def test_references_to_arriving_subjects_survive_writing_and_reading_a_model_file():
    assert loads(dump(MARKET.spec)).spec.populations == MARKET.spec.populations


# -- arrival moments --------------------------------------------------------------------------------------------------


def test_moments_equal_the_arrivals_of_the_population_alone(whole):
    part = MARKET.program.parts[0]
    columns, lists = ArrivedColumns(part, SEED), ArrivedLists(part, SEED)
    arrivals = [row["ts"].timestamp() * 1000 - START for row in rows(whole["sellers"])]
    assert lists.reach(MARKET.clock.ticks) > MARKET.clock.ticks
    of_seller = list(part.data.arrived).index("seller")
    for actual in (columns.until(MARKET.clock.ticks)[of_seller].tolist(), lists.lists[of_seller].tolist()):
        assert actual[: len(arrivals)] == pytest.approx(arrivals)
        assert actual[-1] == FAR


def test_columns_keep_their_values_when_they_grow():
    busy = Model("a", populations=[ROBOT, BUYER, replace(SELLER, arrive=Arrival("3000/h", emit="sellers"))], **PARTS)
    part = busy.program.parts[0]
    step, whole = ArrivedColumns(part, SEED), ArrivedColumns(part, SEED).until(230 * MINUTE)
    actual = [step.until(it * MINUTE) for it in range(0, 231, 23)][-1]
    assert all(np.array_equal(*it) for it in zip(actual, whole, strict=True))
    assert max(map(len, whole)) > 4 * ROOM
