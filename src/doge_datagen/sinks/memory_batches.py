"""The sink that keeps batches in a list, for tests of models."""

from __future__ import annotations

from typing import Any

from doge_datagen.batch import Batch
from doge_datagen.errors import SinkError
from doge_datagen.sinks.base import BatchSink

PLACE = "memory"
CLOSED = "a closed sink takes no batches. Hint: make a new one"


class MemoryBatchSink(BatchSink):
    """Keeps every batch in a list.

    Attributes:
        batches: what was written, oldest first; still there after ``close``.

    Raises:
        SinkError: by ``write``: the sink is closed.

    >>> import pyarrow as pa
    >>> from doge_datagen.batch import Batch
    >>> sink = MemoryBatchSink()
    >>> moments = pa.array([0, 60000], pa.timestamp('ms', 'UTC'))
    >>> sink.write(Batch(pa.record_batch({'user': ['alice', 'bob']}), moments))
    >>> sink.records
    [{'user': 'alice'}, {'user': 'bob'}]
    >>> sink.delivered
    2
    """

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self._closed = False

    @property
    def delivered(self) -> int:
        """How many records were kept."""
        return sum(map(len, self.batches))

    @property
    def records(self) -> list[dict[str, Any]]:
        """Every record as a dict, oldest first; timestamps are aware ``datetime`` values."""
        return [record for batch in self.batches for record in batch.records.to_pylist()]

    def write(self, batch: Batch) -> None:
        """Keep the batch."""
        if self._closed:
            raise SinkError(PLACE, CLOSED)
        self.batches.append(batch)

    def close(self) -> None:
        """Accept no more batches."""
        self._closed = True
