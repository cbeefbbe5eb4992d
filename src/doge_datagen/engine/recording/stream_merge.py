"""Merges the batches of several populations that feed one stream: by moment, then by population, then by subject."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from doge_datagen import arrow_arrays
from doge_datagen.batch import Batch
from doge_datagen.engine.recording.hidden_columns import SUBJECT
from doge_datagen.engine.recording.record_batches import BYTES, ROWS

Array = npt.NDArray[Any]  # Any: integers


def merged(
    families: Sequence[Sequence[Sequence[Batch]]],
    hidden: Collection[str] = (),
    *,
    rows: int = ROWS,
    size: int = BYTES,
) -> Iterator[Batch]:
    """The batches of a stream in order of their moments.

    Where only one population has any, they pass untouched. Else they are merged piece by piece, each of at most the
    size of a batch. What two families of populations have at the same moment is in their order; within a family, it is
    in the order of roots, and for each of them parents come before children.

    Args:
        families: for each family, for each of its populations, its batches in order; of families of several
            populations, with the hidden column of subjects.
        hidden: the hidden columns that the batches need.
        rows: the most rows of a merged batch.
        size: the most bytes of one, approximately.
    """
    each = [[[batch for batch in group if len(batch)] for group in family] for family in families]
    batches = [_shown(batch, hidden) for family in each for group in family for batch in group]
    if sum(map(bool, (group for family in each for group in family))) <= 1:
        yield from batches
        return
    offsets = np.cumsum([0, *map(len, batches)])
    order = _order(each)
    widest = max((batch.nbytes / len(batch) for batch in batches), default=0.0)
    most = max(1, min(rows, int(size / max(widest, 1.0))))
    # By pieces, since concatenating whole windows would need their memory twice.
    for first in range(0, len(order), most):
        yield _piece(batches, offsets, order[first : first + most])


def _order(families: Sequence[Sequence[Sequence[Batch]]]) -> Array:
    """The numbers of all rows in order."""
    batches = [batch for family in families for group in family for batch in group]
    times = np.concatenate([arrow_arrays.numpy_values(batch.timestamps) for batch in batches])
    if all(sum(map(bool, family)) <= 1 for family in families):
        return np.argsort(times, kind="stable")  # batches are sorted, and Timsort merges sorted runs in linear time
    of_family = [(number, batch) for number, family in enumerate(families) for group in family for batch in group]
    numbers = np.repeat([number for number, _ in of_family], [len(batch) for _, batch in of_family])
    roots = np.concatenate([_roots(batch) for batch in batches])
    # Stable: parents come before children because they are earlier in the list.
    return np.lexsort((roots, numbers, times))


def _roots(batch: Batch) -> Array:
    """The roots of a batch; rows of tables and histories, which are of nobody, come first."""
    found = batch.hidden.get(SUBJECT)
    return np.zeros(len(batch), np.uint32) if found is None else arrow_arrays.numpy_values(found)


def _shown(batch: Batch, hidden: Collection[str]) -> Batch:
    """A batch with these hidden columns only."""
    if all(name in hidden for name in batch.hidden):
        return batch
    kept = {name: it for name, it in batch.hidden.items() if name in hidden}
    return Batch(batch.records, batch.timestamps, batch.keys, batch.headers, batch.arrivals, kept)


def _piece(batches: Sequence[Batch], offsets: Array, order: Array) -> Batch:
    """The rows with these numbers, counted over all batches; of each batch they are consecutive."""
    # Each batch is sorted, so what a piece has of it is a slice; only these are concatenated.
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
