"""Commits of a run to several destinations: retried, concurrent, interrupted, and with sinks that buffer."""

import threading
from collections import Counter
from functools import partial

import pytest

from doge_datagen.errors import DeliveryError, SinkError, UnreachableError
from doge_datagen.run.delivery import delivery
from doge_datagen.run.delivery.retry import Retry
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.transactional import Position
from tests.run.ledger import Killed, Ledger, rows_of
from tests.run.resuming.named_runs import SEED, bank, each_way, heal, kill, ledgers, long_run, machine, rows, run
from tests.run.wall import Wall

__all__ = ["each_way", "machine"]  # fixtures, the second one for each test here


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
