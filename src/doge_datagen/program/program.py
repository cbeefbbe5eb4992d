"""A model as code: what both engines run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doge_datagen.language.actions import Action
from doge_datagen.language.text_expressions import Text
from doge_datagen.language.types import Tables, Typed
from doge_datagen.model.spec import Spec


@dataclass(frozen=True, slots=True)
class Start:
    """How an attribute gets its first value.

    Attributes:
        name: of the attribute.
        typed: what reads it: the column of its own, or code where it needs none.
        stored: whether it has a column of its own.
        code: its first value; for a text made at the start empty.
        text: such a text, put together from ``columns``; None elsewhere.
        columns: what has to be computed for the text.
    """

    name: str
    typed: Typed
    stored: bool
    code: str
    text: Text | None = None
    columns: tuple[Typed, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """How a stream's records are put together.

    Attributes:
        columns: what is computed for each event.
        fields: by name the number of the column that the field is, or its text.
        kinds: by name the type of the field.
        key: the text of the key; None where there is none.
        headers: by name.
    """

    columns: tuple[Typed, ...]
    fields: Mapping[str, int | Text]
    kinds: Mapping[str, str]
    key: Text | None = None
    headers: Mapping[str, Text] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[int | Text, ...]:
        """All columns and texts that a record shows, each once."""
        shown = (*self.fields.values(), *self.headers.values(), self.key)
        return tuple(dict.fromkeys(part for part in shown if part is not None))


@dataclass(frozen=True, slots=True)
class Program:
    """A spec translated.

    Attributes:
        spec: the model.
        tables: what the code looks up.
        starts: the attributes, in their order.
        actions: what each transition does; None where nothing.
        shapes: the streams.
    """

    spec: Spec
    tables: Tables
    starts: tuple[Start, ...]
    actions: tuple[Action | None, ...]
    shapes: Mapping[str, Shape]
