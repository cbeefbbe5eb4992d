"""Batch: records of one stream as Arrow columns, with their timestamps, keys and headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Records of one stream, in order of arrival, which is that of tick and subject unless a stage delays some.

    Attributes:
        records: the fields of the stream, in its order; no value is null.
        timestamps: the event time of each record, ``timestamp[ms, tz=UTC]``; ascending unless a stage delays records.
        keys: the key of each record as ``string``; None if the stream has no key.
        headers: by name, the value of the header in each record as ``string``.
        arrivals: when each record arrives, ``timestamp[ms, tz=UTC]``, ascending; None if all arrive at their event
            time.
        hidden: by name, columns that stages need and sinks never see.
    """

    records: pa.RecordBatch
    timestamps: pa.Array
    keys: pa.Array | None = None
    headers: Mapping[str, pa.Array] = field(default_factory=dict)
    arrivals: pa.Array | None = None
    hidden: Mapping[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.records.num_rows)

    @property
    def nbytes(self) -> int:
        """How many bytes of memory its Arrow columns take."""
        beside = [self.timestamps, self.keys, self.arrivals, *self.headers.values(), *self.hidden.values()]
        return int(self.records.nbytes) + sum(int(array.nbytes) for array in beside if array is not None)

    def part(self, first: int, length: int) -> Batch:
        """A slice of ``length`` records beginning with number ``first``, which shares their memory."""
        return Batch(
            self.records.slice(first, length),
            self.timestamps.slice(first, length),
            None if self.keys is None else self.keys.slice(first, length),
            {name: texts.slice(first, length) for name, texts in self.headers.items()},
            None if self.arrivals is None else self.arrivals.slice(first, length),
            {name: column.slice(first, length) for name, column in self.hidden.items()},
        )
