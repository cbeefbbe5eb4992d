"""Translate a model of several populations: each by itself, to a program of its own, with the streams that it feeds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from doge_datagen.errors import Problem
from doge_datagen.language.lookup_data import ModelData
from doge_datagen.language.types import a
from doge_datagen.model.population_paths import in_population
from doge_datagen.model.spec import Population, Spec
from doge_datagen.program.program import Program, Shape
from doge_datagen.program.spawning.lineage import Lineages, children, families
from doge_datagen.program.tables.checks import streams_of_tables
from doge_datagen.program.tables.reference_table import ReferenceTable
from doge_datagen.program.translation import translate


def translated(spec: Spec, tables: Mapping[str, ReferenceTable]) -> tuple[Program, list[Problem]]:
    """Translate a spec; the program is complete only if there are no problems."""
    program, problems = _translated(spec, tables)
    referenced = _drawn(program.populations) | {
        it.name for it in spec.populations if it.arrive is not None and children(it)
    }
    if problems or not (referenced and spec.clock.warm_up):
        return program, problems
    return _translated(spec, tables, referenced)


def _translated(
    spec: Spec, tables: Mapping[str, ReferenceTable], referenced: Collection[str] = ()
) -> tuple[Program, list[Problem]]:
    """Translate a spec; ``referenced`` are the populations whose subjects are known to be named by others."""
    if len(spec.populations) == 1:
        return translate(spec, tables, referenced=bool(referenced))
    alone = {population.name: spec.alone(population) for population in spec.populations}
    silent = {name: replace(table, emit=None) for name, table in tables.items()}
    lineages = Lineages()
    made: dict[int, tuple[Program, list[Problem]]] = {}
    for number in (it for family in families(spec.populations) for it in family):
        population = spec.populations[number]
        own, lineage = _own(spec, population, first=not number), lineages.of(population)
        known = population.name in referenced
        made[number] = translate(own, silent if number else tables, alone, lineage, referenced=known)
        made[number][1].extend(lineages.learn(made[number][0]))
    each = [made[number] for number in range(len(spec.populations))]
    parts = tuple(_with_arriving([program for program, _ in each]))
    problems = list(_problems(spec, [found for _, found in each]))
    program = Program(spec, ModelData(), (), (), dict(_shapes(spec, parts)), tables=tables, parts=parts)
    program = replace(program, referred=frozenset().union(*(it.referred for it in parts)))
    return program, problems or list(_disagreements(program))


def _with_arriving(parts: Sequence[Program]) -> Iterator[Program]:
    """The programs of the populations, with those of others from which they draw subjects that arrive."""
    drawn = _drawn(parts)
    each = [replace(it, is_referenced=it.is_referenced or it.spec.population.name in drawn) for it in parts]
    named = {it.spec.population.name: it for it in each}
    for part in each:
        others = part.data.arrived.keys() - {part.spec.population.name}
        yield replace(part, arriving={name: named[name] for name in sorted(others)})


def _drawn(parts: Iterable[Program]) -> frozenset[str]:
    """The names of the populations whose subjects arrive and are drawn."""
    return frozenset(name for part in parts for name in part.data.arrived)


def _own(spec: Spec, population: Population, *, first: bool) -> Spec:
    """The model with one of its populations and the streams that it feeds; the first one emits the tables, too."""
    tables = {name: it if first else replace(it, emit=None) for name, it in spec.tables.items()}
    fed = {stream for event in population.events for stream in event.emit} | {it.emit for it in tables.values()}
    incidents = {name: it if first else replace(it, emit=()) for name, it in spec.incidents.items()}
    fed |= {stream for it in incidents.values() for stream in it.emit}
    streams = {name: stream for name, stream in spec.streams.items() if name in fed}
    return replace(spec.alone(population), streams=streams, targets={}, tables=tables, incidents=incidents)


def _shapes(spec: Spec, parts: Sequence[Program]) -> Iterator[tuple[str, Shape]]:
    """How the records of each stream are composed; those that have the rows of tables come first."""
    of_tables = streams_of_tables(spec)
    for name in sorted(spec.streams, key=lambda it: it not in of_tables):
        found = [it.shapes[name] for it in parts if name in it.shapes]
        yield from ((name, it) for it in found[:1])


def _problems(spec: Spec, found: Sequence[Sequence[Problem]]) -> Iterator[Problem]:
    """The problems of all populations, with their paths in the whole model.

    What is wrong with a stream for all populations that feed it is reported once, and else with the population's name.
    """
    seen: set[tuple[object, ...]] = set()
    for population, problems in zip(spec.populations, found, strict=True):
        for it in problems:
            if it.path[0] == "incidents":
                everywhere = all(any(_without_hint(other) == _without_hint(it) for other in own) for own in found)
                if everywhere and _without_hint(it) not in seen:  # a condition is right if some population knows it
                    seen.add(_without_hint(it))
                    yield it
            elif it.path[0] != "streams":
                yield replace(it, path=in_population(population.name, it.path))
            elif not _is_shared(spec, found, it):
                yield replace(it, message=f"in population {population.name!r}, {it.message}")
            elif _without_hint(it) not in seen:
                seen.add(_without_hint(it))
                yield it


def _is_shared(spec: Spec, found: Sequence[Sequence[Problem]], problem: Problem) -> bool:
    """Whether all populations that feed a stream have a problem with it; hints name what each of them has."""
    stream, wanted = str(problem.path[1]), _without_hint(problem)
    feeding = [own for population, own in zip(spec.populations, found, strict=True) if _feeds(population, stream)]
    return stream in streams_of_tables(spec) or all(any(_without_hint(it) == wanted for it in own) for own in feeding)


def _without_hint(problem: Problem) -> tuple[object, ...]:
    return problem.path, problem.message.partition(" Hint: ")[0], problem.line, problem.column


def _feeds(population: Population, stream: str) -> bool:
    return any(stream in event.emit for event in population.events)


def _disagreements(program: Program) -> Iterator[Problem]:
    """Fields whose type depends on the population."""
    for stream, first in program.shapes.items():
        feeding = [it for it in program.parts if stream in it.shapes]
        for other in feeding[1:]:
            for field, kind in other.shapes[stream].kinds.items():
                if kind != first.kinds[field]:
                    names = [repr(it.spec.population.name) for it in (feeding[0], other)]
                    problem = f"it is {a(first.kinds[field])} in population {names[0]}, and {a(kind)} in {names[1]}"
                    hint = "give both the same type, for example by int(...), float(...) or str(...)"
                    yield Problem(("streams", stream, "fields", field), f"{problem}. Hint: {hint}")
