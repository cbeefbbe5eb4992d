"""Models made of edges, for forecasts and graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doge_datagen import Transition
from doge_datagen.model import Clock, Population, Spec, Stream

Exit = tuple[Any, ...]
"""Trigger, from_state, to_state, percent, then the names of its streams."""


def spec_of(
    exits: list[Exit],
    initial: Mapping[str, float] | None = None,
    *,
    states: tuple[str, ...] = (),
    count: int = 1,
    ticks: int = 100,
    streams: tuple[str, ...] = (),
) -> Spec:
    """A spec with these transitions and a tick per minute; states in order of mention, the first initial by default."""
    named = states or tuple(dict.fromkeys(state for transition in exits for state in transition[1:3]))
    fed = dict.fromkeys((*streams, *(stream for transition in exits for stream in transition[4:])))
    return Spec.of_one(
        name="model",
        subjects=Population("user", count),
        states=named,
        initial=initial or {named[0]: 1},
        transitions=[Transition(*transition[:4], emit=transition[4:]) for transition in exits],
        streams={name: Stream({"subject": "index"}) for name in fed},
        clock=Clock(start=0, tick_ms=60_000, ticks=ticks),
    )
