"""Small batches to large ones: formats like their records together, and memory has its bounds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pyarrow as pa

from doge_datagen.sinks.committing import BYTES_BESIDE

BYTES = 64 << 20
"""As much as is held, whatever the number of records."""


class Gathered:
    """Holds records until there are enough of them.

    Args:
        rows: how many are enough. Fewer are once they take up ``BYTES``; three times as many are never given at once.

    >>> gathered = Gathered(3)
    >>> pair = pa.record_batch({'a': [1, 2]})
    >>> [len(together) for batch in (pair, pair, pair) for together in gathered.add(batch)]
    [4]
    >>> [len(together) for together in gathered.rest()]
    [2]
    """

    def __init__(self, rows: int) -> None:
        self._enough = rows
        self.forget()

    def add(self, records: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Take records; gives what is enough by then, in order."""
        for part in self._parts(records):
            self._held.append(part)
            self._rows += len(part)
            self._bytes += part.nbytes + BYTES_BESIDE
            if self._rows >= self._enough or self._bytes >= BYTES:
                yield from self.rest()

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Gives what is held."""
        held = self._held
        self.forget()
        if held:
            yield pa.concat_batches(held) if len(held) > 1 else held[0]

    def forget(self) -> None:
        """Hold nothing."""
        self._held: list[pa.RecordBatch] = []
        self._rows = 0
        self._bytes = 0

    def _parts(self, records: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Parts of the same size, each of them enough where there is enough at all: none is left over to be copied."""
        number = max(1, len(records) // self._enough)
        cuts = [len(records) * cut // number for cut in range(number + 1)]
        yield from (records.slice(first, end - first) for first, end in pairwise(cuts))
