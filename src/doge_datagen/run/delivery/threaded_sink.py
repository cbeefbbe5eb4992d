"""A sink whose batches are written on a thread of its own, while more are generated."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from doge_datagen.batch import Batch
from doge_datagen.run.signals import uninterrupted
from doge_datagen.safe_text import named
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.transactional import BATCH_OVERHEAD_BYTES

BYTES = 2**25
"""About the most bytes of batches that may wait to be written, per stream. A file sink is busy for a while when it
compresses what it has gathered, and takes the next batches at once; the batches that come meanwhile need room."""


class QueuedBatch(NamedTuple):
    """A batch that was handed to the thread.

    Attributes:
        records: how many records it has.
        size: about how many bytes of memory it takes.
        written: done when it is written, or has failed.
    """

    records: int
    size: int
    written: Future[None]


class ThreadedSink(BatchSink):
    """Passes batches to a sink in their order, on a thread of its own, and lets a few of them wait.

    An error of the sink is raised by the next call of a method here; the batches that wait behind it are not written.

    Args:
        sink: the sink to write to; it is closed with this one.
        room: about the most bytes of batches that may wait to be written.

    >>> from doge_datagen.sinks.memory_batches import MemoryBatchSink
    >>> from doge_datagen.sinks.testing.samples import batches_of
    >>> with ThreadedSink(MemoryBatchSink()) as sink:
    ...     for batch in batches_of([10, 20]):
    ...         sink.write(batch)
    >>> sink.delivered
    30
    """

    def __init__(self, sink: BatchSink, *, room: int = BYTES) -> None:
        self._sink = sink
        self._room = room
        self.identity = sink.identity
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
        """Queue the batch; block while too many bytes wait."""
        if self._over or self._failed:
            # The error of the batch that failed comes first, if it was not raised yet.
            self._wait_for(0)
            self._sink.write(batch)  # raises the error that says why it accepts nothing any more
            return
        size = batch.nbytes + BATCH_OVERHEAD_BYTES
        self._size += size
        # Queued first and waited for afterwards, so that the thread is never idle while there is a batch for it.
        self._waiting.append(QueuedBatch(len(batch), size, self._thread.submit(self._write, batch)))
        self._wait_for(self._room)

    def check(self) -> None:
        """Raise the error of a batch that could not be written, if there is one; do not wait.

        Raises:
            SinkError: a batch was not delivered.
        """
        self._wait_for(math.inf)

    def flush(self) -> None:
        """Wait until all batches are written, then flush the sink."""
        self._wait_for(0)
        self._sink.flush()

    def close(self) -> None:
        """Wait until all batches are written, then close the sink; abandon it if that fails or Ctrl-C is pressed."""
        self._finish(self._sink.close)

    def abandon(self) -> None:
        """Wait until all batches are written, then abandon the sink."""
        self._finish(self._sink.abandon)

    @property
    def left_unfinished(self) -> str | None:
        """The unfinished files that the sink has left, if any."""
        return self._sink.left_unfinished

    def discard(self) -> None:
        """Drop the batches that wait, and discard the sink."""
        self._end(self._sink.discard, drop=True)

    def warn_ahead(self, ms: int) -> None:
        """Let the sink warn."""
        self._sink.warn_ahead(ms)

    def _write(self, batch: Batch) -> None:
        # Batches queued behind one that failed are not written: the sink may refuse them, or have a gap.
        if not self._failed:
            try:
                self._sink.write(batch)
            except BaseException:
                # Set on the thread itself, before it takes the next batch.
                self._failed = True
                raise

    def _wait_for(self, most: float) -> None:
        """Block until at most so many bytes wait, and raise the error of the first batch that could not be written."""
        # Also those that are done without being waited for, so that an error is raised by the next call, and memory is
        # freed.
        while self._waiting and (self._size > most or self._waiting[0].written.done()):
            first = self._waiting[0]
            try:
                first.written.result()
            except Exception as error:
                behind = sum(it.records for it in self._waiting) - first.records
                if behind:
                    error.add_note(f"and {behind:,} records queued after them were not written")
                # Raised once; what was queued behind it is counted in the note, as nobody will count it later.
                self._waiting.clear()
                raise
            self._waiting.popleft()
            self._size -= first.size

    def _finish(self, end: Callable[[], None]) -> None:
        if self._over:
            return
        try:
            self._wait_for(0)
        except Exception as error:
            try:
                self._end(self._sink.abandon)
            except Exception as another:  # noqa: BLE001 - added as a note to the first
                error.add_note(f"and closing {named(self._sink)} failed: {another}")
            raise
        except BaseException:
            # After Ctrl-C the batches that wait are dropped: the user wants an end, and the file keeps no name.
            self._end(self._sink.abandon, drop=True)
            raise
        self._end(end)

    def _end(self, how: Callable[[], None], *, drop: bool = False) -> None:
        """End the thread, then the sink. Ctrl-C is delayed meanwhile, so that the thread has left the sink before."""
        # First of all, as a second end would use a thread that is gone.
        self._over = True
        try:
            uninterrupted(partial(self._thread.shutdown, cancel_futures=drop))
        finally:
            self._waiting.clear()
            # Even if Ctrl-C has interrupted: a sink that is not ended leaves locks and files behind.
            how()
