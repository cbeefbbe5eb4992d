"""Models made of edges, for forecasts and graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doge_datagen import Transition
from doge_datagen.model import Clock, Population, Spec, Stream

Exit = tuple[Any, ...]
"""Trigger, from_state, to_state, percent, then the names of the streams that it feeds."""


def spec_of(
    ways: list[Exit],
    initial: Mapping[str, float] | None = None,
    *,
    states: tuple[str, ...] = (),
    count: int = 1,
    ticks: int = 100,
    streams: tuple[str, ...] = (),
) -> Spec:
    """A model of these transitions; states in order of mention, the first one initial by default, a tick per minute."""
    named = states or tuple(dict.fromkeys(state for way in ways for state in way[1:3]))
    fed = dict.fromkeys((*streams, *(stream for way in ways for stream in way[4:])))
    return Spec.of_one(
        name="model",
        subjects=Population("user", count),
        states=named,
        initial=initial or {named[0]: 1},
        transitions=[Transition(*way[:4], emit=way[4:]) for way in ways],
        streams={name: Stream({"subject": "index"}) for name in fed},
        clock=Clock(start=0, tick_ms=60_000, ticks=ticks),
    )
