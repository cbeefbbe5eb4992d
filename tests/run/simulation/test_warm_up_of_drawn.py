"""After a warm-up, all referenced subjects are emitted, including departed ones, so that foreign keys are valid."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from doge_datagen.engine.recording.table_records import TableRecords
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.forecast.forecast import forecast
from doge_datagen.run.reporting.state_counts import Census
from doge_datagen.run.simulation.engine_choice import make_engine
from doge_datagen.run.simulation.interpreted_then_compiled import SwitchingEngine
from doge_datagen.run.simulation.warm_up import WarmingEngine
from tests.engine.arriving.arriving_models import ENGINES, SEED, arriving, engine_of, records, whole
from tests.rhythms import DAY, HOUR, START
from tests.run.simulation.test_warm_up import SHOP, WARM_UP

ORDERS = SHOP.streams["orders"]
DRAWN = replace(
    SHOP, streams={**SHOP.streams, "orders": replace(ORDERS, fields={**ORDERS.fields, "mate": "pick(customer).index"})}
)
WHO, TARGET = -14, -10


@cache
def rows(engine: str = "interpreted") -> Any:
    return whole(DRAWN, engine)


@pytest.mark.slow
def test_departed_subjects_are_emitted_at_the_start_in_order_of_index():
    arrived = [row[WHO] for row in whole(arriving(5, START - WARM_UP))["customers"] if row[0] <= START]
    shown = [row for row in rows()["customers"] if row[0] == START]
    assert [row[WHO] for row in shown] == sorted(arrived)
    assert [row for row in shown if row[TARGET] != "gone"] == [
        row for row in whole(SHOP)["customers"] if row[0] == START
    ]
    assert sum(row[TARGET] == "gone" for row in shown) > 20


def test_referenced_subjects_have_been_emitted():
    known = {row[WHO]: row[0] for row in rows()["customers"]}
    gone = {row[WHO] for row in rows()["customers"] if row[TARGET] == "gone"}
    drawn = [(row[0], row[-1]) for row in rows()["orders"]]
    assert len(drawn) > 300
    assert all(known[who] == START or known[who] < moment for moment, who in drawn)
    assert gone & {who for _, who in drawn}


@pytest.mark.slow
@pytest.mark.parametrize(
    "kwargs", [{"engine": "compiled"}, {"engine": "compiled", "workers": 2}, {"engine": "auto"}], ids=str
)
@pytest.mark.parametrize("window", [7 * HOUR, DAY])
def test_every_engine_window_and_number_of_workers_gives_the_same_records(kwargs, window):
    engine = engine_of(DRAWN, **kwargs)
    assert records(engine, DRAWN.clock.ticks, window) == rows()
    engine.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_merged_slices_equal_the_whole_run(engine):
    parts = [whole(DRAWN, engine, subjects=range(first, 2**32, 2)) for first in range(2)]
    for stream, expected in rows().items():
        assert sorted(it for part in parts for it in part[stream]) == sorted(expected)


def test_departed_subjects_are_kept_if_the_run_is_compiled_during_its_warm_up():
    within = DRAWN.program.with_warm_up()

    class Compiled:
        at_work = False

        def __init__(self) -> None:
            self._engines = [make_engine(within, SEED, engine="compiled")]

        def engine(self) -> Any:
            return self._engines.pop() if self._engines and first.tick > DAY else None

        def end(self) -> None:
            """Nothing to end."""

    first = make_engine(within, SEED, engine="interpreted")
    switching = SwitchingEngine(first, Compiled, lambda attempts, ticks: True, within.spec.clock.warm_up_ticks)  # type: ignore[arg-type]
    simulation = WarmingEngine(switching, within, SEED, DRAWN.clock.ticks, TableRecords(within, SEED, range(0)))
    assert records(simulation, DRAWN.clock.ticks) == rows()
    assert "compiled from tick" in simulation.used
    simulation.close()


@pytest.mark.parametrize("engines", [ENGINES, ENGINES[::-1]], ids=str)
def test_a_checkpoint_right_after_the_start_has_only_present_subjects(engines):
    first, second = (engine_of(DRAWN, engine) for engine in engines)
    before = records(first, 1)
    kept = first.checkpoint()
    gone = sum(row[TARGET] == "gone" for row in before["customers"])
    assert len(kept.walk["wakes"]) == len(before["customers"]) - gone
    assert (kept.walk["wakes"] < NEVER).all()
    second.restore(kept)
    after = records(second, DRAWN.clock.ticks)
    assert {stream: before.get(stream, []) + after[stream] for stream in after} == rows()
    first.close()
    second.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_departed_subjects_are_forgotten_once_emitted(engine):
    simulation = engine_of(DRAWN, engine)
    shown = len(records(simulation, HOUR)["customers"])
    assert len(simulation.checkpoint().walk["wakes"]) < shown - 20
    simulation.close()


@pytest.mark.slow
def test_the_census_and_the_forecast_count_departed_subjects():
    census, simulation = Census(DRAWN.program, SEED), engine_of(DRAWN)
    window = simulation.window(DRAWN.clock.ticks)
    for moved in (window.events, window.unseen):
        census.move(moved)
    others = Census(SHOP.program, SEED)
    window = engine_of(SHOP).window(SHOP.clock.ticks)
    for moved in (window.events, window.unseen):
        others.move(moved)
    assert census.counts == others.counts
    few, all_of_them = (forecast(it.program, cost=200_000).streams[0].records for it in (SHOP, DRAWN))
    assert all_of_them.low <= len(rows()["customers"]) <= all_of_them.high
    assert few.high < all_of_them.total
