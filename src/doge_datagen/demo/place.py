"""A stream's place, to be written by a run and read back after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from doge_datagen import model

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """One stream's place.

    Attributes:
        name: of the stream.
        where: for a person to find it.
        carrier: as a target says it.
        read: gives what this run has written, in the order of time, moments as text; to be called after the run.
    """

    name: str
    where: str
    carrier: model.Place
    read: Callable[[], Iterable[Record]]
