"""Strings of records, which are composed after the values in them have been computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.language.types import TIMESTAMP, Typed


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal string."""

    text: str


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A number, boolean, timestamp or string of a known set, as Python's ``format`` shows it.

    Attributes:
        column: the index of its computed column.
        kind: its type.
        format: the format, as after the colon in an f-string; empty for ``str``.
    """

    column: int
    kind: str
    format: str = ""


@dataclass(frozen=True, slots=True)
class InitialText:
    """A string attribute that is composed once at the start."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The concatenation of strings."""

    parts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of two strings, selected by a boolean column."""

    column: int
    then: Text
    otherwise: Text


Text = Literal | ShownValue | InitialText | Joined | Either


class Columns:
    """The values to compute for each record, each once, in the order of first use."""

    def __init__(self) -> None:
        self._indexes: dict[Typed, int] = {}  # a list would be searched once per field: quadratic in their number

    def __len__(self) -> int:
        return len(self._indexes)

    def __iter__(self) -> Iterator[Typed]:
        return iter(self._indexes)

    def index_of(self, value: Typed) -> int:
        """Return the index of a value; it is appended if it is new."""
        return self._indexes.setdefault(value, len(self._indexes))

    def back_to(self, size: int) -> None:
        """Drop the values after the first ``size``."""
        while len(self._indexes) > size:
            # The last ones: a dict keeps the order in which its keys came.
            self._indexes.popitem()


EPOCH = datetime(1970, 1, 1)  # in UTC, as all timestamps are


def shown(value: Any, text: ShownValue) -> str:
    """A number as Python's ``format`` shows it, or a timestamp in ISO 8601."""
    if text.kind == TIMESTAMP:
        return iso(value)
    return format(value, text.format) if text.format else str(value)


def iso(milliseconds: int) -> str:
    """A timestamp in ISO 8601, in UTC and with milliseconds.

    Raises:
        ModelError: it is outside the years 1 to 9999.

    >>> iso(1644549708000)
    '2022-02-11T03:21:48.000Z'
    """
    try:
        # Not fromtimestamp(), whose range depends on the platform and which goes through a float.
        moment = EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        problem = f"{milliseconds} ms is outside the years 1 to 9999 and cannot be shown as text. Hint: keep it within"
        raise ModelError("timestamp", problem) from None
    return f"{moment.isoformat(timespec='milliseconds')}Z"
