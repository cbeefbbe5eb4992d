"""A window ends early if it would become too large or take too long; records do not depend on where windows end."""

import numpy as np
import pytest

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.engine.compiled import counting_sort, event_buffers
from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.engine.interpreted.lookahead import LookaheadSizes
from doge_datagen.engine.window import WindowEnd
from doge_datagen.errors import CalculationError
from doge_datagen.run.simulation.engine_choice import make_engine
from tests.compiling import program_of
from tests.engine.models import MODELS, SEED, model_named
from tests.engine.test_checkpoint import arrays

TICKS = 800
OPTIONS = [{"engine": "interpreted"}, {"engine": "compiled"}, {"engine": "compiled", "workers": 3}]
KINDS = pytest.mark.parametrize("kwargs", OPTIONS, ids=lambda it: f"{it['engine']} {it.get('workers', '')}".strip())


SMALL_PIECES = LookaheadSizes(attempts=16, most=32)
"""The interpreted engine can end a window only between two chunks of its lookahead."""


def bursting(ticks=TICKS, subjects=25, require="True"):
    """Subjects that, once awake, have an event on every tick; some events feed no stream."""
    work = f"require({require})\nn += 1 + randrange(3)"
    return Model(
        name="bursting",
        subjects=Population("one", subjects, {"n": 0}),
        states=["asleep", "awake"],
        initial="asleep",
        transitions=[
            Transition("wake", "asleep", "awake", 0.2),
            Transition("work", "awake", "awake", 90, do=work, emit=["work", "both"]),
            Transition("rest", "awake", "awake", 10, do="n -= 1"),
        ],
        streams={"work": Stream({"i": "index", "n": "n"}), "both": Stream({"what": "trigger", "n": "n"})},
        clock=Clock(0, 1000, ticks),
    )


def windows_of(model, records, length=10**10, **kwargs):
    """The windows of an engine with the given target size, which is asked for many ticks at once."""
    program = program_of(model)
    if kwargs["engine"] == "interpreted" and not program.parts:
        engine = InterpretedEngine(program, SEED, lookahead=SMALL_PIECES)
    else:
        engine = make_engine(program, SEED, **kwargs)
    engine.records = records or engine.records
    result = []
    while engine.tick < model.clock.ticks:
        result.append(engine.window(min(model.clock.ticks, engine.tick + length)))
    engine.close()
    return result


def records_and_events(windows):
    """The records by stream, and the events by transition up to the end of each window."""
    records, events, total = {}, {}, {}
    for window in windows:
        for number, count in window.events.items():
            total[number] = total.get(number, 0) + count
        events[window.end] = dict(total)
        for name, batch in window.batches:
            moments = batch.timestamps.cast("int64").to_pylist()
            assert window.start * 1000 <= moments[0]
            assert moments[-1] < window.end * 1000
            records.setdefault(name, []).extend(zip(moments, map(str, batch.records.to_pylist()), strict=True))
    return records, events


@pytest.fixture(scope="module")
def whole():
    """The records and events of a single window over the whole run."""
    return records_and_events(windows_of(bursting(), 10**9, engine="interpreted"))


@pytest.mark.slow
@KINDS
@pytest.mark.parametrize("room", [64, 2**16])
@pytest.mark.parametrize("records", [50, 1000, 5000])
def test_records_do_not_depend_on_the_size_of_windows(monkeypatch, whole, kwargs, room, records):
    monkeypatch.setattr(event_buffers, "ROOM", room)
    windows = windows_of(bursting(), records, **kwargs)
    assert len(windows) > 15_000 / records / 4
    actual, events = records_and_events(windows)
    assert actual == whole[0]
    assert events[TICKS] == whole[1][TICKS]


@pytest.mark.slow
@KINDS
def test_events_are_counted_in_the_window_of_their_tick(kwargs):
    """This includes events without a stream, and those of subjects simulated beyond the end of the window."""
    few, by_tick = (
        records_and_events(windows_of(bursting(), 300, **kwargs))[1],
        records_and_events(windows_of(bursting(), 0, length=1, engine="interpreted"))[1],
    )
    assert len(few) > 20
    assert few == {end: by_tick[end] for end in few}


@KINDS
def test_no_window_holds_much_more_than_the_target_of_its_engine(kwargs):
    sizes = [sum(len(batch) for _, batch in window.batches) for window in windows_of(bursting(), 500, **kwargs)]
    assert max(sizes) <= 5 * 500
    assert sum(sizes) == sum(map(len, records_and_events(windows_of(bursting(), 0, **kwargs))[0].values()))


@pytest.mark.parametrize("workers", [1, 3])
def test_the_number_of_early_events_is_bounded_too(workers):
    engine = make_engine(program_of(bursting(ticks=4000)), SEED, engine="compiled", workers=workers)
    engine.records, waiting = 200, []
    while engine.tick < 4000:
        engine.window(4000, with_records=False)
        waiting.append(len(engine._order.early))
    engine.close()
    assert 0 < max(waiting) < 16 * 200
    assert waiting[-1] == 0


@pytest.mark.slow
@KINDS
def test_rejected_attempts_can_end_a_window(kwargs):
    """Otherwise a run without records could take minutes to react to a stop."""
    model = bursting(require="tick >= 700", subjects=50)
    windows = windows_of(model, 100, **kwargs)
    before = [window for window in windows if window.end <= 700]
    assert len(before) > 15
    whole = records_and_events(windows_of(model, 0, engine="interpreted"))
    actual = records_and_events(windows)
    assert actual[0] == whole[0]
    assert actual[1][TICKS] == whole[1][TICKS]


@pytest.mark.slow
@pytest.mark.usefixtures("compiled_models")
@KINDS
@pytest.mark.parametrize("name", MODELS)
def test_small_windows_give_the_same_records_for_everything_a_model_can_express(name, kwargs):
    model = model_named(name)
    whole, small = (keyed_records_of(windows_of(model, records, **kwargs)) for records in (0, 30))
    assert small == whole


def keyed_records_of(windows):
    """The records, keys and headers by stream."""
    result = {}
    for window in windows:
        for name, batch in window.batches:
            keys = [None] * len(batch) if batch.keys is None else batch.keys.to_pylist()
            headers = [column.to_pylist() for column in batch.headers.values()]
            rows = zip(batch.timestamps.to_pylist(), keys, map(str, batch.records.to_pylist()), *headers, strict=True)
            result.setdefault(name, []).extend(rows)
    return result


@pytest.mark.parametrize("workers", [1, 3])
def test_a_checkpoint_can_be_taken_when_no_subject_is_ahead(workers):
    engine = make_engine(program_of(bursting()), SEED, engine="compiled", workers=workers)
    twin = make_engine(program_of(bursting()), SEED, engine="interpreted")
    engine.records, settled = 100, []
    while engine.tick < TICKS:
        engine.window(min(TICKS, engine.tick + 300))
        if not engine.is_settled:
            with pytest.raises(RuntimeError, match="some subjects were walked to tick"):
                engine.checkpoint()
            continue
        settled.append(engine.tick)
        twin.window(engine.tick)
        one, other = arrays(engine.checkpoint()), arrays(twin.checkpoint())
        for column, values in one.items():
            np.testing.assert_array_equal(values, other[column], err_msg=column)
    engine.close()
    assert len(settled) > 2
    assert settled[-1] == TICKS


def test_a_restored_engine_forgets_early_events():
    engine = make_engine(program_of(bursting()), SEED, engine="compiled")
    engine.records, begin = 300, engine.checkpoint()
    engine.window(TICKS)
    assert not engine.is_settled
    engine.restore(begin)
    engine.records = 10**6
    assert records_and_events([engine.window(TICKS)]) == records_and_events(
        windows_of(bursting(), 10**6, engine="interpreted")
    )
    engine.close()


@pytest.mark.slow
@KINDS
@pytest.mark.parametrize("records", [40, 10**6])
def test_the_earliest_fault_is_reported_even_if_others_were_found_first(kwargs, records):
    """Subject 0 is simulated far ahead, up to its fault; a later subject has an earlier fault."""
    model = Model(
        name="late",
        subjects=Population("one", 60, {"late": "2000 - 31 * index", "number": 0}),
        states=["on"],
        initial="on",
        transitions=[Transition("step", "on", "on", 100, do="number = 1 // (tick < late)", emit="events")],
        streams={"events": Stream({"number": "number"})},
        clock=Clock(0, 1000, 2500),
    )
    with pytest.raises(CalculationError) as caught:
        windows_of(model, records, **kwargs)
    assert (caught.value.subject, caught.value.timestamp) == (59, (2000 - 31 * 59) * 1000)


FAULT = 200_000


def failing():
    """Subject 0 is simulated up to its fault before busier subjects shorten the window; others wake then, too."""
    step = Transition(
        "step", "on", every="100 s if index < 64 else 1 s", do="number = 1 // (tick < late)", emit=["one", "other"]
    )
    return Model(
        name="failing",
        subjects=Population("user", 160, {"late": "200 if index == 0 else 10**9", "number": 0}),
        states=["on"],
        initial="on",
        transitions=[step],
        streams={name: Stream({"i": "index", "number": "number"}) for name in ("one", "other")},
        clock=Clock(0, 1000, 400),
    )


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 3])
def test_a_window_that_ends_at_the_moment_of_a_fault_is_complete(workers):
    """The fault is known before the window, but belongs to the next one."""
    known = make_engine(program_of(failing()), SEED, engine="interpreted")
    engine = make_engine(program_of(failing()), SEED, engine="compiled", workers=workers)
    engine.records, windows = 100, []
    while engine.tick < FAULT:
        windows.append(engine.window(FAULT if windows else 2 * FAULT))
    assert engine._runner.ranges[0].fault[2] == FAULT
    assert len(windows) > 1
    assert keyed_records_of(windows) == keyed_records_of([known.window(FAULT)])
    with pytest.raises(CalculationError) as caught:
        engine.window(FAULT + 1)
    assert (caught.value.subject, caught.value.timestamp) == (0, FAULT)
    engine.close()


@pytest.mark.slow
def test_row_numbers_have_64_bits_if_a_window_needs_them(monkeypatch, whole):
    wide = windows_of(bursting(), 10**9, engine="compiled")
    monkeypatch.setattr(counting_sort, "SHORT", 0)
    assert records_and_events(windows_of(bursting(), 10**9, engine="compiled")) == records_and_events(wide) == whole


def test_the_bounds_of_a_window_shrink_to_what_the_remaining_subjects_can_produce():
    window = WindowEnd(100, 1100, [30, 70])
    window.walked(0, 30)
    window.walked(1, 10)
    window.shorten()
    assert window.end == 100 + 1000 * 40 // (2 * 60)
    window.walked(1, 70)
    window.shorten()
    assert window.end == 100 + 333 // 2
    for _ in range(20):
        window.shorten()
    assert window.is_one_tick


def test_a_window_without_simulated_ticks_becomes_one_tick():
    window = WindowEnd(7, 1000, [5])
    window.shorten()
    assert (window.end, window.is_one_tick) == (8, True)
