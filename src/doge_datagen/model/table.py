"""Reference tables: rows from which subjects draw, and in which they look things up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.coercion import plain_whole


@dataclass(frozen=True, slots=True)
class Table:
    """A reference table, such as a catalogue, a price list or segments: from a file, given, or generated.

    Attributes:
        file: the path of a CSV, JSON Lines, Parquet or Arrow file, by its suffix.
        rows: a list of dictionaries, or anything that gives an Arrow table, such as a ``pyarrow.Table`` or a data
            frame.
        count: how many rows to generate, from ``columns``. A table has one of file, rows and count.
        columns: for each column of generated rows an expression, which may use ``index``, draws, the columns before it
            and the tables before this one.
        seed: what the draws of generated rows depend on, besides names; the seed of a run does not matter.
        key: the column by which rows are looked up, whose values are all different; None if they are not looked up.
        types: types of columns that are not what they look like, such as ``{'sku': 'string'}``.
        emit: the stream that gets each row as a record at the start of the run; None if no stream does.

    >>> Table(rows=[{'name': 'casual', 'share': 80}, {'name': 'loyal', 'share': 20}], key='name').key
    'name'
    """

    file: str | PathLike[str] | None = None
    rows: Any = None  # Any: whatever Arrow can read
    count: int | None = None
    columns: Mapping[str, str | float | bool] = field(default_factory=dict)
    seed: int = 0
    key: str | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    emit: str | None = None

    def __post_init__(self) -> None:
        for name in ("columns", "types"):
            if not isinstance(getattr(self, name), Mapping):
                raise ModelError(name, f"{getattr(self, name)!r} is not a mapping. Hint: give a dict")
        object.__setattr__(self, "count", plain_whole(self.count))
        if self.file is not None:
            object.__setattr__(self, "file", fspath(self.file))
        if isinstance(self.rows, Sequence) and not isinstance(self.rows, str):
            object.__setattr__(self, "rows", tuple(self.rows))
