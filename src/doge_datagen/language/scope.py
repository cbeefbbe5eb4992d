"""Which names an expression may use, and what each of them is."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from doge_datagen.language.types import INTEGER, TIMESTAMP, Tables, Typed

INDEX = Typed("subject", INTEGER)
TICK = Typed("tick", INTEGER)
NOW = Typed("timestamp", TIMESTAMP)
ENDS = ("trigger", "from_state", "to_state")
"""What a transition says of itself, by the names that ``Transition`` has for it too."""
WORDS = ("index", *ENDS, "tick", "timestamp")
"""What models can say beside their own names."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Names and what they mean at one place of a model.

    Attributes:
        names: what may be read.
        held: attributes that are texts made once at the start, by name: fields may show them, nothing else.
        targets: attributes that may be assigned: by name the type, and for texts the values allowed.
        tables: what the model's code looks up.
        purpose: keeps the draws of this place apart from all others.
        draws: False where nothing may be drawn, such as a key.
        later: attributes that get their first value after this place.
        unknown: attributes that nothing is known of, since what they start with has been refused.
    """

    names: Mapping[str, Typed]
    tables: Tables
    purpose: int
    held: Set[str] = frozenset()
    targets: Mapping[str, Typed] = field(default_factory=dict)
    draws: bool = True
    later: Set[str] = frozenset()
    unknown: Set[str] = frozenset()


def attribute_code(name: str) -> str:
    """How the code of both engines calls an attribute."""
    return f"a_{name}"


def local_code(name: str) -> str:
    """How it calls a name that an action gives a value."""
    return f"v_{name}"
