"""Make a spec from a validated model file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from doge_datagen.model import (
    ENDLESS,
    Arrival,
    Attribute,
    Born,
    Clock,
    Holidays,
    Incident,
    Lines,
    Matrix,
    Period,
    Population,
    Rhythm,
    Spawn,
    Spec,
    Stream,
    Table,
    Transition,
)
from doge_datagen.modelfile.schema.file import ClockShape, ModelShape, SeveralShape, StreamShape, TableShape
from doge_datagen.modelfile.schema.population import (
    ArriveShape,
    AttributeShape,
    BornShape,
    LinesShape,
    MachineShape,
    MatrixShape,
    PopulationShape,
    SpawnShape,
    SubjectsShape,
    TransitionShape,
)
from doge_datagen.modelfile.schema.timelines import IncidentShape, RhythmShape


def build(shape: ModelShape | SeveralShape, folder: Path) -> Spec:
    """Return the spec that a file in a folder describes; the compilation checks whether it fits together."""
    streams = {name: _stream(each) for name, each in shape.streams.items()}
    rhythms = {name: _rhythm(each) for name, each in shape.rhythms.items()}
    tables = {name: _table(each, folder) for name, each in shape.tables.items()}
    if isinstance(shape, ModelShape):
        machines: list[MachineShape] = [shape]
        populations = [_population(shape.subjects.name, shape.subjects, shape)]
    else:
        machines = [*shape.populations.values()]
        populations = [_population(name, each, each) for name, each in shape.populations.items()]
    # all() below is true of no transitions at all, too: such a model keeps its ticks.
    is_timed = any(it.arrive or it.transitions for it in populations)
    clock = _clock(shape.clock, [it for machine in machines for it in machine.transitions], is_timed=is_timed)
    incidents = {name: _incident(each) for name, each in shape.incidents.items()}
    parts = (shape.name, populations, streams, clock, shape.targets)
    named: dict[str, Any] = {"rhythms": rhythms, "tables": tables, "incidents": incidents}
    return Spec(*parts, zone=shape.zone, constants=shape.constants, **named)


def _population(name: str, subjects: SubjectsShape | PopulationShape, machine: MachineShape) -> Population:
    return Population(
        name,
        subjects.count,
        {one: _attribute(each) for one, each in subjects.attributes.items()},
        states=machine.states,
        initial=dict(machine.initial),
        transitions=[_transition(each) for each in machine.transitions],
        matrix=None if machine.matrix is None else _matrix(machine.matrix),
        arrive=None if subjects.arrive is None else _arrival(subjects.arrive),
        born=None if subjects.born is None else _born(subjects.born),
        zone=subjects.zone,
    )


def _arrival(shape: ArriveShape) -> Arrival:
    events = (shape.trigger, shape.do, shape.emit, _spawns(shape.spawn))
    return Arrival(shape.rate, shape.initially, shape.rhythm, *events)


def _born(shape: BornShape) -> Born:
    return Born(trigger=shape.trigger, do=shape.do, emit=shape.emit, spawn=_spawns(shape.spawn))


def _spawns(shapes: Sequence[SpawnShape]) -> tuple[Spawn, ...]:
    return tuple(Spawn(it.population, dict(it.given), it.times, it.each) for it in shapes)


def _attribute(shape: AttributeShape) -> Attribute:
    return Attribute(shape.start, shape.type, None if shape.values is None else tuple(shape.values))


def _transition(shape: TransitionShape) -> Transition:
    causes = {name: getattr(shape, name) for name in ("rate", "weight", "after", "every", "at", "when", "rhythm")}
    causes["spawn"] = _spawns(shape.spawn)
    ends = (shape.from_state, shape.to_state)
    return Transition(
        shape.trigger, *ends, shape.probability, do=shape.do, emit=shape.emit, lines=_lines(shape.lines), **causes
    )


def _lines(shape: LinesShape | None) -> Lines | None:
    return None if shape is None else Lines(shape.count, dict(shape.fields))


def _matrix(shape: MatrixShape) -> Matrix:
    return Matrix(shape.weights, emit=shape.emit, do=shape.do)


def _stream(shape: StreamShape) -> Stream:
    return Stream(dict(shape.fields), shape.key, dict(shape.headers), shape.each)


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
        shape.blend,
        dict(shape.incidents),
    )


def _incident(shape: IncidentShape) -> Incident:
    times = (shape.start, shape.end, shape.every, shape.lasts)
    return Incident(*times, tuple(shape.per), shape.affects, tuple(shape.emit))


def _table(shape: TableShape, folder: Path) -> Table:
    # An absolute path wins over the folder in this operation.
    file = None if shape.file is None else str(folder / shape.file)
    generated = (shape.count, dict(shape.columns), shape.seed)
    return Table(file, shape.rows, *generated, shape.key, dict(shape.types), shape.emit)


def _clock(shape: ClockShape, transitions: Sequence[TransitionShape], *, is_timed: bool) -> Clock:
    """The clock; where nothing is attempted once per tick, a tick is the unit of time, a millisecond."""
    tick, warm_up = shape.tick or 1, shape.warm_up or 0
    if all(it.probability is None for it in transitions) and is_timed:
        ticks = ENDLESS if shape.ticks is None else shape.ticks * tick
        ticks = ticks if shape.end is None else shape.end - shape.start
        return Clock(shape.start, 1, ticks, warm_up=warm_up)
    ticks = ENDLESS if shape.ticks is None else shape.ticks
    if shape.end is not None:
        ticks = -((shape.start - shape.end) // tick)  # rounded up: the last tick is the one before the end
    return Clock(shape.start, tick, ticks, warm_up=warm_up)
