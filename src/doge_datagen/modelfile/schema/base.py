"""The base of the shapes of a model file's mappings."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from doge_datagen.modelfile.document import shown
from doge_datagen.modelfile.schema.field_validators import invalid


class Shape(BaseModel):
    """A mapping with a fixed set of keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _is_a_mapping(cls, given: Any) -> Any:
        if isinstance(given, dict):
            return given
        known = ", ".join(field.alias or name for name, field in cls.model_fields.items())
        raise invalid(f"{shown(given)} is not a mapping. Hint: give 'key: value' for each of its keys: {known}")
