"""The program: a translated model, which both engines run."""

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
        name: the name of the attribute.
        typed: the expression that reads it: its own column, or code if it needs none.
        stored: whether it has its own column.
        code: the expression for its first value; empty for an initial string.
        text: the initial string, composed from ``columns``; None for other attributes.
        columns: the values that have to be computed for the string.
    """

    name: str
    typed: Typed
    stored: bool
    code: str
    text: Text | None = None
    columns: tuple[Typed, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """How the records of a stream are composed.

    Attributes:
        columns: the values computed for each event.
        fields: for each field, the number of its column, or its string expression.
        kinds: the type of each field.
        key: the string expression of the key; None if there is no key.
        headers: the string expression of each header.
    """

    columns: tuple[Typed, ...]
    fields: Mapping[str, int | Text]
    kinds: Mapping[str, str]
    key: Text | None = None
    headers: Mapping[str, Text] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[int | Text, ...]:
        """All columns and string expressions that a record uses, each once."""
        shown = (*self.fields.values(), *self.headers.values(), self.key)
        return tuple(dict.fromkeys(part for part in shown if part is not None))


@dataclass(frozen=True, slots=True)
class Program:
    """A checked and translated spec.

    Attributes:
        spec: the model.
        tables: the constants that the code looks up.
        starts: how each attribute starts, in order.
        actions: the action of each transition; None if it has none.
        shapes: how the records of each stream are composed.
    """

    spec: Spec
    tables: Tables
    starts: tuple[Start, ...]
    actions: tuple[Action | None, ...]
    shapes: Mapping[str, Shape]
