"""Write a model as a readable model file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.function_source import text_of
from doge_datagen.language.time.units import duration_text, timestamp_text
from doge_datagen.language.time.zones import UTC_NAME
from doge_datagen.model import (
    ENDLESS,
    Attribute,
    Clock,
    Incident,
    Population,
    Rhythm,
    Spawn,
    Spec,
    Stream,
    Table,
    Transition,
)
from doge_datagen.model.state_machine import DWELL, FINAL, RHYTHM
from doge_datagen.model.transition import Emission
from doge_datagen.modelfile.schema.file import VERSION
from doge_datagen.modelfile.yaml_writer import write

Plain = dict[str, Any]


def dump(spec: Spec) -> str:
    """Return a model as YAML. Loading it gives an equal model, except that functions have become text.

    Raises:
        ModelError: a transition's function cannot be written as text, since its source is not available or uses more
            than the language of models.

    >>> population = Population('user', 10, states=['offline'], initial='offline')
    >>> print(dump(Spec('bank', [population], {}, Clock(0, 60000, 1000))))
    doge: 1
    name: bank
    clock: {start: '1970-01-01T00:00:00Z', tick: 1 min, ticks: 1000}
    subjects:
      name: user
      count: 10
    states: [offline]
    initial: offline
    transitions: []
    <BLANKLINE>
    """
    targets = {name: {stream: it.dump() for stream, it in each.items()} for name, each in spec.targets.items()}
    return write(document(spec) | _given(targets=targets))


def document(spec: Spec) -> Plain:
    """Return the keys and values of a model file, without targets.

    Raises:
        ModelError: as :func:`dump`.
    """
    zone = {} if spec.zone == UTC_NAME else {"zone": spec.zone}
    model: Plain = {"doge": VERSION, "name": spec.name, **zone, "clock": _clock(spec.clock)}
    model |= _given(constants={name: _constant(it) for name, it in spec.constants.items()})
    if len(spec.populations) == 1:
        (one,) = spec.populations
        model |= {"subjects": {"name": one.name, **_subjects(spec, one)}, **_machine(spec, one)}
    else:
        model |= {"populations": {it.name: _whole(spec, it) for it in spec.populations}}
    streams = {name: _stream(stream) for name, stream in spec.streams.items() if stream.fields}
    rhythms = {name: _rhythm(rhythm) for name, rhythm in spec.rhythms.items()}
    tables = {name: _table(name, table) for name, table in spec.tables.items()}
    incidents = {name: _incident(incident) for name, incident in spec.incidents.items()}
    return model | _given(streams=streams, rhythms=rhythms, incidents=incidents, tables=tables)


def _whole(spec: Spec, population: Population) -> Plain:
    """A population among several."""
    try:
        return {**_subjects(spec, population), **_machine(spec, population)}
    except ModelError as error:
        raise ModelError(f"populations.{population.name}.{error.dotted_path}", error.problem) from None


def _machine(spec: Spec, population: Population) -> Plain:
    """The state machine of a population."""
    taken, cells = {*population.attributes, *spec.constants}, _cells(population)
    listed = population.transitions[: len(population.transitions) - len(cells)]
    transitions = [_transition(position, each, taken) for position, each in enumerate(listed)]
    machine: Plain = {"states": _states(population), "initial": _initial(population.initial)}
    return {**machine, "transitions": transitions, **_given(matrix=_matrix(cells, taken))}


def _given(**parts: Any) -> Plain:
    """The parts that are neither None nor empty."""
    return {name: value for name, value in parts.items() if value is not None and value not in ({}, [])}


def _clock(clock: Clock) -> Plain:
    # In a model with both rates and probabilities, attempts are ticks of their own and the clock counts milliseconds.
    tick = clock.attempt_ms or clock.tick_ms
    plain: Plain = {"start": timestamp_text(clock.start), "tick": duration_text(tick)}
    if clock.ticks != ENDLESS:
        plain["ticks"] = clock.ticks * clock.tick_ms // tick
    return plain | ({"warm_up": duration_text(clock.warm_up)} if clock.warm_up else {})


def _constant(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _subjects(spec: Spec, population: Population) -> Plain:
    attributes = {name: _attribute(attribute) for name, attribute in population.attributes.items()}
    taken = {*population.attributes, *spec.constants}
    number = _given(count=population.count, zone=population.zone)
    return {**number, **_begin(population, taken), **_given(attributes=attributes)}


def _begin(population: Population, taken: Collection[str]) -> Plain:
    """How subjects arrive or are born; empty if all are there from the start."""
    given, path = population.arrive, population.path_of_arrival
    if given is None:
        return {}
    do = given.do
    if callable(do):
        do = _text(f"{'.'.join(path)}.do", do, taken)
    trigger = {} if given.trigger == path[1] else {"trigger": given.trigger}
    rest = _given(**trigger, do=do, emit=_emit(given.emit), spawn=_spawn(given.spawn))
    if population.is_spawned:
        return {path[1]: rest}
    initially = {} if given.initially == 0 else {"initially": given.initially}
    return {path[1]: {**initially, "rate": given.rate, **_given(rhythm=given.rhythm), **rest}}


def _spawn(each: Sequence[Spawn]) -> str | Plain | list[str | Plain]:
    found = [_one_spawn(it) for it in each]
    return found[0] if len(found) == 1 else found


def _one_spawn(it: Spawn) -> str | Plain:
    times = {} if it.times in (1, "1") else {"times": it.times}
    more = _given(**{"with": dict(it.values)}, **times, each=it.each)
    return {"population": it.population, **more} if more else it.population


def _attribute(attribute: Attribute) -> Any:
    if attribute.type is None and attribute.values is None:
        return attribute.start
    values = None if attribute.values is None else list(attribute.values)
    return {**_given(type=attribute.type, values=values), "start": attribute.start}


def _states(population: Population) -> list[str] | Plain:
    if not population.final and not population.dwells:
        return list(population.states)
    rhythms = {state: {RHYTHM: rhythm} for state, rhythm in population.dwell_rhythms.items()}
    dwells = {state: {DWELL: dwell, **rhythms.get(state, {})} for state, dwell in population.dwells.items()}
    return {state: FINAL if state in population.final else dwells.get(state) for state in population.states}


def _initial(weights: Mapping[str, float]) -> str | Plain:
    (state, weight), *others = weights.items()
    return state if weight == 1 and not others else {name: _short(weight) for name, weight in weights.items()}


def _short(number: Any) -> Any:
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 1e15 else number


def _transition(position: int, transition: Transition, taken: Collection[str]) -> Plain:
    from_state, to_state = transition.from_state, transition.to_state
    plain: Plain = {"trigger": transition.trigger}
    plain["from"] = from_state if isinstance(from_state, str) else list(from_state)
    plain |= _given(to=dict(to_state) if isinstance(to_state, Mapping) else to_state)
    plain |= {name: _short(given) if name == "probability" else given for name, given in transition.causes.items()}
    plain |= _given(rhythm=transition.rhythm, when=transition.when)
    do = transition.do
    if callable(do):
        do = _text(f"transitions[{position}].do", do, taken)
    lines = transition.lines
    listed = None if lines is None else {"count": lines.count, "fields": dict(lines.fields)}
    return plain | _given(lines=listed, do=do, emit=_emit(transition.emit), spawn=_spawn(transition.spawn))


def _cells(population: Population) -> Sequence[Transition]:
    """The last transitions, as far as they are cells of one matrix; others have been changed since they were in it."""
    last, shared = len(population.transitions), population.transitions[-1:]
    # From the end, where Matrix has put its cells; a transition after them, or one that differs, ends the matrix.
    while last and _is_cell(population.transitions[last - 1], shared[0]):
        last -= 1
    return population.transitions[last:]


def _is_cell(transition: Transition, other: Transition) -> bool:
    ends = (transition.target, transition.source, transition.target)
    cell = Transition(*ends, weight=transition.weight, do=other.do, emit=other.emit)
    return transition.in_matrix and transition == cell


def _matrix(cells: Sequence[Transition], taken: Collection[str]) -> Plain:
    """The matrix, with what all its cells share; empty if there is none."""
    if not cells:
        return {}
    rows: dict[str, Plain] = {}
    for it in cells:
        rows.setdefault(it.source, {})[it.target] = it.weight
    shared = cells[0]
    do = _text("matrix.do", shared.do, taken) if callable(shared.do) else shared.do
    return {**_given(emit=_emit(shared.emit), do=do), "weights": rows}


def _text(path: str, function: Callable[..., Any], taken: Collection[str]) -> str:
    try:
        return text_of(function, taken)
    except ExpressionError as refused:
        raise ModelError(path, refused.message) from None


def _emit(streams: Emission) -> str | list[str] | Plain:
    if isinstance(streams, Mapping):
        return dict(streams)
    return streams[0] if len(streams) == 1 else list(streams)


def _stream(stream: Stream) -> Plain:
    return {
        **_given(each=stream.each, key=stream.key),
        "fields": dict(stream.fields),
        **_given(headers=dict(stream.headers)),
    }


def _table(name: str, table: Table) -> Plain:
    rows = table.rows
    if rows is not None and not isinstance(rows, tuple):
        problem = "rows of Arrow cannot be written to a model file. Hint: write them to a file, and name it"
        raise ModelError(f"tables.{name}.rows", problem)
    listed = None if rows is None else [dict(row) for row in rows]
    # A seed of 0 is the default, which _given would keep, as 0 is neither None nor empty.
    generated = _given(count=table.count, columns=dict(table.columns), seed=table.seed or None)
    more = _given(key=table.key, types=dict(table.types), emit=table.emit)
    return {**_given(file=table.file, rows=listed), **generated, **more}


def _rhythm(rhythm: Rhythm) -> Plain:
    """The keys of a rhythm that differ from their defaults."""
    given = rhythm.holidays
    holidays = None if given is None else {"country": given.country, "factor": given.factor}
    periods = [
        {"name": it.name, "from": it.start, "to": it.end, **_given(factor=it.factor, ramp=it.ramp and list(it.ramp))}
        | ({"hold": True} if it.hold else {})
        for it in rhythm.periods
    ]
    plain = {"zone": rhythm.zone, "hours": dict(rhythm.hours), "steps": rhythm.steps}
    plain |= {"weekdays": dict(rhythm.weekdays), "blend": rhythm.blend, "holidays": holidays, "growth": rhythm.growth}
    defaults = {"zone": UTC_NAME, "steps": False, "normalize": True}
    plain |= {"periods": periods, "normalize": rhythm.normalize, "incidents": dict(rhythm.incidents)}
    return {name: it for name, it in _given(**plain).items() if name not in defaults or it != defaults[name]}


def _incident(it: Incident) -> Plain:
    plain = {"from": it.start, "to": it.end, "every": it.every, "for": it.lasts, "per": list(it.per)}
    return _given(**plain, affects=it.affects, emit=_emit(it.emit))
