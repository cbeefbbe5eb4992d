"""The shapes of rhythms and incidents in a model file."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from doge_datagen.modelfile.schema.field_types import TEXT, Expression, Name, OneOrMany, Shape, Truth
from doge_datagen.modelfile.schema.field_validators import invalid, many, mapped, number, text_like

FACTOR = {"type": "number", "minimum": 0}
Factor = Annotated[int | float, BeforeValidator(number("give a factor, 0 or more")), WithJsonSchema(FACTOR)]
Blend = Annotated[str, BeforeValidator(text_like("6 h")), WithJsonSchema(TEXT)]
Growth = Annotated[str, BeforeValidator(text_like("3 %/week")), WithJsonSchema(TEXT)]
Ramp = Annotated[list[Factor], BeforeValidator(many("give the factors at its begin and end, such as [1, 0.5]"))]


class HolidaysShape(Shape):
    """Public holidays, on which a factor replaces that of the weekday."""

    country: Name = Field(
        description="Code of the country, from the package holidays; the extra holidays installs it.", examples=["PL"]
    )
    factor: Factor = Field(description="The factor on these days.", examples=[0.3])


class PeriodShape(Shape):
    """A span of time in which a rhythm is multiplied by a factor, or by one that changes linearly."""

    name: Name = Field(description="Name of the period.", examples=["black_friday"])
    start: Name = Field(
        alias="from", description="When it begins: a date or a time, local to the zone.", examples=["2026-11-27"]
    )
    end: Name = Field(alias="to", description="When it ends (exclusive), likewise.", examples=["2026-11-30"])
    factor: Factor | None = Field(None, description="The factor during the period; excludes ramp.", examples=[4])
    ramp: Ramp | None = Field(
        None,
        description="The factors at the start and at the end of the period; linear between them.",
        examples=[[1, 0.5]],
    )
    hold: Truth = Field(
        default=False, description="Whether the last factor of the ramp stays after its end.", examples=[True]
    )

    @model_validator(mode="after")
    def _has_one_factor(self) -> Self:
        if (self.factor is None) == (self.ramp is None):
            raise invalid("it needs either a factor or a ramp. Hint: give one of them, such as factor: 4")
        return self


class RhythmShape(Shape):
    """What multiplies rates by the hour, the weekday and the season, or runs the clock of timers and dwell times."""

    zone: Name = Field(
        default="UTC", description="Time zone of the hours, days and periods.", examples=["Europe/Warsaw"]
    )
    hours: Annotated[dict[str, Factor], BeforeValidator(mapped("give 'hour: factor' for each point"))] = Field(
        default_factory=dict,
        description="Factors at points of the day, 0 to 24; linear between them, including across midnight. A point is"
        " written as 7, 7.5 or 7:30.",
        examples=[{"0": 0.1, "7": 0.5, "20": 2.2}],
    )
    steps: Truth = Field(
        default=False,
        description="Whether each factor holds until the next point, instead of changing linearly.",
        examples=[True],
    )
    weekdays: Annotated[dict[str, Factor], BeforeValidator(mapped("give 'day: factor' for each, such as sat: 1.4"))] = (
        Field(
            default_factory=dict,
            description="Factors of mon, tue, wed, thu, fri, sat and sun; 1 for those that are not given.",
            examples=[{"sat": 1.4, "sun": 1.2}],
        )
    )
    blend: Blend | None = Field(
        None,
        description="How long the change from the factor of one day to that of the next takes; half of it is before"
        " midnight. By default, the factor changes at midnight.",
        examples=["6 h"],
    )
    holidays: HolidaysShape | None = Field(None, examples=[{"country": "PL", "factor": 0.3}])
    growth: Growth | None = Field(
        None,
        description="Growth that compounds from the start of the run: a percentage per day, week, month or year.",
        examples=["3 %/week"],
    )
    periods: Annotated[list[PeriodShape], BeforeValidator(many("begin each period with '- name: ...'"))] = Field(
        default_factory=list,
        description="Spans of time in which the rhythm is multiplied by a further factor; where periods overlap, all"
        " their factors apply.",
        examples=[[{"name": "black_friday", "from": "2026-11-27", "to": "2026-11-30", "factor": 4}]],
    )
    incidents: Annotated[dict[str, Factor], BeforeValidator(mapped("give 'incident: factor' for each"))] = Field(
        default_factory=dict,
        description="Names of incidents, with the factor while each is under way.",
        examples=[{"outage": 0}],
    )
    normalize: Truth = Field(
        default=True,
        description="Whether hours and weekdays are divided by their mean over a week, so that rate: 3/d means three a"
        " day. Defaults to true; false for a clock, such as that of office hours.",
        examples=[False],
    )


class IncidentShape(Shape):
    """Something that is under way from time to time; it has either from and to, or every and for."""

    start: Name | None = Field(
        None,
        alias="from",
        description="When it begins, if it happens once: a date or a time, local to the zone of the model.",
        examples=["2026-11-27 18:00"],
    )
    end: Name | None = Field(
        None, alias="to", description="When it ends (exclusive), likewise.", examples=["2026-11-28"]
    )
    every: Expression | None = Field(
        None,
        description="Time from the start of one occurrence to the start of the next, if it recurs: a duration, or a"
        " distribution.",
        examples=["exponential(mean=20 d)"],
    )
    lasts: Expression | None = Field(
        None,
        alias="for",
        description="How long each occurrence lasts: a duration, or a distribution.",
        examples=["lognormal(median=40 min, sigma=1)"],
    )
    per: OneOrMany = Field(
        default_factory=list,
        description="Values, such as regions, each with its own history: outage[region]. Only with every and for.",
        examples=[["eu", "us", "asia"]],
    )
    affects: Expression | None = Field(
        None,
        description="A condition on attributes, if the incident affects only some subjects.",
        examples=["region == 'eu'"],
    )
    emit: OneOrMany = Field(
        default_factory=list,
        description="Streams that get a record of each occurrence when it begins: a name or a list.",
        examples=["incidents"],
    )
