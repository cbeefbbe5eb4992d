"""Refuse values that a format cannot represent, naming field, record and value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from doge_datagen.arrow_arrays import numpy_values
from doge_datagen.errors import RecordError


def refuse_nulls(records: pa.RecordBatch, destination: str) -> None:
    """Refuse nulls, for which an encoder would write something else.

    Raises:
        RecordError: a value is null.
    """
    for field, column in zip(records.schema, records.columns, strict=True):
        if column.null_count:
            at = int(np.argmax(numpy_values(column.is_null())))
            raise RecordError(
                destination, f"field {field.name!r} has no value in record {at} of the batch. Hint: give it one"
            )


def refuse(column: pa.Array, name: str, fits: Callable[[Any], Any], problem: str, destination: str) -> None:
    """Refuse a column with values that do not fit.

    Args:
        column: numbers or timestamps without nulls.
        name: name of the field.
        fits: takes the column as a NumPy array, in milliseconds for timestamps; returns a mask of the values that fit.
        problem: what is wrong with a value that does not fit, and the hint.
        destination: name of the destination in messages.

    Raises:
        RecordError: a value does not fit.
    """
    mask = fits(numpy_values(column))
    if not mask.all():
        at = int(np.argmin(mask))
        shown = column.cast(pa.string())[at]
        raise RecordError(destination, f"field {name!r} is {shown} in record {at} of the batch: {problem}")
