"""When incidents happen: checked, and translated to histories and to what their names stand for in expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from doge_datagen.draws import purpose_of
from doge_datagen.errors import Problem, did_you_mean
from doge_datagen.language.constants import parsed
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.lookup_data import ModelData
from doge_datagen.language.operators import convert, source
from doge_datagen.language.scope import INDEX, NOW, Scope, attribute_code
from doge_datagen.language.time.incident_names import EDGES, IncidentName
from doge_datagen.language.time.zones import zone_of
from doge_datagen.language.types import BOOLEAN, DURATION, STRING, TIMESTAMP, Typed
from doge_datagen.model.spec import Spec
from doge_datagen.model.state_machine import repeated
from doge_datagen.model.timelines import Incident
from doge_datagen.model.transition import Expression
from doge_datagen.program.constant_values import constant_value
from doge_datagen.program.expression_names import constant_trees, wrong_shared_name
from doge_datagen.program.problem_collection import Attempt, Path
from doge_datagen.program.program import ALL, History
from doge_datagen.program.rhythms.seasons import edge_of

MOST_VALUES = 50
"""Values with a history of their own: the code compares with one after the other."""


def incident_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with a model's incidents, except for their expressions."""
    for name, incident in spec.incidents.items():
        path = ("incidents", name)
        if wrong := wrong_shared_name(spec, "incidents", name):
            yield Problem(path, wrong)
        yield from _times(spec, path, incident)
        yield from _values(path, incident)
        yield from _emits(spec, path, incident)
    yield from _in_rhythms(spec)


def _times(spec: Spec, path: Path, it: Incident) -> Iterator[Problem]:
    given = {"from": it.start, "to": it.end, "every": it.every, "for": it.lasts}
    keys = tuple(key for key, value in given.items() if value is not None)
    if keys not in {("from", "to"), ("every", "for")}:
        hint = "give from and to for one that happens once, or every and for"
        yield Problem(path, f"it has {' and '.join(keys) or 'no time'}. Hint: {hint}")
    if keys == ("from", "to"):
        yield from _edges(spec, path, it)


def _edges(spec: Spec, path: Path, it: Incident) -> Iterator[Problem]:
    edges = []
    for key, edge in (("from", it.start), ("to", it.end)):
        try:
            edges.append(edge_of(str(edge), zone_of(spec.zone)))
        except ValueError as error:
            yield Problem((*path, key), str(error))
    # Fewer than two if one cannot be read, which is reported above.
    if len(edges) == 2 and edges[0] >= edges[1]:
        problem = f"it ends at {it.end}, which is not after its begin at {it.start}"
        yield Problem((*path, "to"), f"{problem}. Hint: give a later end, which is exclusive")


def _values(path: Path, it: Incident) -> Iterator[Problem]:
    if it.per and it.every is None:
        hint = "give it every and for, or affects instead of per"
        yield Problem((*path, "per"), f"it happens once, so all values have the same history. Hint: {hint}")
    if len(it.per) > MOST_VALUES:
        yield Problem((*path, "per"), f"{len(it.per)} values are too many. Hint: give at most {MOST_VALUES}")
    for position, value in enumerate(it.per):
        if not isinstance(value, str) or not value:
            yield Problem((*path, "per", position), f"{value!r} is not a value. Hint: give a non-empty string")
    for position, value in repeated(it.per):
        yield Problem((*path, "per", position), f"{value!r} is given twice. Hint: remove one")


def _emits(spec: Spec, path: Path, it: Incident) -> Iterator[Problem]:
    others = {stream for population in spec.populations for event in population.events for stream in event.emit}
    for position, stream in enumerate(it.emit):
        here = (*path, "emit", position)
        if stream not in spec.streams:
            yield Problem(here, f"{stream!r} is not a stream. Hint: {did_you_mean(str(stream), spec.streams)}")
        elif stream in others:
            hint = "give the incidents a stream of their own"
            yield Problem(here, f"transitions feed {stream!r}, too, which knows other names. Hint: {hint}")
    for position, stream in repeated(it.emit):
        yield Problem((*path, "emit", position), f"{stream!r} is given twice. Hint: remove one")


def _in_rhythms(spec: Spec) -> Iterator[Problem]:
    for name, rhythm in spec.rhythms.items():
        for incident in getattr(rhythm, "incidents", ()):
            path, given = ("rhythms", name, "incidents", str(incident)), spec.incidents.get(incident)
            if given is None:
                hint = did_you_mean(str(incident), spec.incidents)
                yield Problem(path, f"{incident!r} is not an incident. Hint: {hint}")
            elif given.per or given.affects is not None:
                hint = "use it in a rate or a condition instead"
                yield Problem(path, f"{incident!r} is not the same for everybody, and a rhythm is. Hint: {hint}")


def incident_names(spec: Spec) -> dict[str, IncidentName]:
    """What the name of each incident stands for; its histories are numbered in the order of :func:`histories`."""
    found, first = {}, 0
    for name, incident in spec.incidents.items():
        found[name] = IncidentName(first, tuple(incident.per), _whom(spec, incident.affects))
        # Counted in the same way as histories() lists them: numbers are all that code has.
        first += len(incident.per) or 1
    return found


def _whom(spec: Spec, affects: Expression | None) -> ast.expr | None:
    """The condition under which an incident concerns a subject; None if it is wrong, which is reported elsewhere."""
    try:
        node = None if affects is None else parsed(affects, constant_trees(spec))
    except ExpressionError:
        return None
    names = {it.id for it in ast.walk(node) if isinstance(it, ast.Name)} if node is not None else set[str]()
    # An incident within the condition of an incident could lead in a circle.
    return None if names & spec.incidents.keys() else node


def histories(spec: Spec, data: ModelData, attempt: Attempt[Typed]) -> tuple[History, ...]:
    """The histories of a model: for each incident one, or one for each of its values."""
    return tuple(
        _history(spec, name, incident, value, data, attempt)
        for name, incident in spec.incidents.items()
        for value in incident.per or (ALL,)
    )


def _history(spec: Spec, name: str, it: Incident, value: str, data: ModelData, attempt: Attempt[Typed]) -> History:
    if it.start is not None and it.end is not None:
        return History(name, value, span=_span(spec, it))
    codes = []
    for key, given in (("every", it.every), ("for", it.lasts)):
        scope = Scope({}, data, _purpose(name, value, key), zone=spec.zone, constants=constant_trees(spec))
        # One that is missing has been reported.
        found = None if given is None else attempt(("incidents", name, key), partial(_duration, scope, given))
        codes.append("0" if found is None else found.code)
    return History(name, value, codes[0], codes[1])


def _span(spec: Spec, it: Incident) -> tuple[int, int]:
    """The begin and the end of an incident that happens once; whether they are valid is checked elsewhere."""
    try:
        begin, end = (edge_of(str(text), zone_of(spec.zone)) for text in (it.start, it.end))
    except ValueError:
        return 0, 0
    return begin, end


def _purpose(*names: str) -> int:
    """The number that makes the draws of a history independent; a population cannot have an empty name."""
    return purpose_of("/".join(it.replace("~", "~0").replace("/", "~1") for it in ("", "incidents", *names)))


def _duration(scope: Scope, given: Expression) -> Typed:
    node = parsed(given, scope.constants)
    found = convert(node, ExpressionTranslator(scope).scalar(node), DURATION)
    value = constant_value(scope, node)
    if value is not None and value <= 0:
        raise ExpressionError(node, f"{source(node)} is not above 0. Hint: give a longer time")
    return found


def history_streams(spec: Spec) -> frozenset[str]:
    """The streams that show the histories of a model."""
    return frozenset(stream for incident in spec.incidents.values() for stream in incident.emit)


def words_of_incidents(spec: Spec, data: ModelData) -> dict[str, Typed]:
    """The names that the fields of a stream of incidents may use; ``index`` is the number of the incident."""
    texts = {"incident": frozenset(spec.incidents), "value": frozenset({ALL})}
    texts["value"] |= {value for it in spec.incidents.values() for value in it.per}
    # Sorted, as the order of a set differs between processes, and with it the numbers of the strings.
    for text in sorted(texts["incident"] | texts["value"]):
        data.text(text)
    strings = {name: Typed(attribute_code(name), STRING, values) for name, values in texts.items()}
    edges = {edge: Typed(attribute_code(edge), TIMESTAMP) for edge in EDGES}
    return {"index": INDEX, "timestamp": NOW, **strings, **edges}


def check_conditions(spec: Spec, attempt: Attempt[Typed], scope: Scope) -> None:
    """Translate the condition of each incident that affects some, only to find out whether it is valid."""
    # Without incidents, so that a condition that names one is reported here, where it is written.
    without = replace(scope, incidents={})
    for name, incident in spec.incidents.items():
        if incident.affects is not None:
            attempt(("incidents", name, "affects"), partial(_condition, without, incident.affects))


def _condition(scope: Scope, given: Expression) -> Typed:
    node = parsed(given, scope.constants)
    found = ExpressionTranslator(scope).scalar(node)
    if found.kind != BOOLEAN:
        raise ExpressionError(node, f"{source(node)} is not a condition. Hint: compare an attribute, region == 'eu'")
    return found
