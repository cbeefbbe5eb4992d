"""Arrivals in both engines: the same records in windows, slices and after checkpoints; who has left is forgotten."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from doge_datagen import Arrival, Clock, Model, Population, Stream, Transition
from doge_datagen.engine.checkpoint import mismatches
from tests.engine.arriving.arriving_models import (
    ENGINES,
    EVERYBODY,
    Records,
    arriving,
    engine_of,
    records,
    whole,
)
from tests.rhythms import DAY, HOUR

# -- engines, windows, workers, slices --------------------------------------------------------------------------------


@cache
def crowd() -> tuple[Model, Records]:
    """A run with more subjects at once than fit into a block, and its records."""
    model = arriving(3, rate="700/d")
    return model, whole(model)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_both_engines_give_the_same_records(workers: int):
    model, expected = crowd()
    engine = engine_of(model, "compiled", workers=workers)
    try:
        assert records(engine, model.clock.ticks, window=2 * DAY) == expected
    finally:
        engine.close()


@pytest.mark.slow
@pytest.mark.parametrize("window", [HOUR // 2, 11 * HOUR, 40 * DAY])
@pytest.mark.parametrize("engine", ENGINES)
def test_windows_of_any_length_give_the_same_records(engine: str, window: int):
    model = arriving(3)
    simulation = engine_of(model, engine)
    try:
        assert records(simulation, model.clock.ticks, window) == whole(model)
    finally:
        simulation.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_shortened_windows_give_the_same_records(engine: str):
    model = arriving(3, rate="100/d", initially=100)
    simulation = engine_of(model, engine, workers=2)
    simulation.records = 40  # type: ignore[misc]  # of the engines an attribute
    try:
        assert records(simulation, model.clock.ticks, 2 * DAY) == whole(model)
    finally:
        simulation.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_shortened_windows_do_not_become_ever_shorter(workers: int):
    """Many events beyond the end of a window shorten the next ones, but not down to single ticks."""
    model = arriving(3, rate="100/d", initially=100)
    engine = engine_of(model, "compiled", workers=workers)
    engine.records = 40  # type: ignore[misc]  # of the engines an attribute
    windows = 0
    while engine.tick < model.clock.ticks and windows < 1000:
        engine.window(model.clock.ticks)
        windows += 1
    engine.close()
    assert windows < 300


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("step", [2, 3])
def test_merged_slices_equal_the_whole_run(engine: str, step: int):
    model = arriving(3)
    parts = [whole(model, engine, subjects=EVERYBODY[first::step]) for first in range(step)]
    for name, rows in whole(model).items():
        assert sorted(row for it in parts for row in it[name]) == sorted(rows)


def test_a_slice_ends_with_its_last_index():
    rows = whole(arriving(3), subjects=range(10, 50))["customers"]
    assert [row[2] for row in rows] == list(range(10, 50))


# -- checkpoints and memory -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subjects", [None, range(1, 2**32, 3)])
@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("second", ENGINES)
def test_an_engine_continues_from_the_others_checkpoint(first: str, second: str, subjects: range | None):
    model = arriving(4)
    one, other = engine_of(model, first, subjects), engine_of(model, second, subjects, workers=2)
    try:
        actual = records(one, int(1.7 * DAY))
        checkpoint = one.checkpoint()
        assert not list(mismatches(checkpoint, model.program, subjects))
        other.restore(checkpoint)
        for name, rows in records(other, model.clock.ticks).items():
            actual[name] += rows
    finally:
        one.close()
        other.close()
    assert actual == whole(model, subjects=subjects)


def test_both_engines_take_the_same_checkpoints():
    model = arriving(4)
    taken = []
    for engine in ENGINES:
        simulation = engine_of(model, engine)
        records(simulation, 2 * DAY)
        taken.append(simulation.checkpoint())
        simulation.close()
    one, other = taken
    assert (one.tick, one.arrived, one.subjects) == (other.tick, other.arrived, other.subjects)
    for name, column in {**one.walk, **one.attributes}.items():
        assert column.tolist() == ({**other.walk, **other.attributes})[name].tolist(), name


def test_a_checkpoint_of_other_subjects_is_refused():
    model = arriving(4)
    engine = engine_of(model)
    records(engine, DAY)
    taken = engine.checkpoint()
    ids = taken.walk["ids"]
    strange = [
        replace(taken, arrived=3),
        replace(taken, walk={**taken.walk, "ids": ids[::-1].copy()}),
        replace(taken, walk={**taken.walk, "ids": ids + np.uint32(10_000)}),
        replace(taken, subjects=range(0, 2**32, 2)),
    ]
    assert not list(mismatches(taken, model.program))
    assert all(list(mismatches(it, model.program)) for it in strange)


def churn(rate: str, days: float) -> Model:
    """Customers who stay for an hour."""
    stay = Transition("leave", "here", "gone", after="1 h")
    people = Population("customer", arrive=Arrival(rate, emit="e"), attributes={"name": "f'c{index}'"})
    stream = {"e": Stream({"who": "index"}, key="name")}
    clock = Clock(0, 1, int(days * DAY))
    return Model("m", people, {"here": None, "gone": "final"}, "here", [stay], stream, clock)


@pytest.mark.slow
def test_a_million_departed_subjects_need_no_memory():
    model = churn("1_000_000/d", 1.05)
    engine = engine_of(model, "compiled")
    most = 0
    try:
        while engine.tick < model.clock.ticks:
            engine.window(engine.tick + HOUR, with_records=False)
            most = max(most, engine._runner.columns.count)  # type: ignore[attr-defined]
        room = len(engine._runner.columns.arrays[0])  # type: ignore[attr-defined]
        checkpoint = engine.checkpoint()
    finally:
        engine.close()
    assert checkpoint.arrived > 1_000_000
    assert most < 3 * 1_000_000 / 24
    assert room < 8 * 1_000_000 / 24
    assert len(checkpoint.walk["ids"]) < 1.2 * 1_000_000 / 24


def test_the_interpreted_engine_forgets_departed_subjects():
    model = churn("4000/d", 3)
    engine = engine_of(model)
    while engine.tick < model.clock.ticks:
        engine.window(engine.tick + HOUR)
    assert engine.checkpoint().arrived > 10_000
    assert len(engine._walk) < 600  # type: ignore[attr-defined]
