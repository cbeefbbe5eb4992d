"""A subject simulated alone has the same events as among all."""

from dataclasses import replace

import numpy as np
import pytest

from doge_datagen import Stream
from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.engine.interpreted.single_walk import SingleWalk
from doge_datagen.errors import CalculationError
from tests.compiling import program_of
from tests.engine.models import MODELS, model_named
from tests.engine.rejecting import REJECTING

SEED = 7


def walked(model, seed=SEED, at_most=float("inf")):
    walk = SingleWalk(program_of(model), 0)
    walk.reseeded(seed)
    everybody = np.arange(model.subjects.count)
    return [walk.walked(int(it), draws, at_most) for it, draws in zip(everybody, walk.draws(everybody), strict=True)]


@pytest.mark.parametrize("name", MODELS)
def test_all_subjects_one_by_one_have_the_events_of_the_engine(name):
    model = model_named(name)
    window = InterpretedEngine(program_of(model), SEED).window(model.clock.ticks)
    events = np.sum([it.events for it in walked(model)], axis=0)
    assert events.tolist() == [window.events[number] for number in range(len(model.transitions))]


@pytest.mark.parametrize("make_model", REJECTING, ids=lambda make_model: make_model.__name__)
def test_attempts_are_those_of_the_engine(make_model):
    model = make_model(20).resized(ticks=2000)
    engine = InterpretedEngine(program_of(model), SEED)
    window = engine.window(model.clock.ticks)
    actual = walked(model)
    assert sum(sum(it.attempts) for it in actual) == engine.attempts
    assert sum(sum(it.events) for it in actual) == window.events_in_all


def test_every_tick_is_spent_in_some_state():
    model = model_named("shop")
    assert {(it.ticks, sum(it.spent)) for it in walked(model)} == {(model.clock.ticks, model.clock.ticks)}


def test_a_walk_that_costs_too_much_ends_early():
    model = model_named("bank")
    actual = walked(model, at_most=200)
    early = [it for it in actual if it.ticks < model.clock.ticks]
    assert len(early) > len(actual) / 2
    assert all(sum(it.spent) == it.ticks for it in actual)
    assert all(200 <= it.cost < 400 for it in early)


def test_a_record_without_a_value_is_a_fault():
    model = model_named("bank")
    streams = dict.fromkeys(model.streams, Stream({"x": "1 // (balance - balance)"}))
    with pytest.raises(CalculationError, match="division by zero"):
        walked(replace(model, streams=streams))
