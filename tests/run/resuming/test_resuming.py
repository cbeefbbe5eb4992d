"""Runs with an ID that are interrupted anywhere and resumed deliver the same as an uninterrupted run."""

import json
import sqlite3
import threading
from collections import Counter
from dataclasses import replace
from functools import cache, partial

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.errors import DeliveryError, ModelError, SinkError, UnknownTargetError, UnreachableError
from doge_datagen.run.delivery import delivery
from doge_datagen.run.delivery.retry import Retry
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.transactional import Position
from tests.engine.models import model_named
from tests.run.ledger import Killed, Ledger, rows_of
from tests.run.wall import Wall

SEED = 2022


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """Give each test a machine of its own, as two runs with the same ID exclude each other on one machine."""
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "machine"))
    return tmp_path / "machine"


@pytest.fixture(params=[False, True], ids=["in turn", "beside"])
def each_way(monkeypatch, request):
    """Destinations that commit one after another, and concurrently."""
    monkeypatch.setattr(Ledger, "own_thread", request.param)


def bank():
    return model_named("bank").resized(subjects=20, ticks=1000)


def uninterrupted(model=None, seed=SEED):
    """The rows of a run without an ID, by stream."""
    sinks = {stream: MemoryBatchSink() for stream in (model or bank()).streams}
    (model or bank()).run(sinks, seed=seed)
    return {stream: [row for batch in sink.batches for row in rows_of(batch)] for stream, sink in sinks.items()}


@cache
def long_run():
    """The rows of an uninterrupted run of :func:`bank`."""
    return uninterrupted()


@cache
def short_run():
    """The rows of a run with 90 ticks."""
    return uninterrupted(model_named("bank"))


def ledgers(model=None):
    return {stream: Ledger() for stream in (model or bank()).streams}


def run(destinations, model=None, *, run_id="name", seed=SEED, commit_every=0, **kwargs):
    sinks = {stream: it.sink() if isinstance(it, Ledger) else it for stream, it in destinations.items()}
    return (model or bank()).run(sinks, seed=seed, run_id=run_id, commit_every=commit_every, **kwargs)


def rows(destinations):
    return {stream: it.rows for stream, it in destinations.items() if isinstance(it, Ledger)}


class DieAtCall:
    """Kills the process at the n-th call."""

    def __init__(self, at):
        self.left = at

    def __call__(self):
        self.left -= 1
        if self.left == 0:
            raise Killed


def kill(ledger, at, *, after=False):
    setattr(ledger, "after" if after else "before", DieAtCall(at))


def heal(ledger):
    ledger.before = ledger.after = lambda: None


@pytest.mark.usefixtures("each_way")
def test_a_run_with_an_id_equals_one_without():
    destinations = ledgers()
    report = run(destinations, window=100)
    assert rows(destinations) == long_run()
    assert {it.delivered for it in report.sinks} == {len(it) for it in long_run().values()}
    assert {it.position.ticks for it in destinations.values()} == {1000}


@pytest.mark.slow
@pytest.mark.usefixtures("each_way")
@given(data=st.data())
@settings(max_examples=15)
def test_a_run_killed_at_any_commit_resumes_exactly_there(data):
    model = model_named("bank")
    destinations = ledgers()
    for _ in range(data.draw(st.integers(1, 4), "kills")):
        victim = destinations[data.draw(st.sampled_from(sorted(destinations)), "victim")]
        kill(victim, data.draw(st.integers(1, 4), "at"), after=data.draw(st.booleans(), "after"))
        window = data.draw(st.sampled_from([None, 7, 31]), "window")
        try:
            run(destinations, model, window=window, engine="interpreted")
        except Killed:
            heal(victim)
    run(destinations, model, window=data.draw(st.sampled_from([None, 17]), "last window"), engine="interpreted")
    assert rows(destinations) == short_run()


@pytest.mark.slow
@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize("engine", ["compiled", "interpreted"])
def test_each_destination_has_its_own_position_and_in_the_end_they_agree(engine):
    destinations = ledgers()
    kill(destinations["loan"], 3)
    with pytest.raises(Killed):
        run(destinations, window=100, engine="interpreted")
    heal(destinations["loan"])
    assert {it.position.ticks for it in destinations.values()} == {200, 300}
    run(destinations, engine=engine, workers=2)
    assert rows(destinations) == long_run()


def test_what_a_destination_already_has_is_not_delivered_again():
    destinations = ledgers()
    run(destinations, bank().resized(ticks=300), window=100)
    report = run(destinations, window=100)
    assert report.first_tick == 300
    assert [it.generated for it in report.sinks] == [it.delivered for it in report.sinks]
    assert rows(destinations) == long_run()


def test_resuming_a_finished_run_does_nothing():
    destinations = ledgers()
    run(destinations)
    commits = [list(it.commits) for it in destinations.values()]
    report = run(destinations)
    assert (report.events, report.ticks, report.first_tick) == (0, 1000, 1000)
    assert [it.commits for it in destinations.values()] == commits
    assert rows(destinations) == long_run()


def test_a_finished_run_reports_progress_when_resumed():
    destinations, message = ledgers(), []
    run(destinations)
    report = run(destinations, progress=message.append)
    (last,) = message
    assert (last.ticks_done, last.ticks, last.events, last.subjects) == (1000, 1000, 0, {})
    assert last.positions == dict.fromkeys(destinations, 1000)
    assert report.events == 0


def test_a_run_resumes_after_its_code_was_reformatted():
    """Its effect has not changed."""
    destinations, model = ledgers(), bank()
    run(destinations, model.resized(ticks=300))
    transitions = [it if it.do is None else replace(it, do=f"# as it was\n{it.do}") for it in model.transitions]
    run(destinations, replace(model, transitions=transitions))
    assert rows(destinations) == long_run()


def test_a_destination_added_later_gets_all_records():
    destinations = ledgers()
    run({"trx": destinations["trx"]})
    run(destinations)
    assert rows(destinations) == long_run()


def test_a_stopped_run_has_committed_everything_it_counts():
    destinations = ledgers()
    report = run(destinations, window=50, commit_every=1000, stop=lambda: True)
    assert {it.position.ticks for it in destinations.values()} == {report.ticks} == {50}
    run(destinations)
    assert rows(destinations) == long_run()


def test_the_original_seed_is_used_if_none_is_given():
    destinations = ledgers()
    first = run(destinations, bank().resized(ticks=300), seed=None)
    second = run(destinations, seed=None)
    assert first.seed == second.seed
    assert rows(destinations) == uninterrupted(seed=first.seed)


def test_the_original_start_is_used_if_none_or_now_is_given():
    destinations = ledgers()
    first = run(destinations, bank().resized(ticks=3), pace="1000000x", start="now")
    for start in ("now", None):
        assert run(destinations, bank().resized(ticks=5), pace="1000000x", start=start).start == first.start


def starting(model, moment):
    """The model with a different start."""
    return replace(model, clock=replace(model.clock, start=moment))


def test_a_start_of_the_model_that_has_changed_is_refused():
    destinations = ledgers()
    run(destinations, bank().resized(ticks=50))
    before = {stream: list(it.rows) for stream, it in destinations.items()}
    with pytest.raises(
        ModelError, match=r"a run with clock\.start 2022-02-11T03:21:48Z, not 1970-01-01T00:00:00Z\. Hint: use the same"
    ):
        run(destinations, starting(bank(), 0))
    assert rows(destinations) == before


def test_an_overridden_start_of_the_model_may_change():
    destinations = ledgers()
    run(destinations, bank().resized(ticks=300), start=bank().clock.start)
    run(destinations, starting(bank(), 0))
    assert rows(destinations) == long_run()


def test_an_explicit_start_takes_precedence_over_the_models():
    destinations = ledgers()
    run(destinations, bank().resized(ticks=300))
    run(destinations, starting(bank(), 0), start=bank().clock.start)
    run(destinations)
    assert rows(destinations) == long_run()


def test_streams_with_swapped_folders_are_refused(tmp_path):
    run({"trx": str(tmp_path / "a.csv"), "loan": str(tmp_path / "b.csv")}, bank().resized(ticks=300))
    before = sorted(it.name for it in tmp_path.glob("*.csv/*"))
    with pytest.raises(
        UnknownTargetError, match=r"has the records of the stream 'loan', not 'trx'. Hint: name the path"
    ):
        run({"trx": str(tmp_path / "b.csv"), "loan": str(tmp_path / "a.csv")})
    with pytest.raises(
        UnknownTargetError, match=r"has the records of the stream 'trx', not 'loan'. Hint: name the path"
    ):
        run({"loan": str(tmp_path / "a.csv")})
    assert sorted(it.name for it in tmp_path.glob("*.csv/*")) == before


def rarer(model):
    """The transitions of a model, the last with a smaller probability."""
    return [*model.transitions[:-1], replace(model.transitions[-1], probability=1)]


DIFFERENCES = {
    "seed 2022, not 7": {"seed": 7},
    "start 2022-02-11T03:21:48Z, not 1970-01-01T00:00:00Z": {"start": 0},
    "model 'bank', not 'other'": {"model": lambda: replace(bank(), name="other")},
    "different subjects from the model's": {"model": lambda: bank().resized(subjects=11)},
    "different transitions from the model's": {"model": lambda: replace(bank(), transitions=rarer(bank()))},
}


@pytest.mark.parametrize("message", DIFFERENCES)
def test_a_different_run_is_refused_with_the_difference(message):
    destinations = ledgers()
    run(destinations, bank().resized(ticks=50))
    before = {stream: list(it.rows) for stream, it in destinations.items()}
    given = DIFFERENCES[message]
    with pytest.raises(ModelError) as caught:
        run(
            destinations,
            given["model"]() if "model" in given else None,
            **{k: v for k, v in given.items() if k != "model"},
        )
    assert str(caught.value).startswith("run_id: 'name' is, at the destination of stream ")
    assert message in str(caught.value)
    assert rows(destinations) == before


def test_a_different_run_does_not_disturb_a_running_one(monkeypatch, tmp_path):
    destinations = ledgers()

    def elsewhere():
        if any(it.position for it in destinations.values()):
            heal(destinations["clickstream"])
            with monkeypatch.context() as machine:
                machine.setenv("DOGE_STATE_DIR", str(tmp_path))
                with pytest.raises(ModelError, match="different transitions from the model's"):
                    run(destinations, replace(bank(), transitions=rarer(bank())))

    destinations["clickstream"].before = elsewhere
    run(destinations, window=100)
    assert rows(destinations) == long_run()


@pytest.mark.parametrize("driver", ["sqlite", "duckdb"])
def test_a_database_is_not_claimed_for_a_different_run(tmp_path, driver):
    destinations = {"trx": f"{driver}:///{tmp_path}/bank.db"}
    run(destinations, bank().resized(ticks=50))
    with pytest.raises(ModelError, match="seed 2022, not 7"):
        run(destinations, seed=7)
    connection = (sqlite3 if driver == "sqlite" else duckdb).connect(str(tmp_path / "bank.db"))
    assert connection.execute("SELECT epoch FROM doge_position").fetchall() == [(1,)]
    connection.close()


def test_a_position_identifies_its_run():
    destinations = ledgers()
    run(destinations)
    said = json.loads(destinations["trx"].position.of)
    assert (said["model"], said["seed"], said["start"], said["tick"]) == ("bank", SEED, bank().clock.start, 60_000)


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", "a b", "x" * 101, "ü", 7])
def test_an_id_that_cannot_be_a_folder_name_is_refused(name):
    with pytest.raises(ModelError, match=r"run_id: .* is not a valid run ID. Hint: use up to 100 letters"):
        run(ledgers(), run_id=name)


def test_one_machine_allows_one_run_per_id_at_a_time():
    destinations, inner = ledgers(), []

    def again():
        with pytest.raises(SinkError) as caught:
            run(ledgers(), bank().resized(ticks=1))
        inner.append(str(caught.value))

    destinations["trx"].before = again
    run(destinations, bank().resized(ticks=1))
    assert inner == [
        "run name: another process on this machine is running it. Hint: wait until it ends, or use another run ID"
    ]


@pytest.mark.usefixtures("each_way")
def test_of_two_runs_on_two_machines_the_later_one_continues(monkeypatch, tmp_path):
    destinations = ledgers()

    def elsewhere():
        heal(destinations["clickstream"])
        with monkeypatch.context() as machine:
            machine.setenv("DOGE_STATE_DIR", str(tmp_path))
            run(destinations)

    destinations["clickstream"].before = elsewhere
    with pytest.raises(SinkError, match="another process has taken over"):
        run(destinations, window=100)
    assert rows(destinations) == long_run()


@pytest.mark.usefixtures("each_way")
def test_transient_errors_are_retried_and_reported(caplog):
    destinations, connection_errors = ledgers(), []
    failures = iter([True, True, False] * 1000)

    def away():
        if next(failures):
            raise UnreachableError("ledger", "nobody answers")

    destinations["trx"].before = away
    run(destinations, window=400, progress=lambda it: connection_errors.append(it.connection_errors))
    assert rows(destinations) == long_run()
    assert connection_errors[-1] == {"UnreachableError": 6}
    assert "ledger: nobody answers; retrying for at most 60 s" in caplog.text
    assert "it succeeded after 3 attempts" in caplog.text


@pytest.fixture
def fake_clock(monkeypatch):
    """Give retries a fake clock, which advances only during pauses."""
    wall = Wall(0.0)
    monkeypatch.setattr("doge_datagen.run.model_run.Retry", partial(Retry, now=wall.now, pause=wall.sleep))


@pytest.mark.usefixtures("each_way", "fake_clock")
def test_patience_is_limited():
    destinations = ledgers()

    def away():
        raise UnreachableError("ledger", "nobody answers")

    destinations["trx"].before = away
    with pytest.raises(UnreachableError, match="nobody answers") as caught:
        run(destinations, patience=8)
    assert caught.value.__notes__ == ["tried 8 times in 8 s"]
    heal(destinations["trx"])
    run(destinations)
    assert rows(destinations) == long_run()


def test_destinations_commit_concurrently(monkeypatch):
    monkeypatch.setattr(Ledger, "own_thread", True)
    destinations, all_at_once = ledgers(), threading.Barrier(4, timeout=240)
    for ledger in destinations.values():
        ledger.before = all_at_once.wait
    run(destinations, window=400)
    assert rows(destinations) == long_run()
    assert {ledger.position.ticks for ledger in destinations.values()} == {1000}


def test_ctrl_c_waits_for_ongoing_commits(monkeypatch):
    monkeypatch.setattr(Ledger, "own_thread", True)
    destinations, go_on, pressed = ledgers(), threading.Event(), []
    for ledger in destinations.values():
        ledger.before = lambda: go_on.wait(60)
    shutdown = delivery.ThreadPoolExecutor.shutdown

    def interrupted(threads, *args, **kwargs):
        if threads._thread_name_prefix == "doge-commit" and len(pressed) < 3:
            pressed.append(1)
            raise KeyboardInterrupt
        go_on.set()
        shutdown(threads, *args, **kwargs)

    def result(*_):
        raise KeyboardInterrupt

    carried = delivery.Delivery({stream: it.sink() for stream, it in destinations.items()}, 0, Retry(0))
    carried.claim()
    monkeypatch.setattr(delivery.Future, "result", result)
    monkeypatch.setattr(delivery.ThreadPoolExecutor, "shutdown", interrupted)
    with pytest.raises(KeyboardInterrupt):
        carried.commit(400, "of")
    assert len(pressed) == 3
    assert all(ledger.position == Position(400, "of") for ledger in destinations.values()), "nobody is at work any more"


def test_a_sink_that_commits_concurrently_with_a_failing_one_gets_its_position(monkeypatch):
    monkeypatch.setattr(Ledger, "own_thread", True)
    destinations, message = ledgers(), []

    def broken():
        raise SinkError("ledger", "is full")

    def out_of_order():
        raise SinkError("ledger", "is out of order")

    destinations["clickstream"].before, destinations["loan"].before = broken, out_of_order
    with pytest.raises(SinkError, match="is full") as caught:
        run(destinations, window=400, progress=message.append)
    assert caught.value.__notes__ == ["and ledger: is out of order"]
    assert message[-1].positions == {"clickstream": 0, "trx": 400, "balance": 400, "loan": 0}
    for ledger in destinations.values():
        heal(ledger)
    run(destinations)
    assert rows(destinations) == long_run()


def test_a_sink_without_a_position_gets_records_from_the_lowest_position_with_a_warning(caplog):
    destinations = {**ledgers(), "loan": MemoryBatchSink()}
    run(destinations, bank().resized(ticks=600))
    assert "loan" in caplog.text
    assert "at least once" in caplog.text
    destinations["loan"] = MemoryBatchSink()
    kill(destinations["trx"], 2)
    with pytest.raises(Killed):
        run(destinations, window=100)
    seen = [row for batch in destinations["loan"].batches for row in rows_of(batch)]
    heal(destinations["trx"])
    destinations["loan"] = MemoryBatchSink()
    run(destinations)
    seen += [row for batch in destinations["loan"].batches for row in rows_of(batch)]
    late = [row for row in long_run()["loan"] if row[0] >= bank().clock.timestamp(600)]
    assert not Counter(late) - Counter(seen)
    assert rows(destinations) == {stream: it for stream, it in long_run().items() if stream != "loan"}


class Buffering(MemoryBatchSink):
    """Buffers everything accepted since the last flush, which a killed process loses."""

    def __init__(self):
        super().__init__()
        self.held = []

    def write(self, batch):
        self.held.append(batch)

    def flush(self):
        self.batches += self.held
        self.held = []

    def close(self):
        self.flush()


class Dying(Buffering):
    """Its process is killed, so its buffer never arrives."""

    def close(self):
        self.held = []


def test_a_buffering_sink_loses_no_records_that_others_have_committed():
    destinations = {**ledgers(), "loan": Dying()}
    kill(destinations["trx"], 3)
    with pytest.raises(Killed):
        run(destinations, window=100)
    heal(destinations["trx"])
    seen = [row for batch in destinations["loan"].batches for row in rows_of(batch)]
    destinations["loan"] = Buffering()
    run(destinations)
    seen += [row for batch in destinations["loan"].batches for row in rows_of(batch)]
    assert not Counter(long_run()["loan"]) - Counter(seen)


def test_a_run_without_an_id_never_calls_flush():
    sink = Dying()
    with pytest.raises(DeliveryError):
        bank().run({"loan": sink}, seed=SEED)
    assert sink.batches == []


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_run_without_ticks_creates_empty_destinations(tmp_path, form):
    files = {stream: tmp_path / f"{stream}.{form}" for stream in bank().streams}
    destinations = {stream: str(path) for stream, path in files.items()}
    run(destinations, bank().resized(ticks=0))
    assert [len(list(path.glob(f"part-*.{form}"))) for path in files.values()] == [1] * len(files)
    run(destinations, bank().resized(ticks=0))
    report = run(destinations)
    assert [it.delivered for it in report.sinks] == [len(long_run()[it.stream]) for it in report.sinks]


def test_there_is_a_commit_at_the_end_even_before_the_interval_has_passed():
    destinations = {"trx": Ledger()}
    run(destinations, window=100, commit_every=100_000)
    assert destinations["trx"].commits == [1000]


def test_the_summary_has_the_commit_lag():
    half_a_second = "120000x"  # for a thousand minutes
    report = run({"trx": Ledger()}, pace=half_a_second, commit_every=1000)
    assert report.pace.commit_lag_max >= 0.35, "what was due after a tenth of a second was committed at the end"
    assert report.pace.commit_lag_max > report.pace.lag_max
    unnamed = bank().run({"trx": MemoryBatchSink()}, seed=SEED, pace=half_a_second)
    assert (unnamed.pace.lag_max is None, unnamed.pace.commit_lag_max) == (False, None)


def simulated(monkeypatch):
    """The start ticks of simulated windows."""
    created, window = [], InterpretedEngine.window
    monkeypatch.setattr(
        InterpretedEngine,
        "window",
        lambda self, end, *, with_records=True: (
            created.append((self.tick, with_records)),
            window(self, end, with_records=with_records),
        )[1],
    )
    return created


@pytest.mark.parametrize("name", ["bank", "shop", "dice"])
def test_a_checkpoint_makes_resuming_nearly_free_and_changes_nothing(monkeypatch, name):
    model = model_named(name)
    middle = model.clock.ticks * 2 // 3
    destinations, expected = ledgers(model), uninterrupted(model)

    def far():
        return all(it.position and it.position.ticks >= middle for it in destinations.values())

    report = run(destinations, model, window=7, engine="interpreted", stop=far, checkpoint_every=0)
    created = simulated(monkeypatch)
    census = []
    run(destinations, model, window=7, engine="interpreted", progress=lambda it: census.append(it.subjects))
    assert min(tick for tick, message in created) >= report.ticks - 21
    assert rows(destinations) == expected
    whole = []
    model.run({next(iter(model.streams)): MemoryBatchSink()}, seed=SEED, progress=lambda it: whole.append(it.subjects))
    assert census[-1] == whole[-1]


@pytest.mark.parametrize("bytes_", [b"", b"no checkpoint", b"PK\x03\x04 broken"])
def test_an_unreadable_checkpoint_costs_only_time(monkeypatch, tmp_path, caplog, bytes_):
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path))
    destinations = ledgers()
    run(destinations, bank().resized(ticks=500))
    (tmp_path / "name" / "snapshot.npz").write_bytes(bytes_)
    run(destinations)
    assert rows(destinations) == long_run()
    assert "cannot be read, so everything is simulated again" in caplog.text


def test_a_checkpoint_of_a_shorter_run_is_not_used_for_a_longer_one(monkeypatch):
    destinations = ledgers()
    run(destinations, bank().resized(ticks=500), window=50, checkpoint_every=0)
    created = simulated(monkeypatch)
    run(destinations, window=50)
    assert min(tick for tick, _ in created) == 0
    assert rows(destinations) == long_run()


def test_an_unavailable_folder_is_a_warning(monkeypatch, tmp_path, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "file"))
    destinations = ledgers()
    run(destinations)
    assert rows(destinations) == long_run()
    assert "no checkpoints are kept" in caplog.text


def test_an_unwritable_folder_is_a_warning(machine, caplog):
    (machine / "name" / "_doge.lock").mkdir(
        parents=True
    )  # root ignores permissions, but cannot write a file over a folder
    destinations = ledgers()
    run(destinations)
    assert rows(destinations) == long_run()
    assert "no checkpoints are kept" in caplog.text
    assert "DOGE_STATE_DIR" in caplog.text


def test_no_thread_is_left_behind_by_a_killed_run():
    before = threading.active_count()
    destinations = ledgers()
    kill(destinations["trx"], 2)
    with pytest.raises(Killed):
        run(destinations, window=50)
    assert threading.active_count() == before
