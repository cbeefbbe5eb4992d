"""Translate when incidents happen: the histories of a model, and what their names stand for in expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from doge_datagen.draws import purpose_of
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.lookup_data import ModelData
from doge_datagen.language.operators import convert, source
from doge_datagen.language.scope import INDEX, NOW, Scope, attribute_code
from doge_datagen.language.time.incident_names import EDGES, IncidentName
from doge_datagen.language.time.zones import zone_of
from doge_datagen.language.types import BOOLEAN, DURATION, STRING, TIMESTAMP, Typed
from doge_datagen.model.spec import Spec
from doge_datagen.model.timelines import Incident
from doge_datagen.model.transition import Expression
from doge_datagen.program.constant_checks import constant_trees
from doge_datagen.program.incidents.history import ALL, History
from doge_datagen.program.rhythms.seasons import edge_of
from doge_datagen.program.stream_translation import parsed

Path = tuple[str | int, ...]
Attempt = Callable[[Path, Callable[[], Typed]], Typed | None]
"""Translates the expression at a path of the model; returns None if it is wrong, and records why."""


def incident_names(spec: Spec) -> dict[str, IncidentName]:
    """What the name of each incident stands for; its histories are numbered in the order of :func:`histories`."""
    found, first = {}, 0
    for name, incident in spec.incidents.items():
        found[name] = IncidentName(first, tuple(incident.per), _whom(spec, incident.affects))
        first += len(incident.per) or 1
    return found


def _whom(spec: Spec, affects: Expression | None) -> ast.expr | None:
    """The condition under which an incident concerns a subject; None if it is wrong, which is reported elsewhere."""
    try:
        node = None if affects is None else parsed(affects, constant_trees(spec))
    except ExpressionError:
        return None
    names = {it.id for it in ast.walk(node) if isinstance(it, ast.Name)} if node is not None else set[str]()
    return None if names & spec.incidents.keys() else node


def histories(spec: Spec, data: ModelData, attempt: Attempt) -> tuple[History, ...]:
    """The histories of a model: for each incident one, or one for each of its values."""
    return tuple(
        _history(spec, name, incident, value, data, attempt)
        for name, incident in spec.incidents.items()
        for value in incident.per or (ALL,)
    )


def _history(spec: Spec, name: str, it: Incident, value: str, data: ModelData, attempt: Attempt) -> History:
    if it.start is not None and it.end is not None:
        return History(name, value, span=_span(spec, it))
    codes = []
    for key, given in (("every", it.every), ("for", it.lasts)):
        scope = Scope({}, data, _purpose(name, value, key), zone=spec.zone, constants=constant_trees(spec))
        found = attempt(("incidents", name, key), partial(_duration, scope, 0 if given is None else given))
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
    if isinstance(found.constant, int) and found.constant <= 0:
        raise ExpressionError(node, f"{source(node)} is not above 0. Hint: give a longer time")
    return found


def words_of_incidents(spec: Spec, data: ModelData) -> dict[str, Typed]:
    """The names that the fields of a stream of incidents may use; ``index`` is the number of the incident."""
    texts = {"incident": frozenset(spec.incidents), "value": frozenset({ALL})}
    texts["value"] |= {value for it in spec.incidents.values() for value in it.per}
    for text in sorted(texts["incident"] | texts["value"]):
        data.text(text)
    strings = {name: Typed(attribute_code(name), STRING, values) for name, values in texts.items()}
    edges = {edge: Typed(attribute_code(edge), TIMESTAMP) for edge in EDGES}
    return {"index": INDEX, "timestamp": NOW, **strings, **edges}


def check_conditions(spec: Spec, attempt: Attempt, scope: Scope) -> None:
    """Translate the condition of each incident that affects some, only to find out whether it is valid."""
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
