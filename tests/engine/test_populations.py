"""Several populations: each behaves as if it were alone, and shared streams are in order."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from doge_datagen import Born, Clock, Model, Population, Spawn, Stream, Table, Transition
from doge_datagen.engine.checkpoint import mismatches
from doge_datagen.errors import CalculationError
from doge_datagen.run.reporting.state_counts import Census
from doge_datagen.run.simulation.engine_choice import make_engine
from tests.populations import GUEST, MINUTE, PER_TICK, SEED, SHOP, STREAMS, USER, hasty_engines, market, rows, tables

ENGINES = ["interpreted", "compiled"]
ORDER = {"user": 0, "shop": 1, "guest": 2}
MARKET = market()
WHOLE = tables(MARKET, engine="interpreted")


def engine_of(model, engine="interpreted", **kwargs):
    return make_engine(model.program, SEED, engine=engine, **kwargs)


def visits(model, **kwargs):
    return tables(model, engine="interpreted", **kwargs)["visits"]


@pytest.mark.parametrize("others", [(SHOP,), (GUEST,), (SHOP, GUEST), (PER_TICK,)])
def test_adding_a_population_changes_no_record_of_another(others):
    alone = rows(visits(market(USER)))
    assert rows(visits(market(USER, *others)), ["user"]) == alone
    assert rows(visits(market(*others, USER)), ["user"]) == alone


@pytest.mark.parametrize("population", [USER, SHOP, GUEST], ids=lambda it: it.name)
def test_each_population_behaves_as_if_it_were_alone(population):
    assert rows(WHOLE["visits"], [population.name]) == rows(visits(market(population)))


def test_records_are_in_order_of_moment_population_and_index():
    keys = [(row["ts"], ORDER[row["who"]], int(row["id"])) for row in rows(WHOLE["visits"])]
    assert keys == sorted(keys)
    assert len({who for _, who, _ in keys}) == 3
    assert any(one[0] == other[0] and one[1] != other[1] for one, other in pairwise(keys))


def test_records_at_one_moment_are_in_the_order_in_which_the_populations_are_listed():
    one, other = rows(visits(market(USER, PER_TICK))), rows(visits(market(PER_TICK, USER)))
    assert one != other
    both = [sorted(it, key=lambda row: (row["ts"], row["who"], int(row["id"]), row["what"])) for it in (one, other)]
    assert both[0] == both[1]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_population_without_events_does_not_shorten_windows(engine):
    """Such as one that is only referenced by others."""
    quiet = Population("quiet", 5, {"number": "index"}, states=["on"], initial="on")
    model = replace(market(SHOP, quiet), clock=Clock(0, 1, 100 * 24 * 60 * MINUTE))
    simulation = engine_of(model, engine)
    window = simulation.window(10 * 24 * 60 * MINUTE)
    simulation.close()
    assert window.end == 10 * 24 * 60 * MINUTE
    assert window.events_in_all > 9_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "kwargs", [{"workers": 1}, {"workers": 2}, {"workers": 4}, {"window": 7 * MINUTE + 1}], ids=str
)
def test_the_compiled_engine_gives_the_same_records_with_any_workers_and_windows(kwargs):
    assert tables(MARKET, engine="compiled", **kwargs) == WHOLE


@pytest.mark.slow
@pytest.mark.parametrize("window", [12_345, 59_999, 60_000, 3 * 60_000 + 1, 10**9])
def test_windows_of_any_length_have_the_same_records(window):
    assert tables(MARKET, engine="interpreted", window=window) == WHOLE


@pytest.mark.slow
def test_windows_of_populations_that_count_ticks_have_the_same_records():
    model = market(USER, PER_TICK)
    assert model.clock.tick_ms == MINUTE
    assert tables(model, engine="interpreted", window=7) == tables(model, engine="compiled")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_merged_slices_equal_the_whole_run(engine):
    parts = [tables(MARKET, engine=engine, subjects=range(first, 2**32 - 1, 3)) for first in range(3)]
    actual = sorted((row for it in parts for row in rows(it["visits"])), key=str)
    assert actual == sorted(rows(WHOLE["visits"]), key=str)


def test_a_slice_counts_within_each_population():
    assert rows(visits(MARKET, subjects=range(3, 9))) == [it for it in rows(WHOLE["visits"]) if 3 <= int(it["id"]) < 9]


def test_a_slice_beyond_a_small_population_has_none_of_it():
    actual = rows(visits(market(USER, SHOP), subjects=range(20, 40)))
    assert {row["who"] for row in actual} == {"user"}


# -- engines that end windows at different ticks ----------------------------------------------------------------------


@pytest.mark.parametrize("longest", [(1, 10**9, 10**9), (10**9, 100_003, 10**9), (3, 70_001, 50_021)], ids=str)
def test_records_of_other_engines_wait_for_one_that_ends_a_window_early(longest):
    engine = hasty_engines(MARKET.program, longest)
    actual, events, ends, settled = [], 0, [], 0
    while engine.tick < MARKET.clock.ticks:
        window = engine.window(min(engine.tick + 40 * MINUTE, MARKET.clock.ticks))
        new = [row for name, batch in window.batches if name == "visits" for row in batch.records.to_pylist()]
        assert all(window.start <= row["ts"].timestamp() * 1000 < window.end for row in new)
        actual += new
        events, settled = events + window.events_in_all, settled + engine.is_settled
        ends.append(window.end)
    assert actual == WHOLE["visits"].select(list(actual[0])).to_pylist()
    assert ends == sorted(set(ends))
    assert 0 < settled <= len(ends)
    whole = engine_of(MARKET).window(MARKET.clock.ticks)
    assert events == whole.events_in_all


@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("second", ENGINES)
def test_engines_continue_from_a_checkpoint_of_the_others(first, second):
    one, other = engine_of(MARKET, first), engine_of(MARKET, second, workers=2)
    try:
        while one.tick < 100 * MINUTE + 30_000 or not one.is_settled:
            one.window(max(one.tick + 1, 100 * MINUTE + 30_000))
        checkpoint = one.checkpoint()
        assert not list(mismatches(checkpoint, MARKET.program))
        other.restore(checkpoint)
        actual = []
        while other.tick < MARKET.clock.ticks:
            batches = other.window(MARKET.clock.ticks).batches
            actual += [row for name, batch in batches if name == "visits" for row in batch.records.to_pylist()]
    finally:
        one.close()
        other.close()
    assert actual == WHOLE["visits"].select(list(actual[0])).to_pylist()[-len(actual) :]
    assert actual[0]["ts"].timestamp() * 1000 >= checkpoint.tick


def test_a_checkpoint_of_other_populations_does_not_fit():
    checkpoint = engine_of(MARKET).checkpoint()
    fewer = replace(checkpoint, parts=checkpoint.parts[:2])
    assert list(mismatches(fewer, MARKET.program)) == ["it is of 2 populations, not 3"]
    shifted = replace(checkpoint, tick=checkpoint.tick + 5 * MINUTE)
    assert next(mismatches(shifted, MARKET.program)).startswith("population 'user' is at tick 0")


def test_one_engine_may_be_compiled_and_another_not():
    large = replace(USER, count=60_000)
    engine = engine_of(market(large, replace(SHOP, count=1), ticks=20), "auto")
    try:
        assert engine.used == "user: compiled; shop: interpreted"
    finally:
        engine.close()


def test_hidden_transition_numbers_are_unique_across_populations():
    engine = engine_of(MARKET, hidden=["transition", "subject"])
    triggers = set()
    for name, batch in engine.window(MARKET.clock.ticks).batches:
        if name == "visits":
            transitions = np.array(batch.hidden["transition"])
            said = [MARKET.program.ends["trigger"][transition] for transition in transitions]
            assert said == batch.records.column("what").to_pylist()
            triggers |= set(said)
    assert triggers == {"come", "buy", "open", "close", "arrive", "leave"}


def failing(name: str, after: str) -> Population:
    do = "number //= balance"
    transition = Transition("fail", "a", "a", after=after, do=do, emit="visits")
    return Population(name, 3, {"number": 1, "balance": 0}, states=["a"], initial="a", transitions=[transition])


def test_the_earliest_fault_is_reported_with_its_population():
    model = market(failing("late", "50 min"), failing("early", "20 min"), USER)
    with pytest.raises(CalculationError) as caught:
        tables(model, engine="interpreted", window=300 * MINUTE)
    assert caught.value.dotted_path == "populations.early.transitions.fail"
    assert (caught.value.subject, caught.value.timestamp) == (0, 20 * MINUTE)


def test_the_first_fault_in_time_is_reported_even_if_its_population_ends_windows_early():
    model = market(failing("late", "50 min"), failing("early", "20 min"))
    engine = hasty_engines(model.program, [300 * MINUTE, MINUTE])
    with pytest.raises(CalculationError) as caught:
        engine.window(300 * MINUTE)
    assert (caught.value.dotted_path, caught.value.timestamp) == ("populations.early.transitions.fail", 20 * MINUTE)


@pytest.mark.parametrize("window", [5 * MINUTE, 300 * MINUTE])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_first_fault_in_time_is_reported_if_it_is_that_of_a_child(engine, window):
    buy = Transition("buy", "a", after="1 min", spawn=Spawn("child"), emit="visits")
    parent = failing("parent", "50 min")
    child = replace(failing("child", "20 min"), count=None, born=Born())
    model = market(replace(parent, transitions=[buy, *parent.transitions]), child)
    with pytest.raises(CalculationError) as caught:
        tables(model, engine=engine, window=window)
    assert (caught.value.dotted_path, caught.value.subject) == ("populations.child.transitions.fail", "0.1")
    assert caught.value.timestamp == 21 * MINUTE


# -- with warm-ups and tables -----------------------------------------------------------------------------------------


def warmed(*populations):
    model = market(*populations)
    return replace(model, clock=replace(model.clock, warm_up=30 * MINUTE))


@pytest.mark.parametrize("engine", ENGINES)
def test_all_populations_warm_up(engine):
    actual = tables(warmed(USER, SHOP, GUEST), engine=engine)["visits"]
    for population in (USER, SHOP, GUEST):
        assert rows(actual, [population.name]) == rows(visits(warmed(population)))
    assert {row["who"] for row in rows(actual) if row["what"] == "arrive" and row["ts"].timestamp() == 0} == {"guest"}


def test_the_states_of_subjects_are_known_after_a_warm_up():
    engine, model = engine_of(warmed(USER, GUEST)), warmed(USER, GUEST)
    census = Census(model.program, SEED)
    window = engine.window(10 * MINUTE)
    census.move(window.unseen)
    census.move(window.events)
    whole = census.counts
    alone = Census(warmed(USER).program, SEED)
    for window in [engine_of(warmed(USER)).window(10)]:
        alone.move(window.unseen)
        alone.move(window.events)
    assert whole[:2] == alone.counts
    assert sum(whole[:2]) == USER.count


@pytest.mark.slow
def test_rows_of_a_table_are_emitted_once_before_all_events():
    price = Table(rows=[{"sku": "a", "price": 3}, {"sku": "b", "price": 4}], key="sku", emit="catalogue")
    buyer = replace(USER, attributes={**USER.attributes, "sku": "pick(prices).sku"})
    model = Model(
        "a",
        populations=[Population("quiet", 5, {"number": "index"}, states=["on"], initial="on"), buyer],
        streams={
            **STREAMS,
            "catalogue": Stream({"sku": "sku", "price": "price"}),
            "sales": Stream({"p": "prices[sku].price"}),
        },
        tables={"prices": price},
        clock=Clock(0, MINUTE, 60),
    )
    for engine in ENGINES:
        first = engine_of(model, engine).window(10 * MINUTE)
        assert next(name for name, _ in first.batches) == "catalogue"
        actual = tables(model, engine=engine)
        assert actual["catalogue"].select(["sku", "price"]).to_pylist() == [
            {"sku": "a", "price": 3},
            {"sku": "b", "price": 4},
        ]
        assert set(actual["sales"]["p"].to_pylist()) == {3, 4}
    assert len(model.program.tables) == 1
