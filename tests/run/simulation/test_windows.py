"""The length of windows."""

import pytest

from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.run.pacing.pace import Pace
from doge_datagen.run.pacing.schedule import Schedule
from doge_datagen.run.simulation.windows import iterate_windows
from tests.compiling import program_of
from tests.engine.models import model_named
from tests.run.wall import Wall

RATE, PIECE = 1000, 0.1


@pytest.mark.slow
@pytest.mark.parametrize("first_tick", [0, 300])
def test_at_a_rate_no_window_is_much_larger_than_one_delivery_not_even_the_first(first_tick):
    """Commits happen between windows: a window that takes minutes to deliver would delay them as long."""
    model = model_named("bank").resized(subjects=200, ticks=600)
    schedule = Schedule(Pace.parse(f"{RATE}/s"), model.clock, first_tick, now=Wall().now, late="stretch")
    engine = InterpretedEngine(program_of(model), 1)
    windows = list(iterate_windows(engine, model.spec, stops={first_tick}, schedule=schedule))
    result = [sum(len(batch) for _, batch in window.batches) for window in windows if window.start >= first_tick]
    assert sum(result) > 20 * RATE * PIECE
    assert max(result) < 3 * RATE * PIECE


@pytest.mark.slow
def test_a_run_that_catches_up_simulates_no_more_at_once_than_the_engine_allows():
    """The engine allows few records at once if they are large."""
    model, wall = model_named("bank").resized(subjects=200, ticks=600), Wall()
    schedule = Schedule(Pace.parse(f"{RATE}/s"), model.clock, now=wall.now)
    schedule.wait(schedule.due_records(0))
    wall.work(3600)
    assert schedule.portions.records() > 100_000
    engine = InterpretedEngine(program_of(model), 1)
    engine.records = 200
    result = [
        sum(len(batch) for _, batch in it.batches) for it in iterate_windows(engine, model.spec, schedule=schedule)
    ]
    assert sum(result) > 3000
    assert max(result) < 3 * engine.records
