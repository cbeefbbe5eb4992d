"""Make a spec from a validated model file."""

from __future__ import annotations

from pathlib import Path

from doge_datagen.model import (
    ENDLESS,
    Arrival,
    Attribute,
    Clock,
    Holidays,
    Matrix,
    Period,
    Population,
    Rhythm,
    Spec,
    Stream,
    Table,
    Transition,
)
from doge_datagen.modelfile.file_schema import (
    ArriveShape,
    AttributeShape,
    MatrixShape,
    ModelShape,
    StreamShape,
    TransitionShape,
)
from doge_datagen.modelfile.rhythm_shape import RhythmShape
from doge_datagen.modelfile.table_shape import TableShape


def build(shape: ModelShape, folder: Path) -> Spec:
    """Return the spec that a file in a folder describes; the compilation checks whether it fits together."""
    streams = {name: _stream(each) for name, each in shape.streams.items()}
    clock = _clock(shape)
    rhythms = {name: _rhythm(each) for name, each in shape.rhythms.items()}
    parts = (shape.name, (_population(shape),), streams, clock, shape.targets)
    tables = {name: _table(each, folder) for name, each in shape.tables.items()}
    return Spec(*parts, zone=shape.zone, rhythms=rhythms, constants=shape.constants, tables=tables)


def _population(shape: ModelShape) -> Population:
    """The only population, whose parts stand at the top of a model file."""
    return Population(
        shape.subjects.name,
        shape.subjects.count,
        {name: _attribute(each) for name, each in shape.subjects.attributes.items()},
        states=shape.states,
        initial=dict(shape.initial),
        transitions=[_transition(each) for each in shape.transitions],
        matrix=None if shape.matrix is None else _matrix(shape.matrix),
        arrive=None if shape.subjects.arrive is None else _arrival(shape.subjects.arrive),
    )


def _arrival(shape: ArriveShape) -> Arrival:
    return Arrival(shape.rate, shape.initially, shape.rhythm, shape.trigger, shape.do, tuple(shape.emit))


def _attribute(shape: AttributeShape) -> Attribute:
    return Attribute(shape.start, shape.type, None if shape.values is None else tuple(shape.values))


def _transition(shape: TransitionShape) -> Transition:
    causes = {name: getattr(shape, name) for name in ("rate", "weight", "after", "every", "at", "when", "rhythm")}
    ends = (shape.from_state, shape.to_state)
    return Transition(shape.trigger, *ends, shape.probability, do=shape.do, emit=tuple(shape.emit), **causes)


def _matrix(shape: MatrixShape) -> Matrix:
    return Matrix(shape.weights, emit=tuple(shape.emit), do=shape.do)


def _stream(shape: StreamShape) -> Stream:
    return Stream(dict(shape.fields), shape.key, dict(shape.headers))


def _rhythm(shape: RhythmShape) -> Rhythm:
    holidays = None if shape.holidays is None else Holidays(shape.holidays.country, shape.holidays.factor)
    return Rhythm(
        shape.zone,
        dict(shape.hours.items()),
        shape.steps,
        dict(shape.weekdays),
        holidays,
        shape.growth,
        tuple(Period(it.name, it.start, it.end, it.factor, it.ramp, it.hold) for it in shape.periods),
        shape.normalize,
    )


def _table(shape: TableShape, folder: Path) -> Table:
    file = None if shape.file is None else str(folder / shape.file)
    return Table(file, shape.rows, shape.key, dict(shape.types), shape.emit)


def _clock(model: ModelShape) -> Clock:
    """The clock; where nothing is attempted once per tick, a tick is the unit of time, a millisecond."""
    shape = model.clock
    tick, warm_up = shape.tick or 1, shape.warm_up or 0
    is_timed = model.transitions or model.matrix or model.subjects.arrive
    if all(it.probability is None for it in model.transitions) and is_timed:
        ticks = ENDLESS if shape.ticks is None else shape.ticks * tick
        ticks = ticks if shape.end is None else shape.end - shape.start
        return Clock(shape.start, 1, ticks, warm_up=warm_up)
    ticks = ENDLESS if shape.ticks is None else shape.ticks
    if shape.end is not None:
        ticks = -((shape.start - shape.end) // tick)  # rounded up: the last tick is the one before the end
    return Clock(shape.start, tick, ticks, warm_up=warm_up)
