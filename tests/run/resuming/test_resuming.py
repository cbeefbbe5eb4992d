"""Runs with an ID that are interrupted anywhere and resumed deliver the same as an uninterrupted run."""

import threading
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.errors import ModelError
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from tests.engine.models import model_named
from tests.run.ledger import Killed
from tests.run.resuming.named_runs import (
    SEED,
    bank,
    each_way,
    heal,
    kill,
    ledgers,
    long_run,
    machine,
    rows,
    run,
    uninterrupted,
)

__all__ = ["each_way", "machine"]  # fixtures, the second one for each test here


@cache
def short_run():
    """The rows of a run with 90 ticks."""
    return uninterrupted(model_named("bank"))


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


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_run_without_ticks_creates_empty_destinations(tmp_path, form):
    files = {stream: tmp_path / f"{stream}.{form}" for stream in bank().streams}
    destinations = {stream: str(path) for stream, path in files.items()}
    run(destinations, bank().resized(ticks=0))
    assert [len(list(path.glob(f"part-*.{form}"))) for path in files.values()] == [1] * len(files)
    run(destinations, bank().resized(ticks=0))
    report = run(destinations)
    assert [it.delivered for it in report.sinks] == [len(long_run()[it.stream]) for it in report.sinks]


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
