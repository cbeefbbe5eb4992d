"""What stands beside the value of each Kafka record: key, timestamp, headers."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from doge_datagen.arrays import plain
from doge_datagen.batch import Batch

Headers = list[tuple[str, bytes]]
Beside = tuple[Sequence[bytes | None], Sequence[int], Sequence[Headers | None]]


def beside_values(batch: Batch) -> Beside:
    """Key in UTF-8, timestamp in milliseconds since the epoch and headers, for each record in their order."""
    none = [None] * len(batch)
    keys = none if batch.keys is None else _utf_8(batch.keys)
    return keys, plain(batch.timestamps).tolist(), _headers(batch) or none


def _headers(batch: Batch) -> list[Headers]:
    named = [[(name, text) for text in _utf_8(texts)] for name, texts in batch.headers.items()]
    return [list(pairs) for pairs in zip(*named, strict=True)]


def _utf_8(texts: pa.Array) -> list[bytes]:
    listed: list[bytes] = texts.cast(pa.binary()).to_pylist()
    return listed
