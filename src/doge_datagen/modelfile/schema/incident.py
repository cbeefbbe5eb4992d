"""The shape of an incident in a model file."""

from __future__ import annotations

from pydantic import Field

from doge_datagen.modelfile.schema.base import Shape
from doge_datagen.modelfile.schema.field_types import Expression, Name, OneOrMany


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
