"""Shows numbers, booleans and timestamps as strings, as records and tables do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.language.texts import ShownValue
from doge_datagen.language.types import TIMESTAMP

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
        moment = EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        problem = f"{milliseconds} ms is outside the years 1 to 9999 and cannot be shown as text. Hint: keep it within"
        raise ModelError("timestamp", problem) from None
    return f"{moment.isoformat(timespec='milliseconds')}Z"
