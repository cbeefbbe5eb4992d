"""Values that a format cannot hold, told with field, record and value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from doge_datagen.arrays import plain
from doge_datagen.errors import RecordError


def refuse_nulls(records: pa.RecordBatch, place: str) -> None:
    """Make sure that no value is missing: an encoder would write something in its place.

    Raises:
        RecordError: one is.
    """
    for field, column in zip(records.schema, records.columns, strict=True):
        if column.null_count:
            at = int(np.argmax(plain(column.is_null())))
            raise RecordError(
                place, f"field {field.name!r} has no value in record {at} of the batch. Hint: give it one"
            )


def refuse(column: pa.Array, name: str, fits: Callable[[Any], Any], problem: str, place: str) -> None:
    """Make sure that all values of a column without nulls fit.

    Args:
        column: numbers or timestamps.
        name: of its field.
        fits: takes the column as a NumPy array, of milliseconds for timestamps, gives a mask of the values that fit.
        problem: what is wrong with one that does not, and the way out.
        place: for the message.

    Raises:
        RecordError: one does not.
    """
    mask = fits(plain(column))
    if not mask.all():
        at = int(np.argmin(mask))
        shown = column.cast(pa.string())[at]
        raise RecordError(place, f"field {name!r} is {shown} in record {at} of the batch. Hint: {problem}")
