"""The shape of a model file: its keys, the type of each and what it means (the source of the JSON Schema)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator, model_validator

from doge_datagen.language.time.units import duration, timestamp
from doge_datagen.model.transition import EACH_LINE
from doge_datagen.modelfile.document import shown
from doge_datagen.modelfile.schema.field_types import (
    Constants,
    End,
    Expression,
    Expressions,
    Included,
    Length,
    Moment,
    Name,
    Shape,
    Targets,
)
from doge_datagen.modelfile.schema.field_validators import invalid, many, mapped, whole, without_quotes
from doge_datagen.modelfile.schema.population import MachineShape, PopulationShape, SubjectsShape, TransitionShape
from doge_datagen.modelfile.schema.timelines import IncidentShape, RhythmShape
from doge_datagen.program.time.checks import LAST_MOMENT

VALUES = {"type": ["string", "number", "boolean"]}
Row = Annotated[
    dict[str, Any],  # Any: a number, a boolean or a string, which reading the table checks
    BeforeValidator(mapped("give 'column: value' for each")),
    WithJsonSchema({"type": "object", "additionalProperties": VALUES}),
]


class TableShape(Shape):
    """A reference table: rows of a file, given or generated, which expressions draw by pick(...) or look up by key."""

    file: Name | None = Field(
        None,
        description="Path of a CSV, JSON Lines, Parquet or Arrow file, with the suffix .csv, .jsonl, .ndjson,"
        " .parquet, .arrow or .feather. A relative path is relative to the folder of the model file. Excludes"
        " rows.",
        examples=["products.csv"],
    )
    rows: Annotated[list[Row], BeforeValidator(many("begin each row with '- {column: value, ...}'"))] | None = Field(
        None,
        description="The rows, all with the same columns. Excludes file.",
        examples=[[{"name": "casual", "share": 80}, {"name": "loyal", "share": 20}]],
    )
    count: Annotated[int | None, BeforeValidator(whole("give how many rows to generate", "count"))] = Field(
        None,
        description="Number of rows to generate from columns. Excludes file and rows.",
        examples=[10000],
        json_schema_extra={"minimum": 1, "maximum": 10_000_000},
    )
    columns: Expressions = Field(
        default_factory=dict,
        description="An expression for each column of the generated rows. It may use index, draws, the columns listed"
        " before it, and the tables listed before this one.",
        examples=[{"sku": "f'{index:05}'", "price": "round(uniform(1, 99), 2)"}],
    )
    seed: Annotated[int, BeforeValidator(whole("give a number, 0 or more", "seed"))] = Field(
        default=0,
        description="Seed for the draws of generated rows, which do not depend on the seed of the run.",
        examples=[7],
        json_schema_extra={"minimum": 0},
    )
    key: Name | None = Field(
        None,
        description="Column by which rows are looked up, as in products[sku]; it has strings or integers, all"
        " different.",
        examples=["sku"],
    )
    types: Annotated[dict[str, Name], BeforeValidator(mapped("give 'column: type' for each"))] = Field(
        default_factory=dict,
        description="Types of columns whose values look like another type: integer, float, boolean, string, timestamp"
        " or duration.",
        examples=[{"sku": "string"}],
    )
    emit: Name | None = Field(
        None,
        description="Stream that gets each row as a record at the start of the run, before the first event. Unless it"
        " is defined in streams, its fields are the columns, and its key is the key column.",
        examples=["products"],
    )


START = "2020-01-01T00:00:00Z"
VERSION = 1


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
        description="How long to simulate before start, without output, so that subjects are not all in their initial"
        " states when the run begins. Subjects that arrived during that time and are still present emit their arrival"
        " record at start; those who have left do so, too, if pick can draw them or their population spawns others.",
        examples=["30 d"],
    )

    @field_validator("until")
    @classmethod
    def _ends_in_time(cls, until: str | None, info: ValidationInfo) -> str | None:
        # Checked before the other keys are known to be valid: a wrong start is not in the data, and must not hide this
        # error.
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


def _is_of_lines(value: object) -> str:
    if value == EACH_LINE:
        return EACH_LINE
    raise invalid(f"{shown(value)} is nothing that records are made of. Hint: write 'each: {EACH_LINE}', or remove it")


class StreamShape(Shape):
    """A named output: the records of a topic, a table or a file."""

    key: Expression | None = Field(
        None, description="Expression for the key of each record.", examples=["str(user_id)"]
    )
    fields: Expressions = Field(
        description="An expression for each field. It may use the attributes after the transition, and trigger,"
        " from_state, to_state, tick, timestamp and index.",
        examples=[{"user_id": "user_id", "timestamp": "timestamp"}],
    )
    headers: Expressions = Field(default_factory=dict, description="An expression for each header.")
    each: Annotated[Literal["lines"] | None, BeforeValidator(_is_of_lines)] = Field(
        None,
        description="With lines, the stream has a record for each line of an event, and its expressions may use"
        " line.NAME and line.number.",
        examples=["lines"],
    )


def _is_the_version(value: object) -> int:
    # true == 1 in Python, and 1.0 is accepted since JSON does not tell it from 1.
    if value == VERSION and not isinstance(value, bool):
        return VERSION
    quoted = without_quotes(value, "doge") if value == str(VERSION) else ""
    raise invalid(f"{shown(value)} is not a known version of model files. Hint: give {VERSION}{quoted}")


class _Head(Shape):
    doge: Annotated[Literal[1], BeforeValidator(_is_the_version)] = Field(
        description="Version of the file format.", examples=[VERSION]
    )
    name: Name = Field(description="Name of the model.", examples=["bank"])
    include: Included | None = Field(
        None,
        description="Path of a file with more parts of the model, relative to this file, or a list of such paths.",
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
        description="Values by name, which every expression may use: numbers, true, false, strings, and lists of"
        " these. A string that can be read as a duration is one.",
        examples=[{"conversion": 0.2, "pause": "30 min", "channels": ["web", "app"]}],
    )


class _WithSubjects(Shape):
    subjects: SubjectsShape = Field(examples=[{"name": "user", "count": 10}])


class _WithPopulations(Shape):
    populations: Annotated[dict[str, PopulationShape], BeforeValidator(mapped("give a name for each"))] = Field(
        description="Populations by name, each with its own state machine, in place of subjects, states, initial,"
        " transitions and matrix. Each is named after one of its subjects; draws depend on the name.",
        examples=[{"user": {"count": 10, "states": ["offline"], "initial": "offline", "transitions": []}}],
    )


class _Tail(Shape):
    streams: Annotated[dict[str, StreamShape], BeforeValidator(mapped("give a name for each"))] = Field(
        default_factory=dict, description="Outputs by name; a transition feeds a stream by naming it in emit."
    )
    rhythms: Annotated[dict[str, RhythmShape], BeforeValidator(mapped("give a name for each"))] = Field(
        default_factory=dict,
        description="Rhythms by name; they make rates, and the clocks of timers and dwell times, vary with time.",
    )
    incidents: Annotated[dict[str, IncidentShape], BeforeValidator(mapped("give a name for each"))] = Field(
        default_factory=dict,
        description="Incidents by name, such as outages; in expressions, the name is true while the incident is under"
        " way.",
    )
    tables: Annotated[dict[str, TableShape], BeforeValidator(mapped("give a name for each"))] = Field(
        default_factory=dict,
        description="Reference tables by name; expressions draw rows from them, or look rows up by key.",
        examples=[{"products": {"file": "products.csv", "key": "sku"}}],
    )
    targets: Targets = Field(
        default_factory=dict,
        description="Targets by name, each with a destination for each stream; the first is the default. ${NAME} is"
        " replaced by the environment variable when a run opens the destination, so that passwords need not be in"
        " the file.",
        examples=[{"local": {"trx": "out/trx.parquet"}}],
    )


class ModelShape(_Tail, MachineShape, _WithSubjects, _Head):
    """A model: its population, state machine, streams, clock and targets."""

    @model_validator(mode="after")
    def _has_ticks_if_it_needs_them(self) -> Self:
        _check_ticks(self.clock, self.transitions)
        return self


class SeveralShape(_Tail, _WithPopulations, _Head):
    """A model of several populations."""

    @model_validator(mode="after")
    def _has_ticks_if_it_needs_them(self) -> Self:
        _check_ticks(self.clock, [it for population in self.populations.values() for it in population.transitions])
        return self


def shape_of(value: Any) -> ModelShape | SeveralShape:
    """The shape of a file's values, in the form that it has.

    Raises:
        ValidationError: it has another shape.
    """
    return (SeveralShape if has_populations(value) else ModelShape).model_validate(value)


def has_populations(value: Any) -> bool:
    """Whether a file gives its populations by name."""
    return isinstance(value, dict) and "populations" in value


def _check_ticks(clock: ClockShape, transitions: Sequence[TransitionShape]) -> None:
    if clock.tick is not None:
        return
    if any(it.probability is not None for it in transitions):
        raise invalid(
            "has no tick, between which transitions with a probability are attempted."
            " Hint: add one, such as 'tick: 1 min', or give rates",
            "clock",
        )
    if clock.ticks is not None:
        raise invalid("has ticks without a tick. Hint: give until, such as 'until: 7 d'", "clock")
