"""A warm-up: the same events as in a run that starts earlier, of which none are emitted before the start."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest

from doge_datagen import Clock, Model, Population, Rhythm, Stream, Transition
from doge_datagen.engine.checkpoint import mismatches
from doge_datagen.engine.recording.table_records import TableRecords
from doge_datagen.errors import InvalidModelError
from doge_datagen.forecast.forecast import forecast
from doge_datagen.modelfile.load import loads
from doge_datagen.run.reporting.state_counts import Census
from doge_datagen.run.resuming.identity import identity
from doge_datagen.run.simulation.engine_choice import make_engine
from doge_datagen.run.simulation.interpreted_then_compiled import SwitchingEngine
from doge_datagen.run.simulation.warm_up import WarmingEngine
from tests.engine.arriving.arriving_models import ENGINES, SEED, arriving, engine_of, records, whole
from tests.rhythms import DAY, HOUR, START
from tests.run.ledger import Killed
from tests.run.resuming.named_runs import DieAtCall, ledgers, machine, rows, run, uninterrupted

__all__ = ["machine"]  # a fixture for each test here

WARM_UP = 3 * DAY
MINUTE = 60_000


def warmed(model: Model, warm_up: int = WARM_UP) -> Model:
    return replace(model, clock=replace(model.clock, warm_up=warm_up))


def lamps(ticks: int = 600, warm_up: int = 0, start: int = START) -> Model:
    """A fixed population with a probability per tick."""
    return Model(
        "lamps",
        Population("lamp", 40, {"n": 0, "luck": "random()"}),
        ["off", "on"],
        "off",
        [
            Transition("light", "off", "on", 0.5, do="n += 1; luck = random()", emit="lights"),
            Transition("dim", "on", "off", 2, emit="lights"),
        ],
        {"lights": Stream({"who": "index", "at": "timestamp", "n": "n", "luck": "luck", "half": "n / 2"})},
        Clock(start, MINUTE, ticks, warm_up=warm_up),
    )


SHOP = warmed(arriving(2))
earlier = cache(partial(whole, arriving(5, START - WARM_UP)))
complete = cache(partial(uninterrupted, SHOP))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_fixed_population_behaves_as_if_the_run_had_started_earlier(engine):
    earlier = whole(lamps(300 + 600, start=START - 300 * MINUTE), engine)["lights"]
    assert whole(lamps(warm_up=300 * MINUTE), engine)["lights"] == [it for it in earlier if it[0] >= START]


def test_after_the_start_all_subjects_behave_as_if_the_run_had_started_earlier():
    actual = whole(SHOP)
    for stream, expected in earlier().items():
        assert [it for it in actual[stream] if it[0] > START] == [it for it in expected if it[0] > START]


def test_present_subjects_are_emitted_first_at_the_start():
    there = {}
    for row in sorted(earlier()["customers"] + earlier()["orders"]):
        if row[0] <= START:
            there[row[-14]] = row
    rows = whole(SHOP)["customers"]
    shown = [row for row in rows if row[0] == START]
    assert len(shown) > 50
    assert rows[: len(shown)] == shown
    alive = sorted(who for who, row in there.items() if row[-10] != "gone")
    assert [row[-14] for row in shown] == alive


@pytest.mark.slow
@pytest.mark.parametrize(
    "kwargs",
    [
        {"window": 40 * MINUTE},
        {"engine": "compiled"},
        {"engine": "compiled", "workers": 2, "window": 7 * HOUR},
        {"engine": "compiled", "workers": 4},
        {"engine": "auto"},
    ],
    ids=str,
)
def test_every_engine_window_and_number_of_workers_gives_the_same_records(kwargs: dict[str, Any]):
    window = kwargs.pop("window", DAY)
    engine = engine_of(SHOP, **kwargs)
    assert records(engine, SHOP.clock.ticks, window) == whole(SHOP)
    engine.close()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_merged_slices_equal_the_whole_run(engine):
    parts = [whole(SHOP, engine, subjects=range(first, 2**32, 3)) for first in range(3)]
    for stream, expected in whole(SHOP).items():
        assert sorted(it for part in parts for it in part[stream]) == sorted(expected)


def test_calculated_fields_have_their_values_at_the_start():
    shown = {"who": "index", "age": "timestamp - born", "state": "f'in {to_state}'", "half": "n / 2", "tick": "tick"}
    model = replace(SHOP, initial="active")
    state = {row[-14]: row[-10] for row in whole(model)["customers"]}
    born = {row[-14]: row[0] for row in earlier()["customers"]}
    rows = whole(replace(model, streams={**SHOP.streams, "customers": Stream(shown)}))["customers"]
    at_start = [row for row in rows if row[0] == START]
    assert {row[3] for row in at_start} == {"in active", "in idle"}
    assert all(row[2:4] == (START - born[row[1]], f"in {state[row[1]]}") and row[5] == 0 for row in at_start)


def test_ticks_are_counted_from_the_start():
    model = replace(lamps(warm_up=90 * MINUTE), streams={"lights": Stream({"tick": "tick"})})
    rows = whole(model)["lights"]
    assert all(tick == (at - START) // MINUTE for at, tick in rows)


def test_growth_compounds_from_the_start():
    growing = replace(SHOP, rhythms=SHOP.rhythms | {"office": Rhythm(growth="10 %/week")})
    table, earlier = growing.program.with_warm_up().rhythms[1], growing.program.rhythms[1]
    at = dict(zip(table.times.tolist(), table.levels.tolist(), strict=True))
    assert [at[it] for it in earlier.times.tolist()[2:-1]] == earlier.levels.tolist()[2:-1]


def test_a_large_run_is_compiled_during_its_warm_up():
    class Compiled:
        at_work = False

        def __init__(self) -> None:
            self._engines = [make_engine(SHOP.program.with_warm_up(), SEED, engine="compiled")]

        def engine(self) -> Any:
            return self._engines.pop() if self._engines else None

        def end(self) -> None:
            """Nothing to end."""

    within = SHOP.program.with_warm_up()
    first = make_engine(within, SEED, engine="interpreted")
    switching = SwitchingEngine(first, Compiled, lambda attempts, ticks: True, within.spec.clock.warm_up_ticks)  # type: ignore[arg-type]
    tables = TableRecords(within, SEED, range(0))
    simulation = WarmingEngine(switching, within, SEED, SHOP.clock.ticks, tables)
    assert records(simulation, SHOP.clock.ticks) == whole(SHOP)
    assert simulation.used == "interpreted, compiled from tick 0 on"
    simulation.close()


@pytest.mark.parametrize("engines", [ENGINES, ENGINES[::-1]])
def test_either_engine_resumes_from_a_checkpoint_without_a_warm_up(engines):
    first, second = (engine_of(SHOP, engine) for engine in engines)
    assert not first.is_settled
    before = records(first, DAY)
    kept = first.checkpoint()
    assert kept.tick == DAY
    assert list(mismatches(kept, SHOP.program)) == []
    second.restore(kept)
    after = records(second, SHOP.clock.ticks)
    assert {stream: before[stream] + after[stream] for stream in after} == whole(SHOP)
    first.close()
    second.close()


@pytest.mark.slow
@pytest.mark.parametrize("at", [1, 3, 20])
def test_a_killed_run_resumes_with_every_record_once(at):
    destinations = ledgers(SHOP)
    with pytest.raises(Killed):
        run(destinations, SHOP, window=HOUR, engine="interpreted", stop=DieAtCall(at), checkpoint_every=0)
    run(destinations, SHOP, window=5 * HOUR, engine="interpreted")
    assert rows(destinations) == complete()


def test_a_stopped_run_is_resumed_from_its_checkpoint(caplog, machine):
    destinations, left = ledgers(SHOP), iter([False] * 30)
    run(destinations, SHOP, window=HOUR, engine="interpreted", stop=lambda: next(left, True), checkpoint_every=0)
    assert 0 < len(rows(destinations)["orders"]) < len(complete()["orders"])
    assert (machine / "name" / "snapshot.npz").exists()
    run(destinations, SHOP, engine="compiled")
    assert rows(destinations) == complete()
    assert not caplog.text  # no unusable checkpoint


def test_a_run_that_is_stopped_during_its_warm_up_emits_nothing_and_is_resumed():
    destinations, left = ledgers(SHOP), iter([False])
    report = run(destinations, SHOP, engine="interpreted", stop=lambda: next(left, True))
    assert (report.ticks, report.events) == (0, 0)
    run(destinations, SHOP, engine="interpreted")
    assert rows(destinations) == complete()


def test_a_changed_warm_up_is_a_different_run():
    assert identity(SHOP.program, SEED) != identity(arriving(2).program, SEED)
    destinations = ledgers(SHOP)
    run(destinations, SHOP.resized(ticks=HOUR), engine="interpreted")
    with pytest.raises(Exception, match="warm_up 3 d, not 0 ms"):
        run(destinations, arriving(2), engine="interpreted")


@pytest.mark.parametrize("model", [SHOP, lamps(warm_up=300 * MINUTE)], ids=["shop", "lamps"])
def test_the_census_includes_all_who_have_arrived(model):
    census, simulation = Census(model.program, SEED), engine_of(model)
    window = simulation.window(model.clock.ticks)
    for moved in (window.events, window.unseen):
        census.move(moved)
    earlier = arriving(5, START - WARM_UP) if model is SHOP else lamps(900, start=START - 300 * MINUTE)
    expected = Census(earlier.program, SEED)
    expected.move(engine_of(earlier).window(earlier.clock.ticks).events)
    assert census.counts == expected.counts


@pytest.mark.slow
@pytest.mark.parametrize("model", [SHOP, lamps(warm_up=300 * MINUTE)], ids=["shop", "lamps"])
def test_the_forecast_counts_emitted_records(model):
    expected = forecast(model.program, cost=200_000)
    actual = whole(model)
    for stream in expected.streams:
        assert stream.records.low <= len(actual[stream.name]) <= stream.records.high


@pytest.mark.slow
def test_the_forecast_of_a_fixed_population_is_exact():
    model = lamps(warm_up=300 * MINUTE)
    counts = [len(model.table("lights", seed=seed)) for seed in range(60)]
    total = forecast(model.program).streams[0].records.total
    assert abs(sum(counts) / 60 - total) < 0.03 * total


def test_a_warm_up_is_a_whole_number_of_ticks():
    with pytest.raises(InvalidModelError, match=r"clock\.warm_up: 90 s is not a whole number of ticks of 1 min"):
        lamps(warm_up=90_000)


def test_a_model_file_has_a_warm_up():
    text = SHOP.dump()
    assert "warm_up: 3 d" in text
    assert loads(text).spec.clock.warm_up == WARM_UP
