"""The JSON Schema of model files, with which editors complete keys and show their descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from doge_datagen.modelfile.include import INCLUDE, ONLY_ANCHORS
from doge_datagen.modelfile.schema.field_types import Shape
from doge_datagen.modelfile.schema.file import ModelShape, SeveralShape

BESIDE = ("transitions", "matrix")
EITHER = tuple({"required": [it]} for it in BESIDE)
"""A state machine has a list of transitions, a matrix, or both."""
DRAFT = "https://json-schema.org/draft/2020-12/schema"


# Files have no nulls: with pydantic's schema, editors would offer null for each optional key.
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
    # One schema for both forms, merged by hand: with oneOf at the top, editors show the errors of both and complete no
    # key.
    one, several = (_generated(form) for form in (ModelShape, SeveralShape))
    definitions = {**one["$defs"], **several["$defs"]}
    population = definitions["PopulationShape"]
    population |= {"required": _without_transitions(population), "anyOf": [*EITHER]}
    shared, only = several["required"], [it for it in _without_transitions(one) if it not in several["required"]]
    either = [{"required": [*only, *it["required"]]} for it in EITHER]
    below_names = {"required": ["populations"], "properties": dict.fromkeys([*only, *BESIDE], False)}
    alone = {"required": [it for it in shared if it != "populations"], "anyOf": [*either, below_names]}
    del one["required"]
    return {
        "$schema": DRAFT,
        **one,
        "$defs": definitions,
        "properties": one["properties"] | {"populations": several["properties"]["populations"]},
        "title": "Model of doge-datagen",
        "patternProperties": {f"^{ONLY_ANCHORS}": True},
        # A file with include has its missing keys in other files, and a file that is only included must not be red for
        # want of them, either.
        "if": {"not": {"required": [INCLUDE]}},
        "then": alone,
    }


def _generated(form: type[Shape]) -> dict[str, Any]:
    found = form.model_json_schema(by_alias=True, schema_generator=_Plain)
    for definition in found["$defs"].values():
        del definition["title"]
    return found


def _without_transitions(definition: Mapping[str, Any]) -> list[str]:
    return [it for it in definition["required"] if it != "transitions"]
