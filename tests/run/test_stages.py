"""Runs with stages between engine and sinks: interrupted anywhere and resumed, they deliver the same records."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.errors import DeliveryError, ModelError
from doge_datagen.model.destination import Destination
from doge_datagen.run.model_run import run_model
from doge_datagen.run.resuming.checkpoint_store import CheckpointStore
from doge_datagen.run.run_config import RunConfig
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from tests.engine.models import model_named
from tests.run.ledger import DieAtCall, Killed, Ledger, rows_of
from tests.run.sample_stages import LateAndTwice, Passing, Truth, late_and_twice

SEED, DELAY, TICKS = 2022, 11, 60
NEVER = 1e9
"""Seconds between two checkpoints."""
ENGINES = [("interpreted", 1), ("compiled", 1), ("compiled", 3), ("auto", 2)]


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """Give each test a machine of its own, as two runs with the same ID exclude each other on one machine."""
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "machine"))
    return tmp_path / "machine"


def bank(ticks=TICKS):
    return model_named("bank").resized(ticks=ticks)


def stages(delay=DELAY):
    """A copy of the stream before its records are delayed and repeated."""
    return [Truth("trx"), LateAndTwice("trx", delay)]


def run(destinations, through=None, model=None, *, stop=None, **kwargs):
    sinks = {stream: it.sink() if isinstance(it, Ledger) else it for stream, it in destinations.items()}
    config = RunConfig(**{"seed": SEED, "engine": "interpreted"} | kwargs)
    return run_model(
        (model or bank()).program, sinks, config, stages=stages() if through is None else through, stop=stop
    )


def rows(sink):
    return sink.rows if isinstance(sink, Ledger) else [row for batch in sink.batches for row in rows_of(batch)]


def unstaged():
    """The rows of a run without stages, by stream."""
    sinks = {stream: MemoryBatchSink() for stream in bank().streams}
    run(sinks, [])
    return {stream: rows(sink) for stream, sink in sinks.items()}


PLAIN = unstaged()
MINUTE = bank().clock.tick_ms
WHOLE = PLAIN | {"truth": PLAIN["trx"], "trx": late_and_twice(PLAIN["trx"], DELAY * MINUTE, MINUTE)}


def ledgers():
    return {stream: Ledger() for stream in WHOLE}


def rows_by_stream(destinations):
    return {stream: rows(it) for stream, it in destinations.items()}


def in_memory():
    return {stream: MemoryBatchSink() for stream in WHOLE}


@pytest.mark.parametrize("window", [None, 1, 7])
@pytest.mark.parametrize(("engine", "workers"), ENGINES)
def test_the_output_of_stages_does_not_depend_on_engine_workers_or_windows(engine, workers, window):
    sinks = in_memory()
    run(sinks, engine=engine, workers=workers, window=window)
    assert rows_by_stream(sinks) == WHOLE


def test_a_stage_gets_the_output_of_the_previous_one():
    sinks = in_memory()
    run(sinks, stages()[::-1])
    assert rows_by_stream(sinks) == WHOLE | {"truth": WHOLE["trx"]}


def test_records_in_flight_after_the_last_tick_pass_the_following_stages():
    sinks = in_memory()
    run(sinks, [LateAndTwice("trx", 2 * TICKS), Truth("trx"), LateAndTwice("trx", 2)], window=10)
    late = late_and_twice(PLAIN["trx"], 2 * TICKS * MINUTE, MINUTE)
    assert rows(sinks["truth"]) == late
    assert len(rows(sinks["trx"])) == len(late) + -(-len(late) // LateAndTwice.twice)


def test_generated_emitted_and_delivered_counts_are_consistent():
    report = run(in_memory())
    assert {it.stream: (it.generated, it.emitted, it.delivered) for it in report.sinks} == {
        stream: (len(PLAIN.get(stream, ())), len(there), len(there)) for stream, there in WHOLE.items()
    }
    assert sum(report.transitions.values()) == report.events


class Forgetful(MemoryBatchSink):
    """Confirms one record fewer than it was given."""

    @property
    def delivered(self):
        return super().delivered - 1


def test_a_sink_that_delivers_less_than_was_emitted_is_an_error():
    with pytest.raises(DeliveryError) as caught:
        run({"trx": Forgetful()})
    emitted = len(WHOLE["trx"])
    assert (caught.value.accepted, caught.value.delivered) == (emitted, emitted - 1)


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "workers"), ENGINES)
@given(data=st.data())
@settings(max_examples=5)
def test_a_run_killed_at_any_commit_resumes_exactly_there(engine, workers, data):
    destinations = ledgers()
    kwargs = {"engine": engine, "workers": workers, "run_id": "name", "commit_every": 0}
    kwargs["checkpoint_every"] = data.draw(st.sampled_from([0, NEVER]), "checkpoints")
    for _ in range(data.draw(st.integers(1, 3), "kills")):
        victim = destinations[data.draw(st.sampled_from(sorted(destinations)), "victim")]
        moment = data.draw(st.sampled_from(["before", "after"]), "moment")
        setattr(victim, moment, DieAtCall(data.draw(st.integers(1, 5), "at")))
        with contextlib.suppress(Killed):
            run(destinations, window=data.draw(st.sampled_from([4, 7, 31]), "window"), **kwargs)
        victim.before = victim.after = lambda: None
    run(destinations, window=data.draw(st.sampled_from([None, 5]), "last window"), **kwargs)
    assert rows_by_stream(destinations) == WHOLE
    assert run(destinations, **kwargs).events == 0, "it is over"


def stopped_at(destinations, tick, *, checkpoint_every=NEVER, **kwargs):
    """Stop a run with an ID at a tick; returns its number of ticks."""
    kwargs = {"window": 6, "run_id": "name", "commit_every": 0, "checkpoint_every": checkpoint_every} | kwargs
    return run(
        destinations,
        stop=lambda: all(it.position and it.position.ticks >= tick for it in destinations.values()),
        **kwargs,
    )


def simulated(monkeypatch):
    """The start ticks of simulated windows."""
    created, window = [], InterpretedEngine.window

    def noted(engine, end, **kwargs):
        created.append(engine.tick)
        return window(engine, end, **kwargs)

    monkeypatch.setattr(InterpretedEngine, "window", noted)
    return created


def test_a_checkpoint_contains_records_in_flight_so_that_nothing_before_is_simulated_again(monkeypatch):
    destinations = ledgers()
    stopped = stopped_at(destinations, 30, checkpoint_every=0)
    assert 30 <= stopped.ticks < TICKS
    created = simulated(monkeypatch)
    run(destinations, window=6, run_id="name")
    assert min(created) >= 24
    assert rows_by_stream(destinations) == WHOLE


@pytest.mark.parametrize(("engine", "workers"), ENGINES)
def test_without_a_checkpoint_records_in_flight_are_simulated_again(engine, workers):
    destinations = ledgers()
    stopped = stopped_at(destinations, 30, engine=engine, workers=workers)
    assert 30 <= stopped.ticks < TICKS
    resumed = run(destinations, run_id="name", engine=engine, workers=workers)
    assert resumed.first_tick == stopped.ticks
    assert rows_by_stream(destinations) == WHOLE


@pytest.mark.parametrize("change", ["refuses", "half restored"])
def test_an_unusable_state_leads_to_simulating_again(monkeypatch, caplog, change):
    destinations, restore = ledgers(), LateAndTwice.restore
    stopped_at(destinations, 30, checkpoint_every=0)

    def refused(stage, state):
        if change == "half restored":
            restore(stage, state)
        raise ValueError("of another version")

    monkeypatch.setattr(LateAndTwice, "restore", refused)
    created = simulated(monkeypatch)
    run(destinations, window=6, run_id="name")
    assert min(created) == 0
    assert "cannot continue from its checkpoint, so everything is simulated again: of another version" in caplog.text
    assert rows_by_stream(destinations) == WHOLE


def test_a_checkpoint_of_fewer_stages_is_not_continued(monkeypatch, caplog):
    destinations = ledgers()
    stopped_at(destinations, 30, checkpoint_every=0)
    taken = CheckpointStore.kept
    monkeypatch.setattr(CheckpointStore, "kept", lambda *it: taken(*it)._replace(stages=(b"",)))
    run(destinations, window=6, run_id="name")
    assert "so everything is simulated again" in caplog.text
    assert rows_by_stream(destinations) == WHOLE


def test_a_stopped_run_emits_the_records_that_have_arrived():
    sinks = in_memory()
    run(sinks, window=20, stop=lambda: True)
    there, truth = rows(sinks["trx"]), rows(sinks["truth"])
    assert there == WHOLE["trx"][: len(there)]
    assert truth == [row for row in WHOLE["truth"] if row[0] < bank().clock.timestamp(20)]
    assert there[-1] in truth
    assert set(truth) - set(there), "some are in flight"


@pytest.mark.parametrize(
    ("through", "message"),
    [
        (lambda: [Truth("trx")], r"the stages \['truth of trx .*', '11 ticks .*'\], not \['truth of trx into truth'\]"),
        (lambda: stages(delay=3), "the stages .*, '11 ticks late.*, not .*, '3 ticks late"),
    ],
)
def test_a_run_with_different_stages_is_refused(through, message):
    destinations = ledgers()
    stopped_at(destinations, 30)
    before = rows_by_stream(destinations)
    with pytest.raises(ModelError, match=message):
        run(destinations, through(), run_id="name")
    assert rows_by_stream(destinations) == before


def test_added_and_removed_stages_are_refused():
    destinations = {"trx": Ledger()}
    stopped_at(destinations, 30, through=[Passing()])
    with pytest.raises(ModelError, match=r"the stages \['passing'\], not \[\]"):
        run(destinations, [], run_id="name")
    other = {"trx": Ledger()}
    stopped_at(other, 30, through=[])
    with pytest.raises(ModelError, match=r"the stages \[\], not \['passing'\]"):
        run(other, [Passing()], run_id="name")


def test_a_run_with_delayed_records_cannot_be_extended_after_its_end():
    destinations = ledgers()
    run(destinations, run_id="name")
    with pytest.raises(ModelError, match="ticks 60, not 90"):
        run(destinations, model=bank(90), run_id="name")


def test_a_run_without_delays_can_be_extended():
    destinations = {"trx": Ledger(), "truth": Ledger()}
    run(destinations, [Truth("trx")], bank(30), run_id="name")
    run(destinations, [Truth("trx")], run_id="name")
    assert rows_by_stream(destinations) == {"trx": PLAIN["trx"], "truth": PLAIN["trx"]}


@pytest.mark.parametrize("pace", ["600000x", "1000000/s"])
def test_a_pace_does_not_change_the_output_of_stages(pace):
    sinks = in_memory()
    run(sinks, pace=pace)
    assert rows_by_stream(sinks) == WHOLE


class Curious(Passing):
    """A stage that needs hidden columns."""

    hidden = ("subject", "transition")

    def window(self, window):
        self.asked += [(stream, batch) for stream, batch in window.batches]
        return window


@pytest.mark.parametrize(("engine", "workers"), ENGINES)
def test_a_stage_sees_hidden_columns_and_a_sink_does_not(engine, workers):
    sinks, curious = in_memory(), Curious()
    run(sinks, [curious, *stages()], engine=engine, workers=workers)
    seen = [batch for stream, batch in curious.asked[1:-1] if stream == "trx"]
    assert {str(batch.hidden["transition"].type) for batch in seen} == {"int32"}
    subjects = [number for batch in seen for number in batch.hidden["subject"].to_pylist()]
    users = [user for batch in seen for user in batch.records["user_id"].to_pylist()]
    assert [str(number) for number in subjects] == [str(user) for user in users]
    assert all(not batch.hidden for sink in sinks.values() for batch in sink.batches)


def test_an_unknown_hidden_column_is_an_error():
    unknown = Passing()
    unknown.hidden = ("height",)
    with pytest.raises(ValueError, match="there is no hidden column 'height', only subject, transition"):
        run({"trx": MemoryBatchSink()}, [unknown])


def test_a_stage_gets_each_window_once_and_is_flushed_after_the_last():
    passing = Passing()
    run({"trx": MemoryBatchSink()}, [passing], window=20)
    assert passing.asked == ["begin", (0, 20), (20, 40), (40, 60), "flush"]


def test_a_resumed_run_passes_earlier_windows_to_a_stage():
    destinations, passing = {"trx": Ledger()}, Passing()
    stopped_at(destinations, 40, through=[Passing()], window=20)
    run(destinations, [passing], run_id="name", window=20)
    assert passing.asked == ["begin", (0, 20), (20, 40), (40, 60), "flush"]
    assert rows_by_stream(destinations) == {"trx": PLAIN["trx"]}


def test_records_keep_their_keys_and_headers_in_a_stage():
    model, sinks = model_named("shop"), {}
    for name, through in {"plain": [], "staged": [LateAndTwice("sales", 1)]}.items():
        sinks[name] = MemoryBatchSink()
        run({"sales": sinks[name]}, through, model)
    (plain, staged) = (
        {(*row, key, *headers) for batch in sink.batches for row, key, *headers in whole(batch)}
        for sink in sinks.values()
    )
    assert plain == staged


def whole(batch):
    return zip(rows_of(batch), batch.keys.to_pylist(), *(it.to_pylist() for it in batch.headers.values()), strict=True)


def test_arrival_times_ascend_within_a_stream_and_belong_to_their_window():
    late, arrivals = LateAndTwice("trx", DELAY), []
    clock = bank().clock

    class Looking(Passing):
        def window(self, window):
            for stream, batch in window.batches:
                if stream == "trx":
                    come = batch.arrivals.cast("int64").to_pylist()
                    assert all(clock.timestamp(window.start) <= it < clock.timestamp(window.end) for it in come) or (
                        window.end == clock.ticks
                    )
                    arrivals.extend(come)
            return window

    run({"trx": MemoryBatchSink()}, [late, Looking()], window=7)
    assert arrivals == sorted(arrivals)
    assert len(arrivals) == len(WHOLE["trx"])


def test_a_destination_of_an_added_stream_is_opened_with_its_schema(tmp_path):
    run({"truth": Destination.of(str(tmp_path / "truth.csv"))})
    assert (tmp_path / "truth.csv").read_text().count("\n") == len(WHOLE["truth"]) + 1
