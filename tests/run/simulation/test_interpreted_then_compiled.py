"""A run that switches to the compiled engine gives the same records, whenever it switches."""

import threading
from dataclasses import replace

import pytest
from numba import njit

from doge_datagen.engine.background_compilation import Compilation
from doge_datagen.engine.compiled.engine import CompiledEngine
from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.errors import ModelError
from doge_datagen.model.clock import Clock
from doge_datagen.run.simulation import interpreted_then_compiled as switching
from doge_datagen.run.simulation.interpreted_then_compiled import Rate, SwitchingEngine, Total
from doge_datagen.run.simulation.windows import iterate_windows
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from services.waiting import wait_until
from tests.compiling import program_of
from tests.engine.models import MODELS, model_named

SEED = 2022


class ReadyAfter:
    """A fake compilation that is ready after a number of calls."""

    def __init__(self, engine, times):
        self._engine = engine
        self._left = times
        self.ended = False

    at_work = True

    def engine(self):
        self._left -= 1
        return self._engine if self._left == 0 else None

    def end(self):
        self.ended = True


def switching_after(model, windows, workers=1):
    """An engine that switches to compiled code at a given window."""
    program = program_of(model)
    compiled = CompiledEngine(program, SEED, workers)
    first = InterpretedEngine(program, SEED)
    return SwitchingEngine(first, lambda: ReadyAfter(compiled, windows), lambda attempts, ticks: True)


def records_of(engine, model, length=None):
    """All records as a table per stream, and all events by transition."""
    tables, events = {}, {}
    for window in iterate_windows(engine, model.spec, length=length):
        for stream, batch in window.batches:
            tables.setdefault(stream, []).extend(batch.records.to_pylist())
        for number, count in window.events.items():
            events[number] = events.get(number, 0) + count
    engine.close()
    return tables, events


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("windows", "workers"), [(1, 1), (2, 2), (7, 2), (17, 1)])
def test_records_do_not_depend_on_the_window_of_the_switch(name, windows, workers):
    model = model_named(name)
    length = -(-model.clock.ticks // 21)
    expected = records_of(InterpretedEngine(program_of(model), SEED), model)
    engine = switching_after(model, windows, workers)
    assert records_of(engine, model, length) == expected
    assert engine.used == f"interpreted, compiled from tick {windows * length:,} on"


def test_a_run_that_ends_before_the_compilation_stays_interpreted():
    model = model_named("alone")
    compilation = ReadyAfter(None, 1000)
    first = InterpretedEngine(program_of(model), SEED)
    engine = SwitchingEngine(first, lambda: compilation, lambda attempts, ticks: True)
    assert records_of(engine, model, 100)[1] == records_of(InterpretedEngine(program_of(model), SEED), model)[1]
    assert (engine.used, engine.compiled_in) == ("interpreted", None)
    assert compilation.ended


def test_a_checkpoint_is_taken_and_restored_on_both_sides_of_the_switch():
    model = model_named("bank")
    expected = records_of(InterpretedEngine(program_of(model), SEED), model)[1]
    for windows in (2, 5):
        engine, other = switching_after(model, windows), switching_after(model, 2)
        first = [engine.window(tick) for tick in (10, 20, 30)]
        other.restore(engine.checkpoint())
        rest = [other.window(tick) for tick in (40, 50, model.clock.ticks)]
        total = {number: sum(it.events[number] for it in [*first, *rest]) for number in expected}
        assert total == expected
        engine.close()
        other.close()


def test_windows_grow_after_the_switch():
    """The compiled engine prefers windows of four times the size."""
    engine = switching_after(model_named("bank"), 1)
    before = engine.records
    engine.window(1)
    engine.window(2)
    assert engine.records > before
    engine.close()


def test_compilation_starts_only_after_enough_work():
    calls = []

    def compile_():
        calls.append(1)
        return ReadyAfter(None, 1000)

    model = model_named("alone")  # about one attempt in two ticks
    first = InterpretedEngine(program_of(model), SEED)
    engine = SwitchingEngine(first, compile_, Total(50))
    for tick in range(20, model.clock.ticks, 20):
        engine.window(tick)
        assert (len(calls) > 0) == (first.attempts > 50)
    assert calls == [1]


def test_rejected_attempts_count():
    model = model_named("diary")
    engine = InterpretedEngine(program_of(model), SEED)
    window = engine.window(model.clock.ticks)
    assert engine.attempts > window.events_in_all > 0


def test_a_pace_stays_interpreted_as_long_as_attempts_allow():
    enough = Rate(Clock(0, 1000), speed=10.0, most=100)
    assert [enough(95, 10) for _ in range(5)] == [False] * 5
    assert [enough(60, 5), enough(60, 5)] == [False, True]


def test_a_run_continues_with_code_compiled_in_a_thread(monkeypatch):
    class AtOnce(Compilation):
        def __init__(self, make):
            super().__init__(make)
            self._thread.join()

    monkeypatch.setattr(switching, "Compilation", AtOnce)
    monkeypatch.setattr(switching, "few_attempts", lambda spec: 100)
    model = model_named("bank")
    tables, report = {}, {}
    for engine in ("auto", "interpreted"):
        sinks = {stream: MemoryBatchSink() for stream in model.streams}
        report[engine] = model.run(sinks, seed=SEED, engine=engine, window=10, workers=2)
        tables[engine] = {name: sink.records for name, sink in sinks.items()}
    assert tables["auto"] == tables["interpreted"]
    assert report["auto"].engine == "interpreted, compiled from tick 10 on"
    assert report["auto"].compiled_in > 0
    assert (report["interpreted"].engine, report["interpreted"].compiled_in) == ("interpreted", None)


def test_a_cancelled_compilation_ends_before_its_next_pass():
    started, go_on, passed = threading.Event(), threading.Event(), []

    def make():
        started.set()
        assert go_on.wait(60)
        njit(lambda x: x + 1)(1)
        passed.append(1)

    compilation = Compilation(make)
    assert started.wait(60)
    compilation.end()
    go_on.set()
    assert wait_until(lambda: not compilation.at_work, seconds=60)
    assert (passed, compilation.engine(), compilation.at_work) == ([], None, False)


def test_an_engine_that_is_ready_after_cancellation_is_closed():
    started, go_on, closed = threading.Event(), threading.Event(), []

    class Engine:
        def close(self):
            closed.append(1)

    def make():
        started.set()
        assert go_on.wait(60)
        return Engine()

    compilation = Compilation(make)
    assert started.wait(60)
    compilation.end()
    go_on.set()
    assert wait_until(lambda: not compilation.at_work, seconds=60)
    assert (closed, compilation.engine()) == ([1], None)


def test_if_compilation_fails_the_run_continues_with_a_warning(caplog):
    def make():
        raise ModelError("cache", "no room")

    compilation = Compilation(make)
    assert wait_until(lambda: not compilation.at_work, seconds=60)
    assert compilation.engine() is None
    assert "the compiled engine is not available, so the run continues without it: cache: no room" in caplog.text
    model = model_named("alone")
    engine = SwitchingEngine(InterpretedEngine(program_of(model), SEED), lambda: compilation, Total(0))
    assert records_of(engine, model, 10)[1] == records_of(InterpretedEngine(program_of(model), SEED), model)[1]


def test_an_unlimited_run_with_a_pace_may_be_compiled_too():
    paced = switching.switching_engine(program_of(model_named("alone")), SEED, 1, 600.0)
    unpaced = switching.switching_engine(program_of(replace(model_named("alone"))), SEED, 1, None)
    assert (type(paced._enough), type(unpaced._enough)) == (Rate, Total)
