"""The shape of a model file: its keys, the type of each and what it means (the source of the JSON Schema)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from doge_datagen.language.units import duration, timestamp
from doge_datagen.model.arrival import ARRIVE
from doge_datagen.modelfile.base_shape import Shape
from doge_datagen.modelfile.document import shown
from doge_datagen.modelfile.field_types import (
    Constants,
    End,
    Expression,
    Expressions,
    FromStates,
    Included,
    Length,
    Moment,
    Name,
    Names,
    OneOrMany,
    Percentage,
    Rows,
    Start,
    Statements,
    States,
    Targets,
    ToStates,
    Weights,
    invalid,
    many,
    mapped,
    whole,
    without_quotes,
)
from doge_datagen.modelfile.rhythm_shape import RhythmShape
from doge_datagen.modelfile.table_shape import TableShape
from doge_datagen.program.checks import LAST_MOMENT

START = "2020-01-01T00:00:00Z"
VERSION = 1
TYPES = ("integer", "float", "boolean", "string", "timestamp", "duration")


class ClockShape(Shape):
    """The clock of the run. Without ticks and until, the run has no end."""

    start: Moment = Field(
        default=timestamp(START),
        description=f"Time of the first tick: a date or a time, in UTC unless it has a zone. Defaults to {START}.",
        examples=["2022-02-11T03:21:48Z"],
    )
    tick: Length | None = Field(
        None,
        description="Length of a tick, the time between two attempts of transitions with a probability: a number and a"
        " unit (ms, s, min, h, d, w). Models without probabilities do not need it.",
        examples=["1 min", "500 ms"],
    )
    ticks: Annotated[int | None, BeforeValidator(whole("give how many ticks there are", "ticks"))] = Field(
        None,
        description="Number of ticks; excludes until.",
        examples=[1000],
        json_schema_extra={"minimum": 0},
    )
    until: End | None = Field(
        None,
        description="End of the run (exclusive): a timestamp, or a duration from the start.",
        examples=["7 d", "2022-02-18T00:00:00Z"],
    )
    warm_up: Length | None = Field(
        None,
        description="How long before start subjects live already, so that they do not all begin in step. Nothing is"
        " emitted of that time; who has arrived in it and is still there is emitted at start.",
        examples=["30 d"],
    )

    @field_validator("until")
    @classmethod
    def _ends_in_time(cls, until: str | None, info: ValidationInfo) -> str | None:
        if until is not None and _end_of(until, info.data.get("start", 0)) > LAST_MOMENT:
            raise invalid(f"{until!r} is after the year 9999. Hint: give an earlier end")
        return until

    @model_validator(mode="after")
    def _has_one_end(self) -> Self:
        if self.until is None:
            return self
        if self.ticks is not None:
            raise invalid("has both ticks and until. Hint: remove one")
        if self.end is not None and self.end <= self.start:
            raise invalid(f"until {self.until!r} is not after the start. Hint: give a later one")
        return self

    @property
    def end(self) -> int | None:
        """The end that ``until`` gives, in milliseconds since the epoch; None without it."""
        return None if self.until is None else _end_of(self.until, self.start)


def _end_of(until: str, start: int) -> int:
    return timestamp(until) if "-" in until else start + duration(until)


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
        None, description="All strings it can ever hold, if actions change it.", examples=[["bronze", "gold"]]
    )
    start: Start = Field(
        description="The first value: a number, true, false, or an expression, which may use index, draws and the"
        " attributes before it.",
        examples=["randrange(0, 1000)"],
    )

    @model_validator(mode="before")
    @classmethod
    def _long(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"start": given}


class ArriveShape(Shape):
    """How subjects arrive while the run goes on; each arrival is an event."""

    initially: Annotated[int, BeforeValidator(whole("give how many arrive at the start", "initially"))] = Field(
        0,
        description="How many arrive at the start of the run.",
        examples=[6000],
        json_schema_extra={"minimum": 0, "maximum": 2**32 - 1},
    )
    rate: Expression = Field(
        description="How many arrive per unit of time on average: a constant. Independently of one another: their"
        " number is a Poisson number.",
        examples=["200/d"],
    )
    rhythm: Name | None = Field(None, description="Name of the rhythm that multiplies the rate.", examples=["evening"])
    trigger: Name = Field(ARRIVE, description="Name of the event, as that of a transition.", examples=["join"])
    do: Statements | None = Field(
        None,
        description="The action, which may change attributes that have their first values already. It cannot block an"
        " arrival.",
        examples=["plan = 'free'"],
    )
    emit: OneOrMany = Field(
        default_factory=list, description="Streams that arrivals feed: a name or a list.", examples=["customers"]
    )


class SubjectsShape(Shape):
    """The population."""

    @model_validator(mode="before")
    @classmethod
    def _are_of_one_kind(cls, given: Any) -> Any:
        if isinstance(given, list):
            problem = "a list is not a mapping. Hint: give one kind of subject, without '- '; others need a file each"
            raise invalid(problem)
        return given

    name: Name = Field(description="Name of one subject; draws depend on it.", examples=["user"])
    count: Annotated[int | None, BeforeValidator(whole("give how many subjects there are", "count"))] = Field(
        None,
        description="Number of subjects, all of which are there from the start; excludes arrive.",
        examples=[1000],
        json_schema_extra={"minimum": 1, "maximum": 2**32 - 1},
    )
    arrive: ArriveShape | None = Field(
        None,
        description="How they arrive instead, while the run goes on.",
        examples=[{"initially": 6000, "rate": "200/d"}],
    )
    attributes: Annotated[
        dict[str, Annotated[AttributeShape, _ShortOrLong()]], BeforeValidator(mapped("give 'name: start' for each"))
    ] = Field(
        default_factory=dict, description="Attributes by name, in the order in which they get their first values."
    )

    @model_validator(mode="after")
    def _has_a_number(self) -> Self:
        if self.count is None and self.arrive is None:
            raise invalid("'count' is missing. Hint: add it, such as 'count: 1000', or arrive")
        return self


class TransitionShape(Shape):
    """A transition from one state to another."""

    trigger: Name = Field(description="Name, unique among those that leave the state.", examples=["spending"])
    from_state: FromStates = Field(
        alias="from",
        description="The state it leaves, a list of states, or '*' for every state that is not final.",
        examples=["offline", ["browsing", "away"], "*"],
    )
    to_state: ToStates | None = Field(
        None,
        alias="to",
        description="The state it leads to; may be the same, which enters it anew. Without it, the subject stays, and"
        " its dwell time and timers go on. A mapping of states to shares branches; one share may be rest, and the state"
        " stay leaves the state as it is.",
        examples=["online", {"gone": 0.02, "stay": "rest"}],
    )
    probability: Percentage | None = Field(
        None,
        description="Probability per tick in percent, with or without the sign %, or an expression of attributes; with"
        " the rest to 100 % the subject stays in its state. Each transition has this or one of rate, weight, after,"
        " every and at.",
        examples=[0.1, "80 %", "5 + fatigue"],
    )
    rate: Expression | None = Field(
        None,
        description="How often it happens per unit of time while the subject is in the state, memoryless. May depend on"
        " attributes; the rates of one state compete.",
        examples=["3/d", "1/(8 h)"],
    )
    weight: Expression | None = Field(
        None,
        description="With which weight it is chosen when the dwell time of its state ends.",
        examples=[80],
    )
    after: Expression | None = Field(
        None,
        description="How long after its state is entered it happens: a duration, or a distribution of one.",
        examples=["30 min"],
    )
    every: Expression | None = Field(
        None,
        description="How long after its state is entered it happens, again and again.",
        examples=["8 h"],
    )
    at: Expression | None = Field(
        None,
        description="The moment at which it happens, from attributes: once for each value, or on entering the state if"
        " that moment has passed. Assigning one of its attributes arms it again.",
        examples=["renews", "signed_in + 8 h"],
    )
    when: Expression | None = Field(
        None,
        description="A condition: the transition exists only while it holds, and the others compete as if it did not.",
        examples=["not registered"],
    )
    rhythm: Name | None = Field(
        None,
        description="Name of the rhythm that multiplies its rate, or runs the clock of after and every.",
        examples=["evening"],
    )
    do: Statements | None = Field(
        None,
        description="The action, which may change attributes, in a subset of Python: assignments, if, elif, else, and"
        " require(...), which blocks the transition if it is false. Draws are called as in Python's random:"
        " randrange(10, 100), choice(['a', 'b']), gauss(0, 1).",
        examples=["balance += randrange(500, 2000)"],
    )
    emit: OneOrMany = Field(
        default_factory=list, description="Streams that it feeds: a name or a list.", examples=["balance"]
    )


class MatrixShape(Shape):
    """Weighted transitions as a table. The trigger of each is the name of the state that it leads to."""

    weights: Rows = Field(
        description="For each state, the states that follow it, with their weights: numbers, 0 or more, or expressions."
        " The states of its rows need a dwell time.",
        examples=[{"home": {"song": 60, "logout": 1}, "song": {"song": 9, "home": 1}}],
    )
    emit: OneOrMany = Field(
        default_factory=list, description="Streams that all of them feed: a name or a list.", examples=["clicks"]
    )
    do: Statements | None = Field(None, description="The action of all of them.", examples=["pages += 1"])


class StreamShape(Shape):
    """A named output: the records of a topic, a table or a file."""

    key: Expression | None = Field(
        None, description="Expression for the key of each record.", examples=["str(user_id)"]
    )
    fields: Expressions = Field(
        description="An expression for each field, of the attributes after the transition, and of trigger, from_state,"
        " to_state, tick, timestamp and index.",
        examples=[{"user_id": "user_id", "timestamp": "timestamp"}],
    )
    headers: Expressions = Field(default_factory=dict, description="An expression for each header.")


def _is_the_version(value: object) -> int:
    if value == VERSION and not isinstance(value, bool):
        return VERSION
    quoted = without_quotes(value, "doge") if value == str(VERSION) else ""
    raise invalid(f"{shown(value)} is not a known version of model files. Hint: give {VERSION}{quoted}")


def _has_only_a_matrix(given: Mapping[str, Any]) -> bool:
    return given.get("matrix") is not None and "transitions" not in given


class ModelShape(Shape):
    """A model: its population, state machine, streams, clock and targets."""

    doge: Annotated[Literal[1], BeforeValidator(_is_the_version)] = Field(
        description="Version of the file format.", examples=[VERSION]
    )
    name: Name = Field(description="Name of the model.", examples=["bank"])
    include: Included | None = Field(
        None,
        description="Path of a file with more of the model, relative to this file, or a list of them.",
        examples=["base.yaml", ["base.yaml", "targets.yaml"]],
    )
    zone: Name = Field(
        "UTC",
        description="Time zone of local times in expressions, such as hour(timestamp) or next('09:00').",
        examples=["Europe/Warsaw"],
    )
    clock: ClockShape = Field(examples=[{"tick": "1 min", "ticks": 1000}])
    constants: Constants = Field(
        default_factory=dict,
        description="By name, values that every expression may use: numbers, true, false, strings, which are durations"
        " if they read as one, and lists of them.",
        examples=[{"conversion": 0.2, "pause": "30 min", "channels": ["web", "app"]}],
    )
    subjects: SubjectsShape = Field(examples=[{"name": "user", "count": 10}])
    states: States = Field(
        description="All states, in order: a list, or a mapping that marks those that subjects never leave as final:"
        " no transition may leave them, and 'doge check' does not warn about them. A state that is left by weight has"
        " its dwell time there.",
        examples=[["offline", "online"], {"browsing": {"dwell": "20 s"}, "offline": None, "gone": "final"}],
    )
    initial: Weights = Field(
        description="Where subjects start: a state, or a weight for each of several states.",
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
        description="Many weighted transitions at once, in addition to the list, which may be left out then.",
        examples=[{"weights": {"home": {"song": 60, "logout": 1}}}],
    )
    streams: Annotated[dict[str, StreamShape], BeforeValidator(mapped("give a name for each"))] = Field(
        default_factory=dict, description="Outputs by name; a transition feeds them by naming them in emit."
    )
    rhythms: Annotated[dict[str, RhythmShape], BeforeValidator(mapped("give a name for each"))] = Field(
        default_factory=dict,
        description="By name, what makes rates and the clocks of timers and dwell times vary with time.",
    )
    tables: Annotated[dict[str, TableShape], BeforeValidator(mapped("give a name for each"))] = Field(
        default_factory=dict,
        description="Reference tables by name, from which expressions draw rows and in which they look rows up.",
        examples=[{"products": {"file": "products.csv", "key": "sku"}}],
    )
    targets: Targets = Field(
        default_factory=dict,
        description="By name, a destination for each stream; the first target is the default. ${NAME} is replaced from"
        " the environment when a run opens it, so that passwords need not be in the file.",
        examples=[{"local": {"trx": "out/trx.parquet"}}],
    )

    @model_validator(mode="before")
    @classmethod
    def _needs_no_list_beside_a_matrix(cls, given: Any) -> Any:
        return {**given, "transitions": []} if isinstance(given, dict) and _has_only_a_matrix(given) else given

    @model_validator(mode="after")
    def _has_ticks_if_it_needs_them(self) -> Self:
        if self.clock.tick is None:
            if any(it.probability is not None for it in self.transitions):
                raise invalid(
                    "clock has no tick, between which transitions with a probability are attempted."
                    " Hint: add 'tick: 1 min' to clock, or give rates"
                )
            if self.clock.ticks is not None:
                raise invalid("clock has ticks without a tick. Hint: give until, such as 'until: 7 d'")
        return self
