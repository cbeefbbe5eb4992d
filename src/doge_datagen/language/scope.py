"""The names that an expression may use, and what each of them stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from doge_datagen.language.lookup_data import ModelData, Table
from doge_datagen.language.time.incident_names import IncidentName
from doge_datagen.language.time.units import NEVER
from doge_datagen.language.time.zones import UTC_NAME
from doge_datagen.language.types import INTEGER, TIMESTAMP, Typed

if TYPE_CHECKING:
    from doge_datagen.language.event_lines import LineNames

INDEX = Typed("subject", INTEGER)
TICK = Typed("tick", INTEGER)
NOW = Typed("timestamp", TIMESTAMP)
ENDS = ("trigger", "from_state", "to_state")
"""The names of a transition's own strings, which are also attributes of ``Transition``."""
RECENCY = {"entered": "0entered", "previous": "0previous"}
"""Words for the moments at which a subject has entered its state and of its last event, and the hidden attributes that
hold them. No attribute of a model has such a name, since it must not begin with a digit."""
WORDS = ("index", *ENDS, "tick", "timestamp")
"""Names that are defined in every model."""
HIDDEN_WORDS = {"never": Typed(str(NEVER), TIMESTAMP)}
"""Names that are defined in every model, unless an attribute or a local variable has the same name."""
POPULATION, ID, PARENT = "population", "id", "parent"
"""Three more of them: the name of the population, and the identity of the subject, and of its parent if it has one, as
strings."""
ORDINAL_WORD = "ordinal"
"""Where subjects are spawned, the ordinal of one among the children of its parent."""


class OwnName(NamedTuple):
    """How the subjects of a population are called.

    Attributes:
        name: the name of the population.
        populations: the names of all populations, with which it may be compared.
        path: the ordinals of a subject that is spawned, from the child of its root to itself.
    """

    name: str
    populations: Set[str] = frozenset()
    path: tuple[Typed, ...] = ()

    def typed(self, data: ModelData) -> Typed:
        """The name as an expression; it is among the strings of the model only if something uses it."""
        return replace(data.text(self.name), among=frozenset({self.name, *self.populations}))


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that one expression or action of a model may use.

    Attributes:
        names: the names that may be read.
        data: what the model's code looks up.
        purpose: the number that makes the draws of this part independent of all others.
        initial_strings: attributes that are strings composed once at the start: only fields, keys and headers use them.
        targets: attributes that may be assigned, with their types and, for strings, the allowed values.
        draws: False where draws are not allowed, as in a key.
        later: attributes that get their first value after this one.
        unknown: attributes of unknown type, since their start has been rejected.
        zone: the time zone of local times.
        zone_attribute: instead, the attribute that has the time zone of each subject; empty if none has.
        rhythms: by the name of a rhythm, its name in the code.
        constants: the syntax tree of each constant of the model.
        tables: the reference tables by name.
        population: the name of the population; None where there is none.
        incidents: by the name of an incident, what it stands for.
        lines: what is known of the lines of an event; None if there are none.
    """

    names: Mapping[str, Typed]
    data: ModelData
    purpose: int
    initial_strings: Set[str] = frozenset()
    targets: Mapping[str, Typed] = field(default_factory=dict)
    draws: bool = True
    later: Set[str] = frozenset()
    unknown: Set[str] = frozenset()
    zone: str = UTC_NAME
    zone_attribute: str = ""
    rhythms: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, ast.expr] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    population: OwnName | None = None
    incidents: Mapping[str, IncidentName] = field(default_factory=dict)
    lines: LineNames | None = None


def attribute_code(name: str) -> str:
    """The name of an attribute in the code that both engines run."""
    return f"a_{name}"


def rhythm_codes(names: Iterable[str]) -> dict[str, str]:
    """By the name of each rhythm of a model, its name in that code."""
    return {name: f"rhythm_{number}" for number, name in enumerate(names)}


INCIDENTS = "incidents"
"""The name of the histories of all incidents in that code."""


def local_code(name: str) -> str:
    """The name of an action's local variable in that code."""
    return f"v_{name}"
