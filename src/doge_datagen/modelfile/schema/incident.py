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
        description="Time from one begin to the next, if it happens again and again: a duration, or a distribution.",
        examples=["exponential(mean=20 d)"],
    )
    lasts: Expression | None = Field(
        None,
        alias="for",
        description="How long each lasts: a duration, or a distribution.",
        examples=["lognormal(median=40 min, sigma=1)"],
    )
    per: OneOrMany = Field(
        default_factory=list,
        description="Values, such as regions, each of which has a history of its own: outage[region]. With every and"
        " for only.",
        examples=[["eu", "us", "asia"]],
    )
    affects: Expression | None = Field(
        None, description="A condition of attributes, if it concerns only some subjects.", examples=["region == 'eu'"]
    )
    emit: OneOrMany = Field(
        default_factory=list,
        description="Streams that its history feeds, a record for each at its begin: a name or a list.",
        examples=["incidents"],
    )
