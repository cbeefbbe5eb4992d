"""Sinks with a thread: they keep the contract, the queue is bounded, and nothing is lost silently."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.model import Destination
from doge_datagen.run.delivery.threaded_sink import ThreadedSink
from doge_datagen.sinks.failing_batches import FailingBatchSink
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.testing.batches import RULES, BatchSinkUnderTest
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, batches_of, row_of
from doge_datagen.sinks.transactional import BATCH_OVERHEAD_BYTES
from services.waiting import wait_until
from tests.sinks.batch_database_places import duckdb_file
from tests.sinks.files.read_back import read_back

SECONDS = 60  # timeout of waits for another thread


def memory(_request):
    sink = MemoryBatchSink()
    return BatchSinkUnderTest(make=lambda: ThreadedSink(sink), read=lambda: [row_of(record) for record in sink.records])


def parquet(request):
    path = request.getfixturevalue("tmp_path") / "folder" / "samples.parquet"
    return BatchSinkUnderTest(
        make=lambda: ThreadedSink(open_sink(Destination.of(str(path)), STREAM, SCHEMA)),
        read=lambda: [row_of(record) for record in read_back(path)],
        break_destination=path.mkdir,
    )


def duckdb(request):
    inner = duckdb_file(request)
    return BatchSinkUnderTest(lambda: ThreadedSink(inner.make()), inner.read, inner.break_destination)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("sink", [memory, parquet, duckdb], ids=lambda sink: sink.__name__)
def test_a_threaded_sink_follows_rule(sink, rule, request):
    rule(sink(request))


class Gated(MemoryBatchSink):
    """Writes when it is released, and records its threads and how it was ended."""

    def __init__(self):
        super().__init__()
        self.open = threading.Event()
        self.begun = threading.Event()
        self.threads = set()
        self.ended = []

    def write(self, batch):
        self.threads.add(threading.get_ident())
        self.begun.set()
        assert self.open.wait(SECONDS)
        super().write(batch)

    def flush(self):
        self.ended.append("flushed")

    def close(self):
        self.ended.append("closed")
        super().close()

    def abandon(self):
        self.ended.append("abandoned")

    def discard(self):
        self.ended.append("discarded")


def test_two_sinks_write_at_the_same_time():
    sinks = [Gated(), Gated()]
    several = [ThreadedSink(sink) for sink in sinks]
    for sink in several:
        sink.write(batches_of([1])[0])
    assert all(sink.begun.wait(SECONDS) for sink in sinks), "neither has ended"
    for sink in sinks:
        sink.open.set()
    for sink in several:
        sink.close()
    assert not sinks[0].threads & {*sinks[1].threads, threading.get_ident()}
    assert [sink.delivered for sink in several] == [1, 1]


def test_the_queue_is_bounded():
    sink, (first, second, third) = Gated(), batches_of([10, 10, 10])
    threaded = ThreadedSink(sink, room=first.nbytes + second.nbytes + 2 * BATCH_OVERHEAD_BYTES)
    threaded.write(first)
    threaded.write(second)
    blocked = threading.Thread(target=threaded.write, args=(third,))
    blocked.start()
    blocked.join(0.05)
    assert blocked.is_alive(), "there is no room for three"
    sink.open.set()
    blocked.join(SECONDS)
    assert not blocked.is_alive()
    threaded.close()
    assert [len(batch) for batch in sink.batches] == [10, 10, 10]


def test_a_batch_larger_than_the_bound_is_written_before_the_next():
    sink = MemoryBatchSink()
    with ThreadedSink(sink, room=0) as threaded:
        for number, batch in enumerate(batches_of([3, 3, 3]), 1):
            threaded.write(batch)
            assert len(sink.batches) == number


def test_flush_waits_for_queued_batches():
    sink = Gated()
    threaded = ThreadedSink(sink)
    threaded.write(batches_of([5])[0])
    sink.open.set()
    threaded.flush()
    assert (sink.delivered, sink.ended) == (5, ["flushed"])
    threaded.close()


def failing_at_the_second(sizes, kind=FailingBatchSink):
    """A sink that fails at the second batch, and its threaded sink, whose batches were all queued before."""
    gated = Gated()
    threaded = ThreadedSink(kind(gated, at=1))
    for batch in batches_of(sizes):
        threaded.write(batch)
    gated.open.set()
    return gated, threaded


def test_batches_queued_after_an_error_are_reported_and_not_attempted():
    gated, threaded = failing_at_the_second([10, 20, 30, 40])
    with pytest.raises(DeliveryError, match="20 of 30 records did not arrive") as raised:
        threaded.flush()
    assert raised.value.__notes__ == ["and 70 records queued after them were not written"]
    with pytest.raises(SinkError, match="takes no more"):
        threaded.write(batches_of([1])[0])
    threaded.abandon()
    assert (gated.delivered, gated.ended) == (10, ["abandoned"])


def test_the_error_of_the_last_batch_is_raised_by_close_once():
    gated, threaded = failing_at_the_second([10, 20])
    with pytest.raises(DeliveryError) as raised:
        threaded.close()
    assert not hasattr(raised.value, "__notes__")
    threaded.close()
    assert gated.delivered == 10


def ctrl_c(*_):
    raise KeyboardInterrupt


def test_ctrl_c_while_waiting_for_the_queue_keeps_the_batch(monkeypatch):
    sink = Gated()
    threaded = ThreadedSink(sink, room=0)
    with monkeypatch.context() as patched:
        patched.setattr(Future, "result", ctrl_c)
        with pytest.raises(KeyboardInterrupt):
            threaded.write(batches_of([10])[0])
    sink.open.set()
    threaded.close()
    assert (sink.delivered, sink.ended) == (10, ["closed"])


def test_ctrl_c_while_closing_leaves_the_destination_unchanged(monkeypatch):
    sink = Gated()
    threaded = ThreadedSink(sink)
    for batch in batches_of([10, 20]):
        threaded.write(batch)
    assert sink.begun.wait(SECONDS)
    monkeypatch.setattr(Future, "result", ctrl_c)
    shutdown = ThreadPoolExecutor.shutdown

    def released_then_shut_down(threads, *, cancel_futures):
        shutdown(threads, wait=False, cancel_futures=cancel_futures)
        sink.open.set()
        shutdown(threads)  # no thread works in an abandoned sink

    monkeypatch.setattr(ThreadPoolExecutor, "shutdown", released_then_shut_down)
    with pytest.raises(KeyboardInterrupt):
        threaded.close()
    assert (sink.delivered, sink.ended) == (10, ["abandoned"]), "a place that looks whole would lack a batch"
    threaded.close()
    assert sink.ended == ["abandoned"]


def test_repeated_ctrl_c_waits_for_the_thread(monkeypatch):
    sink = Gated()
    threaded = ThreadedSink(sink)
    threaded.write(batches_of([10])[0])
    assert sink.begun.wait(SECONDS)
    pressed, shutdown = [], threaded._thread.shutdown

    def interrupted(**kwargs):
        pressed.append(kwargs)
        if len(pressed) < 3:
            raise KeyboardInterrupt
        sink.open.set()
        shutdown(**kwargs)

    monkeypatch.setattr(Future, "result", ctrl_c)
    monkeypatch.setattr(threaded._thread, "shutdown", interrupted)
    with pytest.raises(KeyboardInterrupt):
        threaded.abandon()
    assert (len(pressed), sink.delivered, sink.ended) == (3, 10, ["abandoned"])


class Forgiving(MemoryBatchSink):
    """Fails once and then continues, as no sink should."""

    def write(self, batch):
        if len(batch) == 20:
            raise MemoryError("no room")
        super().write(batch)


def test_nothing_is_written_after_a_failure_even_if_the_sink_would_accept_it():
    sink = Forgiving()
    threaded = ThreadedSink(sink)
    with pytest.raises(MemoryError):
        [threaded.write(batch) for batch in batches_of([10, 20, 30, 40])] + [threaded.flush()]
    threaded.abandon()
    assert [len(batch) for batch in sink.batches] == [10]


def test_an_error_is_reported_without_another_batch():
    gated = Gated()
    threaded = ThreadedSink(FailingBatchSink(gated, at=1))
    for batch in batches_of([10, 20]):
        threaded.write(batch)
    gated.open.set()
    with pytest.raises(DeliveryError):
        wait_until(threaded.check, seconds=SECONDS)
    threaded.abandon()


def test_the_error_of_a_batch_is_reported_before_that_of_closing():
    class FailsToClose(FailingBatchSink):
        def abandon(self):
            raise SinkError("memory", "cannot be closed")

    _, threaded = failing_at_the_second([10, 20], FailsToClose)
    with pytest.raises(DeliveryError) as raised:
        threaded.close()
    assert raised.value.__notes__ == ["and closing FailsToClose failed: memory: cannot be closed"]


def test_the_number_of_small_batches_in_the_queue_is_bounded():
    sink, small, taken = Gated(), batches_of([1])[0], []
    threaded = ThreadedSink(sink, room=100 * BATCH_OVERHEAD_BYTES)
    blocked = threading.Thread(target=lambda: [taken.append(threaded.write(small)) for _ in range(200)])
    blocked.start()
    assert wait_until(lambda: len(taken) > 50, seconds=SECONDS)
    blocked.join(0.2)
    assert len(taken) <= 101, "one more is on its way"
    sink.open.set()
    blocked.join(SECONDS)
    threaded.close()
    assert sink.delivered == 200
