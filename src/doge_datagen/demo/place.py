"""Two streams or two tables somewhere, to be written by a run and read back after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from doge_datagen.model import Collector

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """One stream's place.

    Attributes:
        name: of the stream.
        where: for a person to find it.
        sink: writes to it.
        read: gives what this run has written, in the order of writing; to be called when the sink is closed.
    """

    name: str
    where: str
    sink: Collector
    read: Callable[[], Iterable[Record]]
