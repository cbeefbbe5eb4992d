"""Make a spec from a validated model file."""

from __future__ import annotations

from doge_datagen.model import ENDLESS, Attribute, Clock, Population, Spec, Stream, Transition
from doge_datagen.modelfile.shape import (
    AttributeShape,
    ClockShape,
    ModelShape,
    StreamShape,
    TransitionShape,
)


def build(shape: ModelShape) -> Spec:
    """Return the spec that a file describes; ``program.compilation`` decides whether its parts fit together."""
    streams = {name: _stream(each) for name, each in shape.streams.items()}
    return Spec(shape.name, (_population(shape),), streams, _clock(shape.clock), shape.targets, zone=shape.zone)


def _population(shape: ModelShape) -> Population:
    """The only population, whose parts stand at the top of a model file."""
    return Population(
        shape.subjects.name,
        shape.subjects.count,
        {name: _attribute(each) for name, each in shape.subjects.attributes.items()},
        states=shape.states,
        initial=dict(shape.initial),
        transitions=[_transition(each) for each in shape.transitions],
    )


def _attribute(shape: AttributeShape) -> Attribute:
    return Attribute(shape.start, shape.type, None if shape.values is None else tuple(shape.values))


def _transition(shape: TransitionShape) -> Transition:
    ends = (shape.from_state, shape.to_state)
    return Transition(shape.trigger, *ends, shape.probability, do=shape.do, emit=tuple(shape.emit))


def _stream(shape: StreamShape) -> Stream:
    return Stream(dict(shape.fields), shape.key, dict(shape.headers))


def _clock(shape: ClockShape) -> Clock:
    ticks = ENDLESS if shape.ticks is None else shape.ticks
    if shape.end is not None and shape.tick:
        ticks = -((shape.start - shape.end) // shape.tick)  # rounded up: the last tick is the one before the end
    return Clock(shape.start, shape.tick, ticks)
