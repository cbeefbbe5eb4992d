"""The reported number of subjects per state equals that of the engine's subjects."""

from collections import Counter
from dataclasses import replace

import pytest

from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.run.reporting.state_counts import Census
from tests.engine.models import MODELS, SEED, model_named


def states_of(engine, model):
    """The states according to the engine's walk."""
    there = Counter(engine._walk.states)
    return [there[number] for number in range(len(model.states))]


def spread(name):
    """A model whose subjects start in all of its states."""
    model = model_named(name)
    return replace(model, initial={state: 1 + number for number, state in enumerate(model.states)})


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("make_model", [model_named, spread])
@pytest.mark.parametrize("asked_first", [True, False])
def test_the_census_equals_the_subjects_at_any_time(name, make_model, asked_first):
    model = make_model(name)
    engine, census = InterpretedEngine(model.program, SEED), Census(model.program, SEED)
    if asked_first:
        assert census.counts == states_of(engine, model)
    for end in (model.clock.ticks // 3, model.clock.ticks):
        census.move(engine.window(end).events)
        if asked_first or end == model.clock.ticks:
            assert census.counts == states_of(engine, model)


def test_a_census_continues_from_previous_counts():
    model = spread("bank")
    engine, before, after = (
        InterpretedEngine(model.program, SEED),
        Census(model.program, SEED),
        Census(model.program, SEED),
    )
    before.move(engine.window(40).events)
    after.move({0: 5})
    after.continue_from(before.counts)
    after.move(engine.window(80).events)
    assert after.counts == states_of(engine, model)
