"""The columns a stream finds in a table: whether its fields fit them, and its values as they take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from doge_datagen.errors import UnknownTargetError, did_you_mean

INTEGER, FLOAT, BOOLEAN, STRING, TIMESTAMP = "integer", "float", "boolean", "string", "timestamp"
KINDS = {
    pa.int64(): INTEGER,
    pa.float64(): FLOAT,
    pa.bool_(): BOOLEAN,
    pa.string(): STRING,
    pa.timestamp("ms", "UTC"): TIMESTAMP,
}
"""What a field holds, in the words of a model."""

DECIMAL, ZONED, LABEL, ANY, OTHER = "decimal", "zoned timestamp", "label", "any", "other"
FITS = {
    INTEGER: (INTEGER, DECIMAL, FLOAT, STRING, ANY),
    FLOAT: (FLOAT, DECIMAL, STRING, ANY),
    BOOLEAN: (BOOLEAN, INTEGER, STRING, ANY),
    STRING: (STRING, LABEL, ANY),
    TIMESTAMP: (ZONED, TIMESTAMP, STRING, ANY),
}
"""For each kind of field, the families of columns that take it: a label is what is written as text, such as a UUID."""

BEST = {
    INTEGER: "BIGINT",
    FLOAT: "DOUBLE PRECISION",
    BOOLEAN: "BOOLEAN",
    STRING: "TEXT",
    TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
}
"""The column type that takes every value of a kind."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its database has it.

    Attributes:
        name: of the column.
        type: as the database writes it, such as ``VARCHAR(20)``.
        family: what it takes, one of those in ``FITS``, or ``OTHER``.
        required: it is NOT NULL and has no default.
        generated: the database computes it and lets nobody write it.
    """

    name: str
    type: str
    family: str
    required: bool = False
    generated: bool = False


def check_columns(place: str, schema: pa.Schema, columns: Sequence[Column]) -> None:
    """Check that a table takes the fields of a stream.

    Raises:
        UnknownTargetError: a column is missing, cannot take its field, or needs a value that no field gives.
    """
    there = {column.name: column for column in columns}
    for field in schema:
        kind = KINDS[field.type]
        if field.name not in there:
            told = f"has no column for the field {field.name!r}; add one of type {BEST[kind]}, or name another table"
            raise UnknownTargetError(place, f"{told}; {did_you_mean(field.name, there)}")
        _check_column(place, kind, there[field.name])
    for column in columns:
        if column.required and column.name not in schema.names:
            told = f"column {column.name!r} ({column.type} NOT NULL) has no default, and the stream no such field"
            raise UnknownTargetError(place, f"{told}; give it a default, let it be NULL, or add the field")


def fitted(records: pa.RecordBatch, columns: Sequence[Column]) -> list[pa.Array]:
    """The values of each field as its column takes them: text for a text column, 0 and 1 for an integer one."""
    return [_fitted(array, column.family) for array, column in zip(records.columns, columns, strict=True)]


def of_schema(schema: pa.Schema, columns: Sequence[Column]) -> list[Column]:
    """The column of each field, in the order of the fields."""
    there = {column.name: column for column in columns}
    return [there[name] for name in schema.names]


def _check_column(place: str, kind: str, column: Column) -> None:
    if column.generated:
        told = f"column {column.name!r} is computed by the database and takes no values"
        raise UnknownTargetError(place, f"{told}; rename the field, or name another table")
    if column.family not in FITS[kind]:
        told = f"column {column.name!r} is of type {column.type}, which takes no field of type {kind}"
        raise UnknownTargetError(place, f"{told}; make the column {BEST[kind]}, change the field or name another table")


def _fitted(array: pa.Array, family: str) -> pa.Array:
    kind = KINDS[array.type]
    if kind != STRING and (family == STRING or (family == ANY and kind == TIMESTAMP)):
        return array.cast(pa.string())
    if kind == BOOLEAN and family == INTEGER:
        return array.cast(pa.int64())
    if kind == TIMESTAMP and family == TIMESTAMP:
        return array.cast(pa.timestamp("ms"))
    return array
