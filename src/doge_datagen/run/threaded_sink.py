"""A sink whose batches are written by a thread of its own, while others are made and written."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from doge_datagen.batch import Batch
from doge_datagen.model.display_names import named
from doge_datagen.run.signals import uninterrupted
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.transactional import BYTES_BESIDE

BYTES = 2**25
"""Of batches that wait to be written, at most, about, of one stream. A file stands still while much that was gathered
is compressed, and takes the next batches at once; what comes meanwhile needs some room."""


class QueuedBatch(NamedTuple):
    """A batch that was handed to the thread.

    Attributes:
        records: how many it has.
        size: bytes of memory that it takes, about.
        written: what becomes of it.
    """

    records: int
    size: int
    written: Future[None]


class ThreadedSink(BatchSink):
    """Hands batches on to a sink in their order, by a thread of its own, and lets a few of them wait.

    What the sink raises is raised by the next call that comes here; what waits behind that is not tried.

    Args:
        sink: takes the batches, and is closed with this one.

    >>> from doge_datagen.sinks.memory_batches import MemoryBatchSink
    >>> from doge_datagen.sinks.testing.samples import batches_of
    >>> with ThreadedSink(MemoryBatchSink()) as sink:
    ...     for batch in batches_of([10, 20]):
    ...         sink.write(batch)
    >>> sink.delivered
    30
    """

    def __init__(self, sink: BatchSink) -> None:
        self._sink = sink
        self.destination = sink.destination
        self._thread = ThreadPoolExecutor(1, "doge-sink")
        self._waiting: deque[QueuedBatch] = deque()
        self._size = 0
        self._failed = False
        self._over = False

    def __repr__(self) -> str:
        return named(self._sink)

    @property
    def delivered(self) -> int:
        """How many records the sink has confirmed."""
        return self._sink.delivered

    def write(self, batch: Batch) -> None:
        """Take the batch, and wait for as long as too much of them waits."""
        if self._over or self._failed:
            self._see_to(0)
            self._sink.write(batch)  # which says why it takes nothing any more
            return
        size = batch.nbytes + BYTES_BESIDE
        self._size += size
        self._waiting.append(QueuedBatch(len(batch), size, self._thread.submit(self._write, batch)))
        self._see_to(BYTES)

    def see(self) -> None:
        """See how those were taken that do not wait any more.

        Raises:
            SinkError: one was not.
        """
        self._see_to(math.inf)

    def flush(self) -> None:
        """Have all of them written, and the sink flushed."""
        self._see_to(0)
        self._sink.flush()

    def close(self) -> None:
        """Have all of them written, and the sink closed; abandoned where Ctrl-C comes meanwhile."""
        self._finish(self._sink.close)

    def abandon(self) -> None:
        """Have all of them written, and the sink abandoned."""
        self._finish(self._sink.abandon)

    @property
    def left_unfinished(self) -> str | None:
        """What the sink has left."""
        return self._sink.left_unfinished

    def discard(self) -> None:
        """Drop those that wait, and have the sink discarded."""
        self._end(self._sink.discard, drop=True)

    def warn_ahead(self, ms: int) -> None:
        """Have the sink warn."""
        self._sink.warn_ahead(ms)

    def _write(self, batch: Batch) -> None:
        if not self._failed:
            try:
                self._sink.write(batch)
            except BaseException:
                self._failed = True
                raise

    def _see_to(self, most: float) -> None:
        """Wait until no more than so many bytes wait, and see how those were taken that do not any more."""
        while self._waiting and (self._size > most or self._waiting[0].written.done()):
            first = self._waiting[0]
            try:
                first.written.result()
            except Exception as error:
                behind = sum(it.records for it in self._waiting) - first.records
                if behind:
                    error.add_note(f"and {behind:,} records after them were not tried")
                self._waiting.clear()
                raise
            self._waiting.popleft()
            self._size -= first.size

    def _finish(self, end: Callable[[], None]) -> None:
        if self._over:
            return
        try:
            self._see_to(0)
        except Exception as error:
            try:
                self._end(self._sink.abandon)
            except Exception as another:  # noqa: BLE001 - it is told with the first
                error.add_note(f"and closing {named(self._sink)} failed: {another}")
            raise
        except BaseException:
            self._end(self._sink.abandon, drop=True)
            raise
        self._end(end)

    def _end(self, how: Callable[[], None], *, drop: bool = False) -> None:
        """Let go of the thread, then of the sink; Ctrl-C waits for that: nobody else may be at work in it."""
        self._over = True
        try:
            uninterrupted(partial(self._thread.shutdown, cancel_futures=drop))
        finally:
            self._waiting.clear()
            how()
