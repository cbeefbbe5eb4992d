"""Reference tables: rows from which subjects draw, and in which they look things up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any

from doge_datagen.errors import ModelError


@dataclass(frozen=True, slots=True)
class Table:
    """A reference table, such as a catalogue, a price list, segments or cities: from a file or from given rows.

    Attributes:
        file: the path of a CSV, JSON Lines, Parquet or Arrow file, by its ending; None if ``rows`` are given.
        rows: a list of dictionaries, or anything that gives an Arrow table, such as a ``pyarrow.Table`` or a data
            frame; None if a ``file`` is given.
        key: the column by which rows are looked up, whose values are all different; None if they are not looked up.
        types: types of columns that are not what they look like, such as ``{'sku': 'string'}``.
        emit: the stream that gets each row as a record at the start of the run; None if no stream does.

    >>> Table(rows=[{'name': 'casual', 'share': 80}, {'name': 'loyal', 'share': 20}], key='name').key
    'name'
    """

    file: str | PathLike[str] | None = None
    rows: Any = None  # Any: whatever Arrow can read
    key: str | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    emit: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.types, Mapping):
            raise ModelError("types", f"{self.types!r} is not a mapping. Hint: give a dict")
        if self.file is not None:
            object.__setattr__(self, "file", fspath(self.file))
        if isinstance(self.rows, Sequence) and not isinstance(self.rows, str):
            object.__setattr__(self, "rows", tuple(self.rows))
