"""Check whether a stream's fields fit the columns of a table, and convert values to what the columns take."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from doge_datagen.errors import UnknownTargetError, did_you_mean
from doge_datagen.sinks.database.column_values import (
    MILLISECONDS,
    check_decimals,
    check_integers,
    check_moments,
    check_singles,
    check_texts,
    check_whole_decimals,
)

log = logging.getLogger(__name__)

INTEGER, FLOAT, BOOLEAN, STRING, TIMESTAMP = "integer", "float", "boolean", "string", "timestamp"
KINDS = {
    pa.int64(): INTEGER,
    pa.float64(): FLOAT,
    pa.bool_(): BOOLEAN,
    pa.string(): STRING,
    pa.timestamp("ms", "UTC"): TIMESTAMP,
}
"""By Arrow type, the kind of a field in the terms of a model."""

DECIMAL, ZONED, LABEL, ANY, OTHER = "decimal", "zoned timestamp", "label", "any", "other"
SINGLE, NUMBER, NO_NUMBER = "single float", "number", "no number"
FITS = {
    INTEGER: (INTEGER, DECIMAL, NUMBER, FLOAT, SINGLE, STRING, ANY),
    FLOAT: (FLOAT, SINGLE, DECIMAL, NUMBER, STRING, ANY),
    BOOLEAN: (BOOLEAN, INTEGER, STRING, ANY),
    STRING: (STRING, LABEL, NO_NUMBER, ANY),
    TIMESTAMP: (ZONED, TIMESTAMP, STRING, ANY),
}
"""For each kind of field, the families of columns that accept it. A label is written as text, such as a UUID. A number
is a column with SQLite's numeric affinity, which stores an integer or a double as given. No number also has numeric
affinity, but is declared as something else, such as JSON: strings that look like numbers would be converted."""

BEST = {
    INTEGER: "BIGINT",
    FLOAT: "DOUBLE PRECISION",
    BOOLEAN: "BOOLEAN",
    STRING: "TEXT",
    TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
}
"""The column type that accepts every value of a kind."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its database defines it.

    Attributes:
        name: name of the column.
        type: type as the database writes it, such as ``VARCHAR(20)``.
        family: what it accepts: a family in ``FITS``, or ``OTHER``.
        required: whether it is NOT NULL without a default.
        generated: whether the database computes it, so that it cannot be written.
        digits: decimal places that a decimal or timestamp column keeps; None if it keeps all of ours.
    """

    name: str
    type: str
    family: str
    required: bool = False
    generated: bool = False
    digits: int | None = None


def check_columns(destination: str, schema: pa.Schema, columns: Sequence[Column]) -> None:
    """Check that a table accepts the fields of a stream.

    Raises:
        UnknownTargetError: a column is missing, cannot take its field, or requires a value that no field gives.
    """
    there = {column.name: column for column in columns}
    for field in schema:
        kind = KINDS[field.type]
        if field.name not in there:
            near = did_you_mean(field.name, there)
            raise UnknownTargetError(
                destination,
                f"has no column for the field {field.name!r}. Hint: add one of type {BEST[kind]}, or name another "
                f"table; {near}",
            )
        _check_column(destination, kind, there[field.name])
    for column in columns:
        if column.required and column.name not in schema.names:
            problem = f"column {column.name!r} ({column.type} NOT NULL) has no default, and the stream no such field"
            raise UnknownTargetError(
                destination, f"{problem}. Hint: give it a default, let it be NULL, or add the field"
            )


def fitted(records: pa.RecordBatch, columns: Sequence[Column]) -> list[pa.Array]:
    """Convert each field to what its column takes: a string for a text column, 0 and 1 for an integer column.

    Raises:
        ValueError: a column would change a value.
    """
    for array, column in zip(records.columns, columns, strict=True):
        # Here, as databases round, truncate and cast without an error.
        _check_values(array, column)
    return [_fitted(array, column.family) for array, column in zip(records.columns, columns, strict=True)]


def of_schema(schema: pa.Schema, columns: Sequence[Column]) -> list[Column]:
    """The column of each field, in the order of the fields."""
    there = {column.name: column for column in columns}
    return [there[name] for name in schema.names]


def _check_column(destination: str, kind: str, column: Column) -> None:
    if column.generated:
        problem = f"column {column.name!r} is computed by the database and takes no values"
        raise UnknownTargetError(destination, f"{problem}. Hint: rename the field, or name another table")
    if column.family not in FITS[kind]:
        problem = f"column {column.name!r} is of type {column.type}, which takes no field of type {kind}"
        raise UnknownTargetError(
            destination, f"{problem}. Hint: make the column {BEST[kind]}, change the field or name another table"
        )
    if kind == FLOAT and column.family == SINGLE:
        loss = "keeps about 7 of the 16 digits of a float, so values are rounded"
        hint = "make it DOUBLE PRECISION to keep all"
        log.warning("column %r (%s) %s. Hint: %s", column.name, column.type, loss, hint)


def _check_values(array: pa.Array, column: Column) -> None:
    """Check that the column does not change a value silently."""
    kind, family, digits = KINDS[array.type], column.family, column.digits
    if not len(array):
        return
    if family == NO_NUMBER:
        check_texts(array, column)
    elif kind == INTEGER and family in (FLOAT, SINGLE):
        check_integers(array, column, np.float64 if family == FLOAT else np.float32)
    elif kind == FLOAT and family == SINGLE:
        check_singles(array, column)
    elif family == DECIMAL and digits is not None and kind == FLOAT:
        check_decimals(array, column, digits)
    elif family == DECIMAL and digits is not None and digits < 0:
        check_whole_decimals(array, column, digits)
    elif family in (TIMESTAMP, ZONED) and digits is not None and digits < MILLISECONDS:
        check_moments(array, column, digits)


def _fitted(array: pa.Array, family: str) -> pa.Array:
    kind = KINDS[array.type]
    if kind != STRING and (family == STRING or (family == ANY and kind == TIMESTAMP)):
        return array.cast(pa.string())
    if kind == FLOAT and family == DECIMAL:
        return array.cast(pa.string())  # as a float it would lose digits on the way
    if kind == BOOLEAN and family == INTEGER:
        return array.cast(pa.int64())
    if kind == TIMESTAMP and family == TIMESTAMP:
        # To a column without a zone goes UTC; with one, servers would convert to their own zone first.
        return array.cast(pa.timestamp("ms"))
    return array
