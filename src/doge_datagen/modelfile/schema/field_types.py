"""The base of the shapes of a model file's mappings, and the types of their values, which raise our own messages."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Tag, WithJsonSchema, model_validator

from doge_datagen.model.state_machine import DWELL, RHYTHM
from doge_datagen.modelfile.document import shown
from doge_datagen.modelfile.schema.field_validators import (
    cell,
    constant,
    destination,
    emission,
    end,
    expression,
    from_states,
    invalid,
    kind_of_state,
    length,
    many,
    mapped,
    moment,
    name,
    names,
    number,
    percentage,
    start,
    statements,
    to_states,
    truth,
    weights,
)


class Shape(BaseModel):
    """A mapping with a fixed set of keys."""

    # Strict: pydantic would otherwise take "5" for 5 and 1 for true, and a mistake in the file would be hidden.
    # A validator contains those of its fields: only the shapes of whole files need their own, at their first use.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    # Pydantic's own message names the Python class, which is not a word of the file.
    def _is_a_mapping(cls, given: Any) -> Any:
        if isinstance(given, dict):
            return given
        known = ", ".join(field.alias or name for name, field in cls.model_fields.items())
        raise invalid(f"{shown(given)} is not a mapping. Hint: give 'key: value' for each of its keys: {known}")


TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT}

Name = Annotated[str, BeforeValidator(name), WithJsonSchema(TEXT)]
Names = Annotated[
    list[Name], BeforeValidator(many("give one such as [a, b]")), WithJsonSchema({**TEXTS, "minItems": 1})
]
KIND_OF_STATE = {
    "anyOf": [
        {"enum": [None, "final"]},
        {
            "type": "object",
            "properties": {DWELL: {"type": ["string", "number"], "minLength": 1}, RHYTHM: TEXT},
            "required": [DWELL],
            "additionalProperties": False,
        },
    ]
}
# A plain union tries both forms and reports the errors of both; by the tag, only those of the form that is meant.
LIST, MAPPING = TAGS = ("(list)", "(mapping)")
"""Tags of the two forms of ``states``. Pydantic puts them into the path of an error; no key of a file is named so."""
States = Annotated[
    Annotated[Names, Tag(LIST)]
    | Annotated[
        dict[str, Annotated[Any, BeforeValidator(kind_of_state)]],
        Tag(MAPPING),
        WithJsonSchema({"type": "object", "minProperties": 1, "additionalProperties": KIND_OF_STATE}),
    ],
    Discriminator(lambda given: MAPPING if isinstance(given, dict) else LIST),
]
OneOrMany = Annotated[list[Name], BeforeValidator(names), WithJsonSchema({"anyOf": [TEXT, TEXTS]})]
Emission = Annotated[
    list[str] | dict[str, Any],
    BeforeValidator(emission),
    WithJsonSchema(
        {
            "anyOf": [
                TEXT,
                TEXTS,
                {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"], "minLength": 1}},
            ]
        }
    ),
]
Included = Annotated[Any, WithJsonSchema({"anyOf": [TEXT, {**TEXTS, "minItems": 1}]})]
FromStates = Annotated[
    str | list[str], BeforeValidator(from_states), WithJsonSchema({"anyOf": [TEXT, {**TEXTS, "minItems": 1}]})
]
ToStates = Annotated[
    str | dict[str, Any],
    BeforeValidator(to_states),
    WithJsonSchema(
        {
            "anyOf": [
                TEXT,
                {"type": "object", "minProperties": 1, "additionalProperties": {"type": ["number", "string"]}},
            ]
        }
    ),
]
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
Truth = Annotated[bool, BeforeValidator(truth), WithJsonSchema({"type": "boolean"})]
Percentage = Annotated[
    int | float | str,
    BeforeValidator(percentage),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, TEXT]}),
]
SCALAR = {"type": ["number", "string", "boolean"]}
Constants = Annotated[
    dict[
        str,
        Annotated[
            Any,
            BeforeValidator(constant),
            WithJsonSchema({"anyOf": [SCALAR, {"type": "array", "minItems": 1, "items": SCALAR}]}),
        ],
    ],
    BeforeValidator(mapped("give 'name: value' for each")),
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
Cell = Annotated[
    str | int | float | bool, BeforeValidator(cell), WithJsonSchema({"type": ["number", "string"], "minLength": 1})
]
Row = Annotated[dict[str, Cell], BeforeValidator(mapped("give 'state: weight' for each state that follows"))]
Rows = Annotated[dict[str, Row], BeforeValidator(mapped("give 'state: {next: weight}' for each state"))]
DESTINATION = {
    "anyOf": [
        {**TEXT, "description": "A path (.jsonl, .parquet, .csv ...), the URL of a database, or console."},
        {
            "type": "object",
            "minProperties": 1,
            "description": "A type of sink with its path, URL or addresses, and the sink's options.",
            "properties": {
                "file": {"type": "string", "description": "A path."},
                "database": {"type": "string", "description": "A database's URL."},
                "kafka": {"type": "string", "description": "Brokers, such as localhost:9092."},
                "console": {"type": ["string", "null"], "description": "The screen."},
            },
        },
    ]
}
DestinationGiven = Annotated[str | dict[str, Any], BeforeValidator(destination), WithJsonSchema(DESTINATION)]
Targets = Annotated[
    dict[str, Annotated[dict[str, DestinationGiven], BeforeValidator(mapped("give 'stream: destination' for each"))]],
    BeforeValidator(mapped("give a name for each target, and below it 'stream: destination'")),
]
