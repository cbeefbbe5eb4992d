"""The shape of a population in a model file: its subjects, their attributes and their state machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from doge_datagen.model.arrival import ARRIVE, BORN
from doge_datagen.modelfile.document import shown
from doge_datagen.modelfile.schema.field_types import (
    TEXT,
    Emission,
    Expression,
    Expressions,
    FromStates,
    Name,
    Names,
    Percentage,
    Rows,
    Shape,
    Start,
    Statements,
    States,
    ToStates,
    Weights,
)
from doge_datagen.modelfile.schema.field_validators import invalid, many, mapped, spawned, whole

TYPES = ("integer", "float", "boolean", "string", "timestamp", "duration")


def _is_a_type(value: object) -> str:
    if value in TYPES:
        return str(value)
    raise invalid(f"{shown(value)} is not a type. Hint: give one of {', '.join(TYPES)}")


class _ShortOrLong:
    """Makes the JSON Schema accept a start alone or the mapping."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": ["string", "number", "boolean"], "minLength": 1}, handler(core)]}


class AttributeShape(Shape):
    """An attribute of every subject, each of which has its own value; a start alone is short for a mapping with it."""

    type: Annotated[
        Literal["integer", "float", "boolean", "string", "timestamp", "duration"] | None, BeforeValidator(_is_a_type)
    ] = Field(None, description="The type; inferred from start by default.", examples=["string"])
    values: Names | None = Field(
        None, description="All strings that it can ever hold, if actions change it.", examples=[["bronze", "gold"]]
    )
    start: Start = Field(
        description="The first value: a number, true, false, or an expression, which may use index, draws and the"
        " attributes listed before it.",
        examples=["randrange(0, 1000)"],
    )

    @model_validator(mode="before")
    @classmethod
    def _long(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"start": given}


class SpawnShape(Shape):
    """What an event spawns: subjects of another population, which live on by themselves."""

    population: Name = Field(description="Name of the population to spawn; it must have born.", examples=["order"])
    given: Expressions = Field(
        default_factory=dict,
        alias="with",
        description="Attributes of the children, by name, with their values: expressions of the parent's attributes"
        " after the action.",
        examples=[{"amount": "total"}],
    )
    times: Expression = Field(
        "1", description="How many to spawn: an integer or an expression, 0 or more.", examples=["randint(0, 3)"]
    )
    each: Literal["lines"] | None = Field(
        None,
        description="With lines, spawns one subject for each line of the event, instead of times; the expressions of"
        " with may use its fields, such as line.amount.",
        examples=["lines"],
    )


class _OneOrMany:
    """Makes the JSON Schema accept a name or a mapping, and a list of both."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        one = {"anyOf": [TEXT, handler(core)["items"]]}
        return {"anyOf": [*one["anyOf"], {"type": "array", "items": one}]}


Spawns = Annotated[
    list[SpawnShape],
    BeforeValidator(spawned),
    _OneOrMany(),
    Field(
        description="What this event spawns: the name of a population, a mapping with the keys population, with, and"
        " times or each, or a list of these.",
        examples=["session", [{"population": "order", "with": {"amount": "total"}}]],
    ),
]


class BornShape(Shape):
    """What happens when a subject begins because another one has spawned it; it is an event, as an arrival is."""

    trigger: Name = Field(BORN, description="Name of the event, like the trigger of a transition.", examples=["placed"])
    do: Statements | None = Field(
        None,
        description="The action, which may change attributes after they have their first values. It cannot reject a"
        " birth.",
        examples=["status = 'new'"],
    )
    emit: Emission = Field(
        default_factory=list,
        description="Streams that births feed: a name, a list, or a mapping of names to conditions.",
        examples=["orders"],
    )
    spawn: Spawns = Field(default_factory=list)


class ArriveShape(Shape):
    """How subjects arrive while the run goes on; each arrival is an event."""

    initially: Annotated[int, BeforeValidator(whole("give how many arrive at the start", "initially"))] = Field(
        0,
        description="Number of subjects that are present from the start.",
        examples=[6000],
        json_schema_extra={"minimum": 0, "maximum": 2**32 - 1},
    )
    rate: Expression = Field(
        description="Mean number of arrivals per unit of time, a constant. Subjects arrive independently of one"
        " another, so the number of arrivals in any span of time has a Poisson distribution.",
        examples=["200/d"],
    )
    rhythm: Name | None = Field(None, description="Name of the rhythm that multiplies the rate.", examples=["evening"])
    trigger: Name = Field(ARRIVE, description="Name of the event, like the trigger of a transition.", examples=["join"])
    do: Statements | None = Field(
        None,
        description="The action, which may change attributes after they have their first values. It cannot reject an"
        " arrival.",
        examples=["plan = 'free'"],
    )
    emit: Emission = Field(
        default_factory=list,
        description="Streams that arrivals feed: a name, a list, or a mapping of names to conditions.",
        examples=["customers"],
    )
    spawn: Spawns = Field(default_factory=list)


class _Numbered(Shape):
    """How many subjects a population has, and their attributes."""

    count: Annotated[int | None, BeforeValidator(whole("give how many subjects there are", "count"))] = Field(
        None,
        description="Number of subjects, all present from the start; excludes arrive.",
        examples=[1000],
        json_schema_extra={"minimum": 1, "maximum": 2**32 - 1},
    )
    zone: Name | None = Field(
        None,
        description="Time zone of their local times, instead of the model's, or the name of an attribute that holds"
        " it.",
        examples=["Asia/Tokyo", "home"],
    )
    arrive: ArriveShape | None = Field(
        None,
        description="How subjects arrive during the run, instead of count.",
        examples=[{"initially": 6000, "rate": "200/d"}],
    )
    born: BornShape | None = Field(
        None,
        description="What happens when a subject is spawned by an event of another population, instead of count.",
        examples=[{"emit": "orders"}],
    )
    attributes: Annotated[
        dict[str, Annotated[AttributeShape, _ShortOrLong()]], BeforeValidator(mapped("give 'name: start' for each"))
    ] = Field(
        default_factory=dict, description="Attributes by name, in the order in which their first values are calculated."
    )

    @model_validator(mode="after")
    def _has_a_number(self) -> Self:
        if self.count is None and self.arrive is None and self.born is None:
            others = ", or born" if isinstance(self, PopulationShape) else ""
            raise invalid(f"'count' is missing. Hint: add it, such as 'count: 1000', or arrive{others}")
        return self


class _Named(Shape):
    name: Name = Field(description="Name of one subject; draws depend on it.", examples=["user"])


class SubjectsShape(_Numbered, _Named):  # pydantic takes the fields of the last base first
    """The population."""

    @model_validator(mode="before")
    @classmethod
    def _are_of_one_kind(cls, given: Any) -> Any:
        if isinstance(given, list):
            problem = "a list is not a mapping. Hint: give one kind of subject, without '- ', or populations by name"
            raise invalid(problem)
        return given


class LinesShape(Shape):
    """The lines of an event, such as the items of an order. They are drawn before the action."""

    count: Expression = Field(
        description="Number of lines, 0 to 100: an integer expression, which may be random.", examples=["randint(1, 5)"]
    )
    fields: Expressions = Field(
        description="An expression for each field of a line. It may use the attributes before the action, draws, the"
        " fields listed before it, and line.number, which counts from 1.",
        examples=[{"product": "pick(products)", "amount": "product.price * randint(1, 3)"}],
    )


class TransitionShape(Shape):
    """A transition from one state to another."""

    trigger: Name = Field(description="Name, unique among the transitions that leave the state.", examples=["spending"])
    from_state: FromStates = Field(
        alias="from",
        description="The state it leaves, a list of states, or '*' for every state that is not final.",
        examples=["offline", ["browsing", "away"], "*"],
    )
    to_state: ToStates | None = Field(
        None,
        alias="to",
        description="The state it leads to, which a transition with a probability must have. The same state is entered"
        " anew; without this key, the subject stays, and its dwell time and timers continue. A mapping of states to"
        " shares branches: one share may be rest, and the name stay means that the subject stays.",
        examples=["online", {"gone": 0.02, "stay": "rest"}],
    )
    probability: Percentage | None = Field(
        None,
        description="Probability per tick in percent, with or without the sign %, or an expression of attributes and"
        " incidents; the subject stays in its state with the rest to 100 %. Each transition has exactly one of"
        " probability, rate, weight, after, every and at.",
        examples=[0.1, "80 %", "5 + fatigue", "30 if outage else 2"],
    )
    rate: Expression | None = Field(
        None,
        description="How often it happens per unit of time while the subject is in the state; memoryless. It may"
        " depend on attributes. The rates of one state compete.",
        examples=["3/d", "1/(8 h)"],
    )
    weight: Expression | None = Field(
        None,
        description="Its weight in the choice that is made when the dwell time of the state ends.",
        examples=[80],
    )
    after: Expression | None = Field(
        None,
        description="Time from entering the state until it happens: a duration, or a distribution of durations.",
        examples=["30 min"],
    )
    every: Expression | None = Field(
        None,
        description="Time from entering the state until it happens, and then between repetitions: a duration, or a"
        " distribution of durations.",
        examples=["8 h"],
    )
    at: Expression | None = Field(
        None,
        description="The moment at which it happens, calculated from attributes: once for each value, or on entering"
        " the state if that moment has passed. Assigning one of these attributes arms it again.",
        examples=["renews", "signed_in + 8 h"],
    )
    when: Expression | None = Field(
        None,
        description="A condition: the transition exists only while it is true; otherwise the others compete as if it"
        " did not exist.",
        examples=["not registered"],
    )
    rhythm: Name | None = Field(
        None,
        description="Name of the rhythm that multiplies the rate, or drives the clock of after and every.",
        examples=["evening"],
    )
    do: Statements | None = Field(
        None,
        description="The action, which may change attributes, in a subset of Python: assignments, if, elif, else, and"
        " require(...), which rejects the transition if its condition is false. Draws are called as in Python's"
        " random: randrange(10, 100), choice(['a', 'b']), gauss(0, 1).",
        examples=["balance += randrange(500, 2000)"],
    )
    lines: LinesShape | None = Field(
        None,
        description="The lines of each event, such as the items of an order; do may use sum(lines.amount).",
        examples=[{"count": "randint(1, 5)", "fields": {"amount": "randint(100, 900)"}}],
    )
    emit: Emission = Field(
        default_factory=list,
        description="Streams that it feeds: a name, a list, or a mapping of names to true or to a condition, which is"
        " evaluated after the action. If the condition is false, the event emits no record to that stream.",
        examples=["balance", {"orders": True, "alerts": "amount > 1000"}],
    )
    spawn: Spawns = Field(default_factory=list)


class MatrixShape(Shape):
    """Weighted transitions as a table. The trigger of each is the name of the state that it leads to."""

    weights: Rows = Field(
        description="For each state, the states that can follow it, with their weights: numbers, 0 or more, or"
        " expressions. Each state that has a row needs a dwell time.",
        examples=[{"home": {"song": 60, "logout": 1}, "song": {"song": 9, "home": 1}}],
    )
    emit: Emission = Field(
        default_factory=list,
        description="Streams that all these transitions feed: a name, a list, or a mapping of names to conditions.",
        examples=["clicks"],
    )
    do: Statements | None = Field(None, description="The action of all these transitions.", examples=["pages += 1"])


def _has_only_a_matrix(given: Mapping[str, Any]) -> bool:
    return given.get("matrix") is not None and "transitions" not in given


class MachineShape(Shape):
    """A state machine."""

    states: States = Field(
        description="All states, in order: a list, or a mapping, which can mark a state as final or give its dwell"
        " time. No transition may leave a final state, and 'doge check' does not warn about it. A state that is"
        " left by weight needs a dwell time.",
        examples=[["offline", "online"], {"browsing": {"dwell": "20 s"}, "offline": None, "gone": "final"}],
    )
    initial: Weights = Field(
        description="The initial state, or a weight for each of several.",
        examples=["offline", {"offline": 90, "online": 10}],
    )
    transitions: Annotated[
        list[TransitionShape], BeforeValidator(many("begin each transition with '- trigger: ...'"))
    ] = Field(
        description="All transitions between states.",
        examples=[[{"trigger": "login", "from": "offline", "to": "online", "probability": 0.1}]],
    )
    matrix: MatrixShape | None = Field(
        None,
        description="Many weighted transitions as a table, in addition to the list, which may then be left out.",
        examples=[{"weights": {"home": {"song": 60, "logout": 1}}}],
    )

    @model_validator(mode="before")
    @classmethod
    def _needs_no_list_beside_a_matrix(cls, given: Any) -> Any:
        # Here and not by a default: without a matrix, a missing list is an error that names the key.
        return {**given, "transitions": []} if isinstance(given, dict) and _has_only_a_matrix(given) else given


class PopulationShape(MachineShape, _Numbered):
    """A population among several: how many subjects it has, their attributes and their state machine."""
