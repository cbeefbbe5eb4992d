"""A sink whose batches are written by a thread of its own, while others are made and written."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

from doge_datagen.batch import Batch
from doge_datagen.sinks.batch_sink import BatchSink

BYTES = 2**25
"""Of batches that wait to be written, at most, about. Formats write when they have gathered much, so that a stream
stands still for a while and makes up for it: it needs some room for what comes meanwhile."""


class Aside(BatchSink):
    """Hands batches on to a sink in their order, by a thread of its own, and lets a few of them wait.

    What the sink raises is raised by the next call that comes here; what waits behind that is not tried.

    Args:
        sink: takes the batches, and is closed with this one.

    >>> from doge_datagen.sinks.batch_memory import MemoryBatchSink
    >>> from doge_datagen.sinks.batch_samples import batches_of
    >>> with Aside(MemoryBatchSink()) as sink:
    ...     for batch in batches_of([10, 20]):
    ...         sink.write(batch)
    >>> sink.delivered
    30
    """

    def __init__(self, sink: BatchSink) -> None:
        self._sink = sink
        self._thread = ThreadPoolExecutor(1, "doge-sink")
        self._waiting: deque[tuple[Batch, Future[None]]] = deque()
        self._over = False

    @property
    def delivered(self) -> int:
        """How many records the sink has confirmed."""
        return self._sink.delivered

    def write(self, batch: Batch) -> None:
        """Take the batch, and wait for as long as too much of them waits."""
        if self._over:
            self._sink.write(batch)  # which says why it takes nothing any more
            return
        self._waiting.append((batch, self._thread.submit(self._sink.write, batch)))
        self._see_to(BYTES)

    def flush(self) -> None:
        """Have all of them written, and the sink flushed."""
        self._see_to(0)
        self._sink.flush()

    def close(self) -> None:
        """Have all of them written, and the sink closed."""
        try:
            self._see_to(0)
        except BaseException:
            self.discard() if self._waiting else self._sink.close()
            raise
        self._end()
        self._sink.close()

    def discard(self) -> None:
        """Drop those that wait, and have the sink discarded."""
        self._end()
        self._sink.discard()

    def _see_to(self, most: int) -> None:
        """Wait until no more than so many bytes wait, and see how those were taken that do not any more.

        Raises:
            SinkError: one was not.
        """
        waits = sum(batch.nbytes for batch, _ in self._waiting)
        while self._waiting and (waits > most or self._waiting[0][1].done()):
            batch, written = self._waiting[0]
            try:
                written.result()
            except Exception as error:
                behind = sum(len(other) for other, _ in self._waiting) - len(batch)
                if behind:
                    error.add_note(f"and {behind:,} records after them were not tried")
                self._end()
                raise
            self._waiting.popleft()
            waits -= batch.nbytes

    def _end(self) -> None:
        """Let go of the thread, and of what waits for it."""
        self._over = True
        self._thread.shutdown(cancel_futures=True)
        self._waiting.clear()
