"""A run that resumes from a checkpoint continues as if it had never been interrupted."""

from dataclasses import replace

import numpy as np
import pytest

from doge_datagen.engine.checkpoint import Checkpoint
from doge_datagen.run.simulation.engine_choice import Engine, make_engine
from tests.compiling import program_of
from tests.engine.models import MODELS, SEED, Record, model_named, records_of, windows

ENGINES = ["compiled", "interpreted"]
SEVERAL = {"compiled": [{"workers": 1}, {"workers": 3}], "interpreted": [{}]}


def taken(spec, engine: str, tick: int, *, with_records: bool = True) -> Checkpoint:
    """The checkpoint of an engine at a tick."""
    simulation = make_engine(program_of(spec), SEED, engine=engine)
    for end in sorted({tick // 3, tick // 2, tick}):
        simulation.window(end, with_records=with_records)
    simulation.close()
    return simulation.checkpoint()


def rest(engine: Engine, ticks: int) -> dict[str, list[Record]]:
    """The remaining records of an engine by stream."""
    result: dict[str, list[Record]] = {}
    while engine.tick < ticks:
        window = engine.window(min(engine.tick + 7, ticks))
        for name, batch in window.batches:
            moments = batch.timestamps.cast("int64").to_pylist()
            rows = [tuple(row.items()) for row in batch.records.to_pylist()]
            result.setdefault(name, []).extend(zip(moments, rows, strict=True))
    engine.close()
    return result


def arrays(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    return {**checkpoint.walk, **checkpoint.attributes}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("second", ENGINES)
@pytest.mark.parametrize("first", ENGINES)
def test_a_run_resumes_from_the_checkpoint_of_either_engine(first, second, name):
    spec = model_named(name)
    middle = spec.clock.ticks // 2
    whole = make_engine(program_of(spec), SEED, engine=second)
    whole.window(middle, with_records=False)
    for kwargs in SEVERAL[second]:
        resumed = make_engine(program_of(spec), SEED, engine=second, **kwargs)
        resumed.window(3)
        resumed.restore(taken(spec, first, middle))
        assert resumed.tick == middle
        assert rest(resumed, spec.clock.ticks) == rest(whole, spec.clock.ticks)
        whole.restore(taken(spec, first, middle))


@pytest.mark.parametrize("name", MODELS)
def test_both_engines_create_the_same_checkpoint(name):
    spec = model_named(name)
    one, other = (arrays(taken(spec, engine, spec.clock.ticks // 2)) for engine in ENGINES)
    assert list(one) == list(other)
    for column, values in one.items():
        assert values.dtype == other[column].dtype, column
        np.testing.assert_array_equal(values, other[column], err_msg=column)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_checkpoint_is_that_of_a_simulation_without_records(engine):
    spec = model_named("bank")
    one, other = (arrays(taken(spec, engine, 300, with_records=it)) for it in (True, False))
    for column, values in one.items():
        np.testing.assert_array_equal(values, other[column], err_msg=column)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_checkpoint_does_not_change_while_the_run_continues(engine):
    spec = model_named("bank")
    simulation = make_engine(program_of(spec), SEED, engine=engine)
    simulation.window(100)
    checkpoint = simulation.checkpoint()
    before = {column: values.copy() for column, values in arrays(checkpoint).items()}
    simulation.window(900)
    for column, values in arrays(checkpoint).items():
        np.testing.assert_array_equal(values, before[column], err_msg=column)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_window_simulated_without_records_changes_the_state_all_the_same(engine):
    spec = model_named("bank")
    simulation = make_engine(program_of(spec), SEED, engine=engine)
    silent = simulation.window(spec.clock.ticks, with_records=False)
    assert not silent.batches
    assert silent.events_in_all == sum(window.events_in_all for window in windows(spec, engine=engine)) > 0
    assert any(records_of(spec, engine=engine).values())


def from_step(spec, engine: str, step: int) -> dict[str, list[Record]]:
    """The records of a run whose subjects have already taken the given number of steps."""
    simulation = make_engine(program_of(spec), SEED, engine=engine)
    simulation.window(3)
    taken = simulation.checkpoint()
    simulation.restore(replace(taken, walk={**taken.walk, "steps": taken.walk["steps"] + step}))
    return rest(simulation, spec.clock.ticks)


@pytest.mark.parametrize("name", ["bank", "shop"])
def test_more_than_32_bits_of_steps_are_the_same_in_both_engines_and_do_not_repeat(name):
    spec = model_named(name)
    passing, beyond, early = ([from_step(spec, it, step) for it in ENGINES] for step in (2**32 - 9, 2**32, 0))
    assert passing[0] == passing[1]
    assert beyond[0] == beyond[1]
    assert early[0] == early[1] != beyond[0]
