"""The JSON Schema of model files, with which editors complete keys and show their descriptions."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from doge_datagen.modelfile.file_schema import ModelShape
from doge_datagen.modelfile.include import INCLUDE, ONLY_ANCHORS

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class _Plain(GenerateJsonSchema):
    """A plainer schema: optional keys are omitted rather than null, and keys have no titles."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - of no field
        return False


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) as plain values.

    It covers keys, types and ranges. Whether names exist and probabilities sum to 100 or less is checked by the loader.

    >>> schema()['properties']['name']['description']
    'Name of the model.'
    """
    generated = ModelShape.model_json_schema(by_alias=True, schema_generator=_Plain)
    for definition in generated["$defs"].values():
        del definition["title"]
    required = [it for it in generated["required"] if it != "transitions"]
    one_of_both = [{"required": ["transitions"]}, {"required": ["matrix"]}]
    any_value = {"patternProperties": {f"^{ONLY_ANCHORS}": True}}
    alone = {"required": required, "anyOf": one_of_both}
    del generated["required"]
    unless_included = {"if": {"not": {"required": [INCLUDE]}}, "then": alone}
    return {"$schema": DRAFT, **generated, "title": "Model of doge-datagen", **any_value, **unless_included}
