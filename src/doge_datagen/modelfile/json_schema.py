"""The JSON Schema of model files, for editors that complete and explain while a model is written."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from doge_datagen.modelfile.shape import ModelShape

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class _Plain(GenerateJsonSchema):
    """Keys that may be left out are left out, not null; the key's own name is title enough."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - of no field
        return False


def schema() -> dict[str, Any]:
    """The schema as plain values, draft 2020-12.

    It knows keys, types and ranges; that names exist and that probabilities leave room is for the loader to say.

    >>> schema()['properties']['name']['description']
    'Of the model.'
    """
    told = ModelShape.model_json_schema(by_alias=True, schema_generator=_Plain)
    for definition in told["$defs"].values():
        del definition["title"]
    return {"$schema": DRAFT, **told, "title": "Model of doge-datagen"}
