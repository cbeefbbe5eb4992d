"""Spawned subjects: their parents, the values they are given, and that nothing else decides their events."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from scipy import stats

from doge_datagen import Arrival, Attribute, Born, Lines, Population, Spawn, Transition
from doge_datagen.engine.checkpoint import mismatches
from doge_datagen.errors import CalculationError
from doge_datagen.run.simulation.engine_choice import make_engine
from tests.populations import SEED, hasty_engines, tables
from tests.spawned import CUSTOMER, DAY, HOUR, ORDER, PARCEL, START, shop

SHOP = shop(everything=True)
ENGINES = ["interpreted", "compiled"]
SIGNIFICANCE = 0.001


@pytest.fixture(scope="module")
def whole():
    return tables(SHOP, engine="interpreted")


@pytest.fixture(scope="module")
def records(whole):
    return {name: it.to_pylist() for name, it in whole.items()}


def moment(row):
    return round(row["ts"].timestamp() * 1000)


# -- the same records with any engine, windows and slices -------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "kwargs",
    [{"workers": 1}, {"workers": 2}, {"workers": 4}, {"window": 7 * HOUR + 1}, {"window": 50 * 60_000}],
    ids=str,
)
def test_the_compiled_engine_gives_the_same_records_with_any_workers_and_windows(kwargs, whole):
    assert tables(SHOP, engine="compiled", **kwargs) == whole


@pytest.mark.slow
@pytest.mark.parametrize("window", [1_234_567, 9 * HOUR, 10**10])
def test_windows_of_any_length_have_the_same_records(window, whole):
    assert tables(SHOP, engine="interpreted", window=window) == whole


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_merged_slices_equal_the_whole_run(engine, whole):
    parts = [tables(SHOP, engine=engine, subjects=range(first, CUSTOMER.count, 3)) for first in range(3)]
    for stream, table in whole.items():
        rows = [row for it in parts for row in it[stream].to_pylist()]
        assert sorted(rows, key=str) == sorted(table.to_pylist(), key=str)


def test_descendants_are_in_the_slice_of_their_root(records):
    part = tables(SHOP, engine="interpreted", subjects=range(3, 9))
    assert part["all"].to_pylist() == [row | {"_ts": row["ts"]} for row in records["all"] if 3 <= row["root"] < 9]


@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("second", ENGINES)
def test_engines_continue_from_a_checkpoint_of_the_others(first, second, records):
    one, other = (make_engine(SHOP.program, SEED, engine=it, workers=2) for it in (first, second))
    try:
        while one.tick < 50 * HOUR + 1 or not one.is_settled:
            one.window(max(one.tick + 1, 50 * HOUR + 1))
        checkpoint = one.checkpoint()
        assert not list(mismatches(checkpoint, SHOP.program))
        other.restore(checkpoint)
        rows = []
        while other.tick < SHOP.clock.ticks:
            batches = other.window(SHOP.clock.ticks).batches
            rows += [row for name, batch in batches if name == "all" for row in batch.records.to_pylist()]
    finally:
        one.close()
        other.close()
    assert rows == [
        {name: row[name] for name in rows[0]} for row in records["all"] if moment(row) - START >= checkpoint.tick
    ]


@pytest.mark.parametrize(
    "longest", [(123_457, 10**10, 10**10), (HOUR, 100_003, 10**10), (10**10, 10**10, 70_001)], ids=str
)
def test_an_engine_that_ends_a_window_early_loses_no_subject(longest, records):
    short = shop(days=0.3, everything=True)
    engine = hasty_engines(short.program, longest)
    rows = []
    while engine.tick < short.clock.ticks:
        batches = engine.window(min(engine.tick + 2 * HOUR, short.clock.ticks)).batches
        rows += [row for name, batch in batches if name == "all" for row in batch.records.to_pylist()]
    assert rows == [{name: row[name] for name in rows[0]} for row in records["all"] if moment(row) < START + 0.3 * DAY]


# -- identity ---------------------------------------------------------------------------------------------------------


def test_a_child_is_born_at_the_moment_of_its_parents_event_with_the_given_values(records):
    carts = {(row["id"], row["ts"]): row for row in records["carts"]}
    born = [row for row in records["orders"] if row["what"] == "born"]
    assert len(born) > 200
    for row in born:
        cart = carts[row["customer"], row["ts"]]
        assert (row["amount"], row["level"]) == (cart["total"], cart["level"])


def test_the_identity_is_the_path_from_the_root(records):
    orders = {row["id"] for row in records["orders"]}
    for row in records["parcels"]:
        assert row["order"] in orders
        assert row["id"].rpartition(".")[0] == row["order"]
    for row in records["orders"]:
        assert row["id"] == f"{row['customer']}.{row['number']}"
        assert row["code"].startswith(f"O-{row['id']}-")


def test_the_children_of_a_parent_are_numbered_from_one_in_order_of_birth(records):
    numbers = {}
    for row in records["orders"]:
        if row["what"] == "born":
            numbers.setdefault(row["customer"], []).append(row["number"])
    assert all(it == list(range(1, len(it) + 1)) for it in numbers.values())
    assert max(map(len, numbers.values())) > 5


def test_each_identity_is_unique(records):
    born = Counter((row["who"], row["id"]) for row in records["all"] if row["what"] in ("born", "send"))
    assert set(born.values()) == {1}


def test_a_child_acts_a_millisecond_after_its_birth_at_the_earliest():
    hasty = replace(ORDER, transitions=[Transition("pay", "open", "closed", after="0 s", emit="orders")])
    rows = tables(shop(CUSTOMER, hasty), engine="interpreted")["orders"].to_pylist()
    first, paid = ({row["id"]: moment(row) for row in rows if row["what"] == what} for what in ("born", "pay"))
    assert len(paid) > 100
    assert all(paid[it] == first[it] + 1 for it in paid)


def test_a_child_outlives_its_parent():
    leaves = Transition(
        "leave", "here", "gone", after="1 d", spawn=[Spawn("order", {"amount": "1.0", "level": "level"})], emit="carts"
    )
    customer = replace(CUSTOMER, states={"here": None, "gone": "final"}, transitions=[leaves])
    order = replace(ORDER, transitions=[Transition("close", "open", "closed", after="36 h", emit="orders")])
    model = shop(customer, order)
    rows = tables(model, engine="interpreted")["orders"].to_pylist()
    assert sorted({moment(row) - START for row in rows}) == [DAY, DAY + 36 * HOUR]
    assert len(rows) == 2 * CUSTOMER.count


# -- order ------------------------------------------------------------------------------------------------------------


def test_records_are_in_order_of_moment_root_and_generation(records):
    generation = {"customer": 0, "order": 1, "parcel": 2}
    keys = [(row["ts"], row["root"], generation[row["who"]]) for row in records["all"]]
    assert keys == sorted(keys)
    ties = [(one, other) for one, other in pairwise(records["all"]) if one["ts"] == other["ts"]]
    assert any(one["who"] != other["who"] for one, other in ties)
    assert any(one["who"] == other["who"] for one, other in ties)


@pytest.mark.parametrize("engine", ENGINES)
def test_parents_come_first_even_if_their_children_are_listed_before_them(engine, records):
    rows = tables(shop(PARCEL, ORDER, CUSTOMER, everything=True), engine=engine)["all"].to_pylist()
    assert rows == records["all"]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_siblings_at_one_moment_are_in_order_of_birth(engine):
    model = shop(CUSTOMER, noon(), everything=True)
    rows = [row for row in tables(model, engine=engine, workers=2)["orders"].to_pylist() if row["what"] == "pay"]
    assert max(Counter(row["ts"] for row in rows).values()) > 100
    for one, other in pairwise(rows):
        if one["ts"] == other["ts"]:
            assert (int(one["customer"]), one["number"]) < (int(other["customer"]), other["number"])


def noon() -> Population:
    """Orders that are all paid at one moment, if they exist by then."""
    pay = Transition("pay", "open", "closed", at="noon", emit="orders")
    noon = Attribute(START + 60 * HOUR, "timestamp")
    return replace(ORDER, attributes={"paid": 0, "code": "'x'", "noon": noon}, transitions=[pay])


# -- laws of chance ---------------------------------------------------------------------------------------------------


def test_the_number_of_children_is_the_number_drawn(records):
    """``randint(0, 2)`` gives each number with the same probability: chi-square at 1 in 1,000."""
    born = Counter((row["customer"], row["ts"]) for row in records["orders"] if row["what"] == "born")
    numbers = Counter(born[row["id"], row["ts"]] for row in records["carts"])
    assert stats.chisquare([numbers[it] for it in range(3)]).pvalue > SIGNIFICANCE


def test_children_draw_independently_of_each_other_and_of_their_parent():
    """The first draws of many siblings are uniform: Kolmogorov-Smirnov, and lag-one correlation, at 1 in 1,000."""
    records = tables(shop(days=40, everything=True), engine="compiled")["orders"].to_pylist()
    luck = [row["luck"] for row in records if row["what"] == "born"]
    assert len(luck) > 2000
    assert stats.kstest(luck, "uniform").pvalue > SIGNIFICANCE
    assert stats.pearsonr(luck[:-1], luck[1:]).pvalue > SIGNIFICANCE


def test_the_first_state_of_a_child_is_drawn_by_weight():
    """One parcel in ten is lost: a binomial test at 1 in 1,000."""
    rows = tables(shop(days=40, everything=True), engine="compiled")["parcels"].to_pylist()
    sent = [row for row in rows if row["what"] == "send" and moment(row) < START + 39 * DAY]
    there = {row["id"] for row in rows if row["what"] == "deliver"}
    lost = sum(row["id"] not in there for row in sent)
    assert stats.binomtest(lost, len(sent), 0.1).pvalue > SIGNIFICANCE


def test_another_spawned_population_changes_no_other_records(records):
    letter = Population("letter", born=Born(emit="all"), states={"written": "final"}, initial="written")
    buy = CUSTOMER.transitions[0]
    customer = replace(CUSTOMER, transitions=[replace(buy, spawn=[Spawn("letter", times=3), *buy.spawn])])
    rows = tables(shop(customer, ORDER, PARCEL, letter, everything=False), engine="interpreted")
    for stream in ("carts", "orders", "parcels"):
        assert rows[stream].to_pylist() == records[stream]


# -- kinds of parents -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_parents_may_attempt_once_per_tick(engine):
    exits = [replace(CUSTOMER.transitions[0], rate=None, probability=20, to_state="here")]
    order = replace(ORDER, transitions=[it for it in ORDER.transitions if not it.spawn])
    model = replace(
        shop(replace(CUSTOMER, transitions=exits), order), clock=replace(SHOP.clock, tick_ms=HOUR, ticks=60)
    )
    records = tables(model, engine=engine)
    assert records == tables(model, engine="interpreted", window=5 * HOUR + 7)
    carts = {(row["id"], row["ts"]) for row in records["carts"].to_pylist()}
    born = [row for row in records["orders"].to_pylist() if row["what"] == "born"]
    assert born
    assert all((row["customer"], row["ts"]) in carts for row in born)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_arrivals_spawn_too(engine):
    arrive = Arrival("40/d", initially=5, emit="carts", spawn=[Spawn("order", {"amount": "total", "level": "level"})])
    customer = replace(CUSTOMER, count=None, arrive=arrive)
    model = shop(customer, ORDER, PARCEL, days=2, everything=True)
    records = tables(model, engine=engine)
    first = [row for row in records["orders"].to_pylist() if row["number"] == 1 and row["what"] == "born"]
    arrivals = {row["id"]: row["ts"] for row in records["carts"].to_pylist()[::-1]}
    assert len(first) > 50
    assert all(arrivals[row["customer"]] == row["ts"] for row in first)
    assert records == tables(model, engine="interpreted", window=5 * HOUR)


@pytest.mark.parametrize("engine", ENGINES)
def test_after_a_warm_up_the_records_equal_those_of_a_run_that_starts_earlier(engine):
    warmed = tables(shop(days=2, warm_up=3 * DAY), engine=engine)
    longer = replace(shop(days=5), clock=replace(shop(days=5).clock, start=START - 3 * DAY))
    whole = tables(longer, engine="interpreted")
    for stream in ("orders", "parcels"):
        mine, all_of_it = warmed[stream].to_pylist(), whole[stream].to_pylist()
        assert [row for row in mine if moment(row) > START] == [row for row in all_of_it if moment(row) > START]
        shown = [row["id"] for row in mine if moment(row) == START]
        started = {row["id"] for row in all_of_it if moment(row) <= START}
        done = {row["id"] for row in all_of_it if row["what"] in ("close", "deliver") and moment(row) <= START}
        assert len(shown) == len(set(shown)) > 10
        assert set(shown) == started if stream == "orders" else set(shown) <= started - done  # orders spawn: see below
        assert [it.split(".")[0] for it in shown] == sorted((it.split(".")[0] for it in shown), key=int)


@pytest.mark.parametrize("kwargs", [{"engine": engine} for engine in ENGINES] + [{"engine": "compiled", "workers": 2}])
def test_after_a_warm_up_every_parent_has_been_emitted_including_those_who_have_left(kwargs):
    customer = replace(
        CUSTOMER,
        arrive=Arrival("20/d", 0, emit="carts"),
        count=None,
        states={"here": None, "gone": "final"},
        transitions=[*CUSTOMER.transitions, Transition("leave", "here", "gone", after="uniform(1 h, 30 h)")],
    )
    model = shop(customer, ORDER, PARCEL, days=2, warm_up=4 * DAY)
    records = tables(model, **kwargs)
    carts, orders, parcels = (records[name].to_pylist() for name in ("carts", "orders", "parcels"))
    customers = {row["id"] for row in carts}
    assert {row["customer"] for row in orders} <= customers
    assert {row["order"] for row in parcels} <= {row["id"] for row in orders}
    assert len({row["order"] for row in parcels} & {row["id"] for row in orders if moment(row) == START}) > 10
    assert records == tables(model, engine="interpreted", window=5 * HOUR)


# -- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_an_invalid_number_of_children_is_a_fault_of_the_parent(engine):
    buy = replace(CUSTOMER.transitions[0], spawn=[replace(CUSTOMER.transitions[0].spawn[0], times="int(3.0 - total)")])
    with pytest.raises(CalculationError, match=r"subjects to spawn is -[0-9]+, not between 0 and 1,000,000") as caught:
        tables(shop(replace(CUSTOMER, transitions=[buy]), ORDER, PARCEL, everything=True), engine=engine)
    assert caught.value.dotted_path == "populations.customer.transitions.buy.spawn[0].times"


@pytest.mark.slow
def test_both_engines_report_the_same_fault_of_a_child_by_its_identity():
    pay = replace(ORDER.transitions[0], do="paid = 1 // (paid - paid)")
    model = shop(CUSTOMER, replace(ORDER, transitions=[pay]), PARCEL, everything=True)
    errors = []
    for kwargs in ({"engine": "interpreted"}, {"engine": "compiled"}, {"engine": "compiled", "workers": 2}):
        with pytest.raises(CalculationError) as caught:
            tables(model, **kwargs)
        errors.append(str(caught.value))
    assert len(set(errors)) == 1
    assert "populations.order.transitions.pay: division by zero" in errors[0]
    assert "(subject " in errors[0]
    assert "." in errors[0].partition("(subject ")[2].partition(",")[0]


# -- one child per line -----------------------------------------------------------------------------------------------


def basket():
    """Customers whose purchases have one order per line."""
    lines = Lines("randint(0, 4)", {"price": "round(uniform(1, 9), 2)", "kind": "choice(['a', 'b'])"})
    given = {"amount": "line.price", "level": "line.kind"}
    buy = Transition(
        "buy",
        "here",
        rate="2/d",
        do="total = sum(lines.price)",
        emit="carts",
        lines=lines,
        spawn=Spawn("order", given, each="lines"),
    )
    return shop(replace(CUSTOMER, transitions=[buy]), ORDER, PARCEL, days=3, everything=True)


@pytest.fixture(scope="module")
def baskets():
    return tables(basket(), engine="interpreted")


def test_a_child_of_a_line_gets_the_values_of_that_line(baskets):
    born = [row for row in baskets["orders"].to_pylist() if row["what"] == "born"]
    sums, numbers = Counter(), {}
    for row in born:
        sums[row["customer"], row["ts"]] += row["amount"]
        numbers.setdefault(row["customer"], []).append(row["number"])
    carts = {(row["id"], row["ts"]): row["total"] for row in baskets["carts"].to_pylist()}
    assert {key: pytest.approx(it) for key, it in sums.items()} == {key: it for key, it in carts.items() if it}
    assert all(it == list(range(1, len(it) + 1)) for it in numbers.values())
    assert {row["level"] for row in born} == {"a", "b"}
    assert any(it == 0 for it in carts.values())


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", [{"workers": 2}, {"window": 7 * HOUR}], ids=str)
def test_both_engines_spawn_the_same_children_per_line(kwargs, baskets):
    assert tables(basket(), engine="compiled", **kwargs) == baskets
