"""Runs with an ID into ledgers, which a test can kill and resume."""

from functools import cache

import pytest

from doge_datagen.sinks.memory_batches import MemoryBatchSink
from tests.engine.models import model_named
from tests.run.ledger import DieAtCall, Ledger, rows_of

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


def ledgers(model=None):
    return {stream: Ledger() for stream in (model or bank()).streams}


def run(destinations, model=None, *, run_id="name", seed=SEED, commit_every=0, **kwargs):
    sinks = {stream: it.sink() if isinstance(it, Ledger) else it for stream, it in destinations.items()}
    return (model or bank()).run(sinks, seed=seed, run_id=run_id, commit_every=commit_every, **kwargs)


def rows(destinations):
    return {stream: it.rows for stream, it in destinations.items() if isinstance(it, Ledger)}


def kill(ledger, at, *, after=False):
    setattr(ledger, "after" if after else "before", DieAtCall(at))


def heal(ledger):
    ledger.before = ledger.after = lambda: None
