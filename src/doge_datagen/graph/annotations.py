"""What a picture of a model shows beside its states: the names that code reads, links of populations, legends."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from doge_datagen.graph.drawing import Legend, Link, streams_part
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.function_source import body_of
from doge_datagen.language.parse import expression
from doge_datagen.model import Incident, Population, Rhythm, Spawn, Spec, Transition
from doge_datagen.model.arrival import NOWHERE
from doge_datagen.model.timelines import UTC
from doge_datagen.model.transition import conditions

PICKING = ("pick", "picks")


def incidents_of(spec: Spec, transition: Transition) -> tuple[str, ...]:
    """The incidents on which an event depends, by its expressions, its action or its rhythm, in the model's order."""
    return _among(spec, _trees(transition), transition.rhythm) if spec.incidents else ()


def incidents_of_dwell(spec: Spec, population: Population, state: str) -> tuple[str, ...]:
    """The incidents on which the dwell time of a state depends."""
    return _among(spec, _parsed([population.dwells[state]]), population.dwell_rhythms.get(state))


def _among(spec: Spec, trees: Iterable[ast.AST], rhythm: str | None) -> tuple[str, ...]:
    names = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)]
    variables = {it.id for it in names if isinstance(it.ctx, ast.Store)}
    read = {it.id for it in names} - variables
    by_rhythm = spec.rhythms[rhythm].incidents if rhythm is not None and rhythm in spec.rhythms else {}
    return tuple(name for name in spec.incidents if name in read or name in by_rhythm)


def populations_picked(population: Population) -> frozenset[str]:
    """The names of what a population draws from: tables, attributes and populations."""
    starts = _parsed(it.start for it in population.attributes.values())
    trees = (*starts, *(tree for event in population.events for tree in _trees(event)))
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    return frozenset(_picked(calls))


def _picked(calls: Iterable[ast.Call]) -> Iterator[str]:
    for call in calls:
        match call:
            case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=name), *_]) if function in PICKING:
                yield name


def _trees(transition: Transition) -> list[ast.AST]:
    """The syntax trees of an event."""
    given: list[object] = [*transition.causes.values(), transition.when, *conditions(transition.emit).values()]
    if isinstance(transition.to_state, Mapping):
        given += transition.to_state.values()
    if transition.lines is not None:
        given += (transition.lines.count, *transition.lines.fields.values())
    for it in transition.spawn:
        given += (it.times, *it.values.values())
    return [*_parsed(given), *_of_action(transition)]


def _parsed(given: Iterable[object]) -> Iterator[ast.AST]:
    """The trees of those that are expressions; what cannot be understood is reported elsewhere."""
    for it in given:
        if isinstance(it, str):
            try:
                yield expression(it)
            except ExpressionError:
                continue


def _of_action(transition: Transition) -> list[ast.stmt]:
    try:
        return [] if transition.do is None else body_of(transition.do)
    except ExpressionError:
        return []


def links(spec: Spec) -> tuple[Link, ...]:
    """An arrow for each event of a population that spawns subjects of another, and for each that refers to another."""
    numbers = {it.name: number for number, it in enumerate(spec.populations)}
    if len(numbers) == 1:
        return ()
    found: list[Link] = []
    for number, population in enumerate(spec.populations):
        for event in population.events:
            found += _spawning(number, numbers, population, event)
        picked = populations_picked(population) - {population.name, *population.attributes, *spec.tables}
        found += (Link(number, other, "refers to") for name, other in numbers.items() if name in picked)
    return tuple(found)


def _spawning(number: int, numbers: dict[str, int], population: Population, event: Transition) -> Iterator[Link]:
    sources = (NOWHERE,) if event.from_state == NOWHERE else population.sources(event)
    leaves = sources[0] if len(sources) == 1 else None
    for it in event.spawn:
        if isinstance(it, Spawn) and it.population in numbers:
            yield Link(number, numbers[it.population], f"{event.trigger} spawns {how_many(it)}", leaves, spawns=True)


def how_many(it: Spawn) -> str:
    """How many subjects are spawned.

    >>> how_many(Spawn('order', {}, 'randint(0, 2)')), how_many(Spawn('item', each='lines'))
    ('randint(0, 2)', 'one per line')
    """
    return str(it.times) if it.each is None else "one per line"


def legends(spec: Spec) -> tuple[Legend, ...]:
    """The legends of a model; there is none for what it does not have."""
    incidents = tuple(f"{name}: {incident_text(it)}" for name, it in spec.incidents.items())
    rhythms = tuple(f"{name}: {rhythm_text(it)}" for name, it in spec.rhythms.items())
    return tuple(Legend(title, lines) for title, lines in (("incidents", incidents), ("rhythms", rhythms)) if lines)


def incident_text(it: Incident) -> str:
    """When an incident happens and whom it affects, and in parentheses the streams that get its history.

    >>> incident_text(Incident(every='9 d', lasts='2 h', per=['eu', 'us'], emit='truth'))
    'every 9 d for 2 h, per eu + us (truth)'
    >>> incident_text(Incident('2026-02-05', '2026-02-19', affects="region == 'eu'"))
    "from 2026-02-05 to 2026-02-19, affects region == 'eu'"
    """
    when = f"from {it.start} to {it.end}" if it.every is None else f"every {it.every} for {it.lasts}"
    per = f", per {' + '.join(it.per)}" if it.per else ""
    whom = "" if it.affects is None else f", affects {it.affects}"
    return f"{when}{per}{whom}{streams_part(it.emit, {})}"


def rhythm_text(it: Rhythm) -> str:
    """On what a rhythm depends.

    >>> rhythm_text(Rhythm(hours={7: 1, 20: 2}, growth='3 %/week', incidents={'bots': 6}))
    'hours, growth 3 %/week, incident bots 6'
    """
    return ", ".join(_parts(it)) or "the same at all times"


def _parts(it: Rhythm) -> Iterator[str]:
    yield from (key for key in ("hours", "weekdays") if getattr(it, key))
    if it.holidays is not None:
        yield f"holidays {it.holidays.country}"
    if it.growth is not None:
        yield f"growth {it.growth}"
    yield from (f"{period.name} {period.start} to {period.end}" for period in it.periods)
    yield from (f"incident {name} {factor}" for name, factor in it.incidents.items())
    if it.zone != UTC:
        yield f"zone {it.zone}"
