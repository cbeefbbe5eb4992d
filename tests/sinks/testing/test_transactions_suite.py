"""The conformance suite detects broken resumable sinks."""

import pyarrow as pa
import pytest

from doge_datagen.batch import Batch
from doge_datagen.errors import SinkError
from doge_datagen.sinks.testing.samples import row_of
from doge_datagen.sinks.testing.transactions import COMMITTING_RULES, CommittingSinkUnderTest
from doge_datagen.sinks.transactional import BATCH_OVERHEAD_BYTES, CommittingSink, Position
from tests.run.ledger import Ledger, LedgerTransactions


class LosesTheFirstBatch(LedgerTransactions):
    def deliver(self, batches, position):
        super().deliver(batches[1:], position)


class WritesTwice(LedgerTransactions):
    def deliver(self, batches, position):
        super().deliver([*batches, *batches], position)


class StoresNoPosition(LedgerTransactions):
    def position(self):
        return None


class StoresALaterPosition(LedgerTransactions):
    def deliver(self, batches, position):
        super().deliver(batches, Position(position.ticks + 1, position.of))


class ForgetsItsRun(LedgerTransactions):
    def deliver(self, batches, position):
        super().deliver(batches, Position(position.ticks, ""))


class AllowsTwoWriters(LedgerTransactions):
    def deliver(self, batches, position):
        self.epoch = self.ledger.epoch
        super().deliver(batches, position)


class ChangesTheOrder(LedgerTransactions):
    def deliver(self, batches, position):
        super().deliver(list(batches)[::-1], position)


class IgnoresEmptyCommits(LedgerTransactions):
    def deliver(self, batches, position):
        if batches:
            super().deliver(batches, position)


class DeliversBeforeTheCommit(CommittingSink):
    def write(self, batch):
        self._transactions.ledger.batches.append(batch)


class DeliversWhenDiscarded(CommittingSink):
    def discard(self):
        self._transactions.ledger.batches += self._held
        super().discard()


def place(sink=CommittingSink, transactions=LedgerTransactions, *, shared_position=False):
    ledgers: dict[str, Ledger] = {}

    def make(run_id):
        name = "" if shared_position else run_id
        return sink("ledger", transactions(ledgers.setdefault(name, Ledger())))

    def read():
        batches = [batch for ledger in ledgers.values() for batch in ledger.batches]
        return [row_of(record) for batch in batches for record in batch.records.to_pylist()]

    return CommittingSinkUnderTest(make, read)


def broken(under_test_of):
    result = []
    for rule in COMMITTING_RULES:
        try:
            rule(under_test_of())
        except AssertionError:
            result.append(rule.__name__)
    return result


def test_a_correct_sink_follows_every_rule():
    assert broken(place) == []


@pytest.mark.parametrize(
    "wrong",
    [
        LosesTheFirstBatch,
        WritesTwice,
        StoresNoPosition,
        StoresALaterPosition,
        ForgetsItsRun,
        AllowsTwoWriters,
        ChangesTheOrder,
        IgnoresEmptyCommits,
    ],
)
def test_broken_transactions_are_detected(wrong):
    assert broken(lambda: place(transactions=wrong))


@pytest.mark.parametrize("wrong", [DeliversBeforeTheCommit, DeliversWhenDiscarded])
def test_a_sink_that_delivers_without_a_commit_is_detected(wrong):
    assert "what_is_not_committed_is_not_there" in broken(lambda: place(wrong))


def test_runs_that_share_a_position_are_detected():
    assert broken(lambda: place(shared_position=True)) == ["runs_do_not_see_each_other"]


def test_a_sink_buffers_records_until_they_are_committed():
    ledger = Ledger()
    sink = ledger.sink()
    sink.claim()
    batch = Batch(*sample())
    sink.write(batch)
    assert (sink.held, sink.delivered, ledger.batches) == (2, 0, [])
    sink.commit(Position(1, "x"))
    assert (sink.held, sink.delivered, ledger.batches) == (0, 2, [batch])


def test_a_sink_reports_the_size_of_its_buffer():
    ledger = Ledger()
    sink = ledger.sink()
    sink.claim()
    records, moments = sample()
    keyed = Batch(records, moments, pa.array(["a", "b"]), {"h": pa.array(["x", "y"])})
    assert sink.held_bytes == 0
    sink.write(Batch(records, moments))
    bare = sink.held_bytes
    assert bare == records.nbytes + moments.nbytes + BATCH_OVERHEAD_BYTES
    sink.write(keyed)
    beside = keyed.keys.nbytes + keyed.headers["h"].nbytes
    assert sink.held_bytes == 2 * bare + beside
    sink.commit(Position(1, "x"))
    assert sink.held_bytes == 0
    sink.write(keyed)
    sink.discard()
    assert (sink.held, sink.held_bytes) == (0, 0)


def test_a_failed_commit_keeps_its_buffer(monkeypatch):
    def away(*_):
        raise SinkError("the ledger", "away", transient=True)

    sink = Ledger().sink()
    sink.claim()
    sink.write(Batch(*sample()))
    held = sink.held, sink.held_bytes
    with monkeypatch.context() as patched:
        patched.setattr(LedgerTransactions, "deliver", away)
        with pytest.raises(SinkError):
            sink.commit(Position(1, "x"))
    assert (sink.held, sink.held_bytes) == held
    sink.commit(Position(1, "x"))
    assert (sink.held, sink.held_bytes, sink.delivered) == (0, 0, 2)


def sample():
    return pa.record_batch({"a": [1, 2]}), pa.array([0, 1], pa.timestamp("ms", "UTC"))
