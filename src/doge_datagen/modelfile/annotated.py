"""The kinds of values as pydantic takes them: what checks each, and what the JSON Schema says of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Tag, WithJsonSchema

from doge_datagen.modelfile.kinds import (
    end,
    expression,
    kind_of_state,
    length,
    many,
    mapped,
    moment,
    name,
    names,
    number,
    percentage,
    place,
    start,
    statements,
    weights,
)

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT}

Name = Annotated[str, BeforeValidator(name), WithJsonSchema(TEXT)]
Names = Annotated[
    list[Name], BeforeValidator(many("give one such as [a, b]")), WithJsonSchema({**TEXTS, "minItems": 1})
]
LIST, MAPPING = TAGS = ("(list)", "(mapping)")
"""What pydantic puts into the path of an error for the way in which states are given; no key of a file is called so."""
States = Annotated[
    Annotated[Names, Tag(LIST)]
    | Annotated[
        dict[str, Annotated[Literal["final"] | None, BeforeValidator(kind_of_state)]],
        Tag(MAPPING),
        WithJsonSchema({"type": "object", "minProperties": 1, "additionalProperties": {"enum": [None, "final"]}}),
    ],
    Discriminator(lambda given: MAPPING if isinstance(given, dict) else LIST),
]
OneOrMany = Annotated[list[Name], BeforeValidator(names), WithJsonSchema({"anyOf": [TEXT, TEXTS]})]
Statements = Annotated[str, BeforeValidator(statements), WithJsonSchema({"type": "string"})]
Expression = Annotated[
    str, BeforeValidator(expression), WithJsonSchema({"type": ["string", "number", "boolean"], "minLength": 1})
]
Expressions = Annotated[dict[str, Expression], BeforeValidator(mapped("give 'name: expression' for each"))]
Start = Annotated[
    str | int | float | bool,
    BeforeValidator(start),
    WithJsonSchema({"type": ["string", "number", "boolean"], "minLength": 1}),
]
Percentage = Annotated[
    int | float,
    BeforeValidator(percentage),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, {"type": "string", "pattern": "^[0-9.]+ *%$"}]}
    ),
]
Length = Annotated[int, BeforeValidator(length), WithJsonSchema({"type": "string", "pattern": "^[0-9.]+ ?[a-z]+$"})]
Moment = Annotated[int, BeforeValidator(moment), WithJsonSchema({"type": "string", "minLength": 10})]
End = Annotated[str, BeforeValidator(end), WithJsonSchema(TEXT)]
Weight = Annotated[int | float, BeforeValidator(number("give a weight above 0")), WithJsonSchema({"type": "number"})]
Weights = Annotated[
    dict[str, Weight],
    BeforeValidator(weights),
    WithJsonSchema(
        {
            "anyOf": [
                TEXT,
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
                },
            ]
        }
    ),
]
PLACE = {
    "anyOf": [
        {**TEXT, "description": "A path (.jsonl, .parquet, .csv ...), a database's URL, or console."},
        {
            "type": "object",
            "minProperties": 1,
            "description": "A kind of sink with its path, URL or addresses, and the sink's options.",
            "properties": {
                "file": {"type": "string", "description": "A path."},
                "database": {"type": "string", "description": "A database's URL."},
                "kafka": {"type": "string", "description": "Brokers, such as localhost:9092."},
                "console": {"type": ["string", "null"], "description": "The screen."},
            },
        },
    ]
}
PlaceGiven = Annotated[str | dict[str, Any], BeforeValidator(place), WithJsonSchema(PLACE)]
Targets = Annotated[
    dict[str, Annotated[dict[str, PlaceGiven], BeforeValidator(mapped("give 'stream: place' for each"))]],
    BeforeValidator(mapped("give a name for each target, and below it 'stream: place'")),
]
