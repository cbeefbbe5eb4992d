"""An engine over a slice of subjects gives exactly the records of the whole run that belong to them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doge_datagen import Model
from doge_datagen.engine.checkpoint import mismatches
from doge_datagen.engine.memory_check import bytes_needed
from doge_datagen.engine.subject_slice import slice_of
from doge_datagen.errors import CalculationError
from doge_datagen.model import Clock, Spec
from doge_datagen.run.simulation.engine_choice import Engine, make_engine
from tests.compiling import program_of, spec_with
from tests.engine.models import MODELS, SEED, model_named
from tests.strategies import specs

ENGINES = ["interpreted", "compiled"]
STEPS = [1, 2, 3]
Records = dict[str, list[tuple[Any, ...]]]
"""The records by stream, each as timestamp, subject index, key, headers and fields."""


def engine_of(spec: Spec, engine: str, subjects: range | None = None, **kwargs: Any) -> Engine:
    return make_engine(program_of(spec), SEED, engine=engine, hidden=("subject",), subjects=subjects, **kwargs)


def records(engine: Engine, end: int) -> Records:
    """The records of an engine before a tick."""
    result: Records = {}
    while engine.tick < end:
        for name, batch in engine.window(end).batches:
            shown = [batch.timestamps.cast("int64"), batch.hidden["subject"]]
            shown += [it for it in (batch.keys, *batch.headers.values(), *batch.records.columns) if it is not None]
            columns = [(it.cast("int64") if str(it.type).startswith("timestamp") else it).to_pylist() for it in shown]
            result.setdefault(name, []).extend(zip(*columns, strict=True))
    return result


def resumed(spec: Spec, subjects: range | None, first: str, second: str, **kwargs: Any) -> Records:
    """The records of a slice that one engine simulates up to the middle, and another from its checkpoint to the end."""
    middle, ticks = spec.clock.ticks // 2, spec.clock.ticks
    one, other = engine_of(spec, first, subjects), engine_of(spec, second, subjects, **kwargs)
    try:
        result = records(one, middle)
        other.restore(one.checkpoint())
        for name, rows in records(other, ticks).items():
            result.setdefault(name, []).extend(rows)
    finally:
        one.close()
        other.close()
    return result


def merged(parts: list[Records]) -> Records:
    """Merge slices in order of time and subject."""
    streams = dict.fromkeys(name for part in parts for name in part)
    return {
        name: sorted((row for it in parts for row in it.get(name, [])), key=lambda row: row[:2]) for name in streams
    }


def slices(given: Model | Spec, step: int) -> list[range]:
    count = (given if isinstance(given, Spec) else given.spec).population.count
    return [range(first, count, step) for first in range(step)]


@cache
def whole(name: str) -> Records:
    return resumed(model_named(name), None, "interpreted", "interpreted")


@pytest.mark.usefixtures("compiled_models")
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("first", "second"), [("compiled", "compiled"), ("interpreted", "compiled")])
def test_merged_slices_equal_the_whole_run(name, first, second):
    spec = model_named(name)
    for step in STEPS:
        parts = [resumed(spec, it, first, second, workers=step) for it in slices(spec, step)]
        assert merged(parts) == whole(name), step


@pytest.mark.parametrize("name", MODELS)
def test_merged_slices_of_the_interpreted_engine_equal_the_whole_run(name):
    spec = model_named(name)
    for step in STEPS:
        parts = [resumed(spec, it, "interpreted", "interpreted") for it in slices(spec, step)]
        assert merged(parts) == whole(name), step


def small(spec: Spec, count: int) -> Spec:
    """A copy of a spec with few subjects and ticks, which does not fail."""
    few = replace(spec.population, count=count)
    return spec_with(spec, subjects=few, clock=Clock(0, spec.clock.tick_ms % 1000 + 1, 40))


def outcome(spec: Spec, engine: str, step: int) -> Records | None:
    try:
        return merged([resumed(spec, it, engine, engine) for it in slices(spec, step)])
    except CalculationError:
        return None


@pytest.mark.slow
@given(specs(), st.integers(1, 9))
def test_merged_slices_of_a_random_model_equal_the_whole_run(spec, count):
    model = small(spec, count)
    one, two, three = (outcome(model, "interpreted", step) for step in STEPS)
    assert one == two == three


@pytest.mark.slow
@settings(max_examples=2)
@given(specs(), st.integers(3, 9))
def test_merged_slices_of_a_random_compiled_model_equal_the_whole_run(spec, count):
    model = small(spec, count)
    expected = outcome(model, "interpreted", 1)
    for step in STEPS:
        assert outcome(model, "compiled", step) == expected


@pytest.mark.usefixtures("compiled_models")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_slice_gives_the_records_of_its_subjects_in_the_order_of_the_whole_run(engine):
    spec, subjects = model_named("shop"), range(3, 31, 4)
    actual = resumed(spec, subjects, engine, engine)
    assert actual == {name: [row for row in rows if row[1] in subjects] for name, rows in whole("shop").items()}
    assert all(actual.values())


@pytest.mark.usefixtures("compiled_models")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_checkpoint_of_a_slice_is_that_part_of_the_checkpoint_of_all(engine):
    spec, subjects = model_named("shop"), range(2, 40, 3)
    one, everybody = engine_of(spec, engine, subjects), engine_of(spec, engine)
    for simulation in (one, everybody):
        simulation.window(50)
    part, taken = one.checkpoint(), everybody.checkpoint()
    assert (part.subjects, taken.subjects) == (subjects, range(40))
    rows = np.array(subjects)
    for name in ("wakes", "tries", "steps"):
        np.testing.assert_array_equal(part.walk[name], taken.walk[name][rows])
    for name, column in part.attributes.items():
        np.testing.assert_array_equal(column, taken.attributes[name][rows])
    with pytest.raises(ValueError, match="is not one of"):
        everybody.restore(part)
    assert next(mismatches(part, program_of(spec))) == f"it is of subjects {subjects}, not range(0, 40)"
    assert not list(mismatches(part, program_of(spec), subjects))


@pytest.mark.usefixtures("compiled_models")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_slice_without_subjects_has_no_records(engine):
    assert not resumed(model_named("shop"), range(5, 5, 7), engine, engine)


@pytest.mark.parametrize("subjects", [range(41), range(-1, 3), range(9, 0, -1), range(38, 50, 4)])
def test_a_slice_of_nonexistent_subjects_is_refused(subjects):
    with pytest.raises(ValueError, match="is not an ascending slice of"):
        slice_of(model_named("shop").spec, subjects)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_slice_needs_the_memory_of_its_subjects(compiled):
    program = program_of(model_named("shop"))
    whole, half = (bytes_needed(program, compiled=compiled, subjects=it) for it in (None, range(0, 40, 2)))
    assert whole == 2 * half
