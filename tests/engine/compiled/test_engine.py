"""The compiled engine reports faults like the interpreted one, and its memory stays bounded."""

import contextlib
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.engine.compiled import engine as compiled
from doge_datagen.engine.compiled import event_buffers
from doge_datagen.engine.compiled.kernel_source import kernel
from doge_datagen.errors import CalculationError
from tests.compiling import program_of
from tests.engine.models import records_of

OPTIONS = [{"engine": "interpreted"}, {"engine": "compiled"}, {"engine": "compiled", "workers": 2}]
MODES = ("action", "field", "key", "number", "text", "none")


DO = "if mode == 0 and tick >= late: number += 1"
PERIOD = 100_000


def faulty(mode):
    """A model in which subjects 4 and 5 fault at tick 3 or at the start, and subject 0 later.

    The start of the run selects the fault, so that there is one model, which is compiled once.
    """
    attributes = {
        "mode": f"int(timestamp) // {PERIOD}",
        "number": "9223372036854775807 + (1 if index > 3 and mode == 3 else 0)",
        "text": "f'{index % (0 if index > 3 and mode == 4 else 7)}'",
        "late": "3 if index > 3 else 40 if index == 0 else 9",
    }
    fields = {"bad": "10 // (0 if mode == 1 and tick >= late else 1)", "text": "text"}
    return Model(
        name="faulty",
        subjects=Population("one", 6, attributes),
        states=["on"],
        initial="on",
        transitions=[Transition("step", "on", "on", 100, do=DO, emit=["events", "other"])],
        streams={
            "events": Stream(fields, key="mode - 1 % (0 if mode == 2 and tick >= late else 1)"),
            "other": Stream({"index": "index"}),
        },
        clock=Clock(MODES.index(mode) * PERIOD, 10, 50),
    )


FAULTS = {
    "action": ("transitions.step: an integer left the range of 64 bits", 3),
    "field": ("streams.events: division by zero", 3),
    "key": ("streams.events: division by zero", 3),
    "number": ("subjects.attributes.number: an integer left the range of 64 bits", 0),
    "text": ("subjects.attributes.text: division by zero", 0),
}


@pytest.mark.slow
@pytest.mark.parametrize("length", [None, 1, 50])
@pytest.mark.parametrize("kwargs", OPTIONS, ids=str)
@pytest.mark.parametrize("mode", FAULTS)
def test_a_fault_is_reported_with_its_location_subject_and_time(mode, kwargs, length):
    text, tick = FAULTS[mode]
    timestamp = MODES.index(mode) * PERIOD + tick * 10
    with pytest.raises(CalculationError) as caught:
        records_of(faulty(mode), **kwargs, length=length)
    assert str(caught.value).startswith(text)
    moment = datetime.fromtimestamp(timestamp / 1000, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    assert str(caught.value).endswith(
        f"{'transitions.step, ' * text.startswith('streams')}subject 4, at {moment.removesuffix('.000')}Z)"
    )
    assert (caught.value.subject, caught.value.timestamp) == (4, timestamp)


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", OPTIONS, ids=str)
def test_without_a_fault_all_records_are_emitted(kwargs):
    assert {name: len(records) for name, records in records_of(faulty("none"), **kwargs).items()} == {
        "events": 300,
        "other": 300,
    }


@pytest.mark.parametrize("mode", ["number", "text", "action"])
def test_a_fault_leaves_no_thread_behind(mode):
    before = threading.active_count()
    with pytest.raises(CalculationError):
        records_of(faulty(mode), engine="compiled", workers=3)
    assert threading.active_count() == before


def test_a_buffer_grows_to_the_size_of_a_window(monkeypatch):
    monkeypatch.setattr(event_buffers, "ROOM", 2)
    engine = compiled.CompiledEngine(program_of(faulty("none")), 7)
    engine.window(50)
    assert len(engine._runner.buffers[0].buffers[0].columns[0]) == 512


def test_kernels_keep_no_references_to_arrays():
    """They are compiled without reference counts."""
    with contextlib.closing(compiled.CompiledEngine(program_of(faulty("none")), 7)) as engine:
        arrays = [
            *engine._runner.columns.arrays,
            *engine._runner.columns.attributes,
            *engine._runner.buffers[0].scratch,
        ]
        before = [sys.getrefcount(array) for array in arrays]
        engine.window(50)
        assert [sys.getrefcount(array) for array in arrays] == before


@pytest.mark.slow
@pytest.mark.parametrize("room", [1, 3, 2**16])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_first_fault_is_reported_even_if_buffers_grow(monkeypatch, room, workers):
    monkeypatch.setattr(event_buffers, "ROOM", room)
    model = Model(
        name="late",
        subjects=Population("one", 60, {"late": "20 + index % 7", "number": 0}),
        states=["on"],
        initial="on",
        transitions=[Transition("step", "on", "on", 100, do="number = 1 // (tick < late)", emit="events")],
        streams={"events": Stream({"number": "number"})},
        clock=Clock(0, 1000, 60),
    )
    with pytest.raises(CalculationError) as caught:
        records_of(model, engine="compiled", workers=workers, length=60)
    assert (caught.value.subject, caught.value.timestamp) == (0, 20_000)


@pytest.mark.slow
@pytest.mark.parametrize("room", [1, 3, 2**16])
@pytest.mark.parametrize("workers", [1, 2])
def test_among_faults_at_one_moment_that_of_the_first_subject_is_reported(monkeypatch, room, workers):
    """Even though others that are simulated with it get there with fewer attempts."""
    monkeypatch.setattr(event_buffers, "ROOM", room)
    every, do = "1 s if index % 2 == 0 else 20 s", "number = 1 // (int(timestamp) < 20_000)"
    model = Model(
        name="late",
        subjects=Population("one", 150, {"number": 0}),
        states=["on"],
        initial="on",
        transitions=[Transition("step", "on", every=every, do=do, emit="events")],
        streams={"events": Stream({"number": "number"})},
        clock=Clock(0, 1000, 60),
    )
    with pytest.raises(CalculationError) as caught:
        records_of(model, engine="compiled", workers=workers, length=60_000)
    assert (caught.value.subject, caught.value.timestamp) == (0, 20_000)


@pytest.mark.parametrize("workers", [1, 3])
def test_an_engine_that_was_interrupted_can_be_restored(monkeypatch, workers):
    engine = compiled.CompiledEngine(program_of(faulty("none")), 7, workers)
    taken, expected = engine.checkpoint(), engine.window(50)
    engine.restore(taken)
    with monkeypatch.context() as patch:
        patch.setattr(event_buffers.EventBuffers, "close", interrupted)
        with pytest.raises(KeyboardInterrupt):
            engine.window(50)
    engine.restore(taken)
    assert engine.window(50).events == expected.events
    engine.close()


def interrupted(*_):
    raise KeyboardInterrupt


MEMORY = """
import resource, sys
from tests.engine.compiled.test_engine import faulty
from tests.compiling import program_of
from tests.engine.models import windows
model = faulty("none").resized(subjects=4000)
def run(ticks):
    for window in windows(model.resized(ticks=ticks), engine="compiled", length=10):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run(50)
print(run(100), run(1000))
"""


@pytest.mark.slow
def test_a_run_ten_times_as_long_takes_no_more_memory():
    short, long = map(int, subprocess.check_output([sys.executable, "-c", MEMORY], text=True).split())
    assert long < short * 1.05 + 8000  # kilobytes; 900 ticks more are 3.6 million records of 60 bytes


def test_transitions_that_feed_the_same_streams_share_their_code():
    """Numba takes a tenth of a second for a few lines."""
    rings = [
        Model(
            name="ring",
            subjects=Population("one", 3, {"n": 0}),
            states=list(map(str, range(states))),
            initial="0",
            transitions=[
                Transition(f"t{it}", str(it), str((it + 1) % states), 50, emit=["a", "b"]) for it in range(states)
            ],
            streams={name: Stream({"n": "n", "what": "trigger", "twice": "2 * n"}) for name in "ab"},
            clock=Clock(0, 1000, 9),
        )
        for states in (3, 300)
    ]
    few, many = (kernel(program_of(ring)).splitlines() for ring in rings)
    assert len(few) == len(many)
