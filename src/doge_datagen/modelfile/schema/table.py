"""The shape of a reference table in a model file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from doge_datagen.modelfile.schema.base import Shape
from doge_datagen.modelfile.schema.field_types import Expressions, Name
from doge_datagen.modelfile.schema.field_validators import many, mapped, whole

VALUES = {"type": ["string", "number", "boolean"]}
Row = Annotated[
    dict[str, Any],  # Any: a number, a boolean or a string, which reading the table checks
    BeforeValidator(mapped("give 'column: value' for each")),
    WithJsonSchema({"type": "object", "additionalProperties": VALUES}),
]


class TableShape(Shape):
    """A reference table: rows of a file, given or generated, which expressions draw by pick(...) or look up by key."""

    file: Name | None = Field(
        None,
        description="Path of a CSV, JSON Lines, Parquet or Arrow file, with the suffix .csv, .jsonl, .ndjson,"
        " .parquet, .arrow or .feather. A relative path is relative to the folder of the model file. Excludes"
        " rows.",
        examples=["products.csv"],
    )
    rows: Annotated[list[Row], BeforeValidator(many("begin each row with '- {column: value, ...}'"))] | None = Field(
        None,
        description="The rows, all with the same columns. Excludes file.",
        examples=[[{"name": "casual", "share": 80}, {"name": "loyal", "share": 20}]],
    )
    count: Annotated[int | None, BeforeValidator(whole("give how many rows to generate", "count"))] = Field(
        None,
        description="Number of rows to generate from columns. Excludes file and rows.",
        examples=[10000],
        json_schema_extra={"minimum": 1, "maximum": 10_000_000},
    )
    columns: Expressions = Field(
        default_factory=dict,
        description="An expression for each column of the generated rows. It may use index, draws, the columns listed"
        " before it, and the tables listed before this one.",
        examples=[{"sku": "f'{index:05}'", "price": "round(uniform(1, 99), 2)"}],
    )
    seed: Annotated[int, BeforeValidator(whole("give a number, 0 or more", "seed"))] = Field(
        default=0,
        description="Seed for the draws of generated rows, which do not depend on the seed of the run.",
        examples=[7],
        json_schema_extra={"minimum": 0},
    )
    key: Name | None = Field(
        None,
        description="Column by which rows are looked up, as in products[sku]; it has strings or integers, all"
        " different.",
        examples=["sku"],
    )
    types: Annotated[dict[str, Name], BeforeValidator(mapped("give 'column: type' for each"))] = Field(
        default_factory=dict,
        description="Types of columns whose values look like another type: integer, float, boolean, string, timestamp"
        " or duration.",
        examples=[{"sku": "string"}],
    )
    emit: Name | None = Field(
        None,
        description="Stream that gets each row as a record at the start of the run, before the first event. Unless it"
        " is defined in streams, its fields are the columns, and its key is the key column.",
        examples=["products"],
    )
