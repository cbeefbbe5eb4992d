"""Merges the batches of several populations that feed one stream: by moment, then by population, then by subject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from doge_datagen import arrow_arrays
from doge_datagen.batch import Batch
from doge_datagen.engine.records import BYTES, ROWS

Array = npt.NDArray[Any]  # Any: integers


def merged(groups: Sequence[Sequence[Batch]]) -> Iterator[Batch]:
    """The batches of a stream in order of their moments.

    Where only one population has any, they pass untouched. Else they are merged piece by piece, each of at most the
    size of a batch: what two populations have at the same moment is in the order of the groups.

    Args:
        groups: for each population, its batches in order.
    """
    fed = [batches for group in groups if (batches := [batch for batch in group if len(batch)])]
    batches = [batch for group in fed for batch in group]
    if len(fed) <= 1:
        yield from batches
        return
    offsets = np.cumsum([0, *map(len, batches)])
    times = np.concatenate([arrow_arrays.plain(batch.timestamps) for batch in batches])
    order = np.argsort(times, kind="stable")  # batches are sorted, and Timsort merges sorted runs in linear time
    rows = _rows(batches)
    for first in range(0, len(order), rows):
        yield _piece(batches, offsets, order[first : first + rows])


def _rows(batches: Sequence[Batch]) -> int:
    """The most rows of a merged batch."""
    widest = max((batch.nbytes / len(batch) for batch in batches), default=0.0)
    return max(1, min(ROWS, int(BYTES / max(widest, 1.0))))


def _piece(batches: Sequence[Batch], offsets: Array, order: Array) -> Batch:
    """The rows with these numbers, counted over all batches; of each batch they are consecutive."""
    ascending = np.sort(order)
    bounds = np.searchsorted(ascending, offsets).tolist()
    parts, shifts = [], np.zeros(len(batches), dtype=np.int64)
    for number, (first, last) in enumerate(pairwise(bounds)):
        if first < last:
            row = int(ascending[first])
            parts.append(batches[number].part(row - int(offsets[number]), last - first))
            shifts[number] = first - row
    of = np.searchsorted(offsets, order, side="right") - 1
    return _taken(parts, arrow_arrays.integers(order + shifts[of]))


def _taken(parts: Sequence[Batch], rows: pa.Array) -> Batch:
    def column(pieces: Iterable[pa.Array]) -> pa.Array:
        return pa.concat_arrays(list(pieces)).take(rows)

    first, records = parts[0], [it.records for it in parts]
    columns = [column(it.column(number) for it in records) for number in range(first.records.num_columns)]
    return Batch(
        pa.RecordBatch.from_arrays(columns, schema=first.records.schema),
        column(it.timestamps for it in parts),
        None if first.keys is None else column(it.keys for it in parts),
        {name: column(it.headers[name] for it in parts) for name in first.headers},
        hidden={name: column(it.hidden[name] for it in parts) for name in first.hidden},
    )
