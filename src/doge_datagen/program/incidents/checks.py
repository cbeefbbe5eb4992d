"""Check the incidents of a model, and where rhythms name them."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.errors import Problem, did_you_mean
from doge_datagen.language.time.zones import zone_of
from doge_datagen.model.spec import Spec
from doge_datagen.model.state_machine import repeated
from doge_datagen.model.timelines import Incident
from doge_datagen.program.expression_names import wrong_shared_name
from doge_datagen.program.rhythms.seasons import edge_of

Path = tuple[str | int, ...]
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
