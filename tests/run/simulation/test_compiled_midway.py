"""A run that switches engines midway can be stopped, killed, resumed and paced like any other."""

from functools import partial

import pytest

from doge_datagen.engine.background_compilation import Compilation
from doge_datagen.run.reporting.report import Progress
from doge_datagen.run.simulation import interpreted_then_compiled as switching
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from tests.engine.models import model_named
from tests.run.ledger import Killed, Ledger, rows_of

SEED = 2022


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """Give each test a machine of its own, on which a run is compiled after its first window."""
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "machine"))
    monkeypatch.setattr(switching, "few_attempts", lambda spec: 0)
    monkeypatch.setattr(switching, "Rate", partial(switching.Rate, most=0.0, over=0.0))
    monkeypatch.setattr(switching, "Compilation", AtOnce)


class AtOnce(Compilation):
    """A fake compilation that is ready immediately."""

    def __init__(self, make):
        super().__init__(make)
        self._thread.join()


def bank():
    return model_named("bank").resized(ticks=300)


def uninterrupted():
    sinks = {stream: MemoryBatchSink() for stream in bank().streams}
    bank().run(sinks, seed=SEED, engine="interpreted")
    return {stream: [row for batch in it.batches for row in rows_of(batch)] for stream, it in sinks.items()}


def run(destinations, **kwargs):
    sinks = {stream: it.sink() for stream, it in destinations.items()}
    return bank().run(sinks, seed=SEED, run_id="name", commit_every=0, checkpoint_every=0, window=10, **kwargs)


class After:
    """Stops or kills the run after a number of calls."""

    def __init__(self, times, died=None):
        self.left, self.died = times, died

    def __call__(self):
        self.left -= 1
        if self.left == 0 and self.died is not None:
            raise self.died
        return self.left <= 0


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("times", [1, 2, 3, 9])
@pytest.mark.parametrize("died", [None, Killed], ids=["stopped", "killed"])
def test_a_run_resumes_where_it_was_stopped_or_killed(times, workers, died):
    destinations = {stream: Ledger() for stream in bank().streams}
    if died is None:
        report = run(destinations, stop=After(times), workers=workers)
        assert not report.complete
    else:
        with pytest.raises(Killed):
            run(destinations, stop=After(times, Killed()), workers=workers)
    report = run(destinations, workers=workers)
    assert report.complete
    assert "compiled from tick" in report.engine
    assert {stream: it.rows for stream, it in destinations.items()} == uninterrupted()


@pytest.mark.parametrize("pace", ["360000x", "100000/s"])
def test_a_pace_is_kept_across_the_switch(pace):
    sinks = {stream: MemoryBatchSink() for stream in bank().streams}
    report = bank().run(sinks, seed=SEED, pace=pace, window=10)
    assert "compiled from tick" in report.engine
    rows = {stream: [row for batch in it.batches for row in rows_of(batch)] for stream, it in sinks.items()}
    assert rows == uninterrupted()


def test_progress_reports_compilation_before_a_run_starts():
    reports: list[Progress] = []
    sinks = {stream: MemoryBatchSink() for stream in bank().streams}
    report = bank().run(sinks, seed=SEED, engine="compiled", progress=reports.append)
    assert (reports[0].compiling, reports[0].ticks_done) == (True, 0)
    assert [it.compiling for it in reports[1:]] == [False] * (len(reports) - 1)
    assert (report.engine, report.compiled_in > 0) == ("compiled", True)
