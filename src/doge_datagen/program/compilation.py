"""Compile a spec of one or several populations to a program, or report everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from doge_datagen.errors import InvalidModelError, ModelError, Problem, did_you_mean
from doge_datagen.language.lookup_data import ModelData
from doge_datagen.language.types import a
from doge_datagen.model.clock import Clock
from doge_datagen.model.population_paths import in_population
from doge_datagen.model.spec import Population, Spec
from doge_datagen.program.checks import first_of, in_whole_model, structural_problems, type_problems
from doge_datagen.program.program import Program, Shape
from doge_datagen.program.spawning.checks import count_problems, spawn_problems
from doge_datagen.program.spawning.lineage import Lineages, children, families
from doge_datagen.program.tables.loading import reference_tables, streams_of_tables
from doge_datagen.program.tables.reference_table import ReferenceTable
from doge_datagen.program.time.checks import clock_problems, zone_problems
from doge_datagen.program.translation import translate


def compile_spec(spec: Spec) -> Program:
    """Check a spec and translate it, once for everything that runs, forecasts or shows it.

    Raises:
        InvalidModelError: everything that is wrong with the spec, with paths as in a model file.

    >>> from doge_datagen.model import Population
    >>> compile_spec(Spec.of_one('bank', Population('user', 10), ['offline'], 'online', [], {}, Clock(0, 60000)))
    Traceback (most recent call last):
    doge_datagen.errors.InvalidModelError: initial: 'online' is not a state. Hint: did you mean 'offline'?
    """
    # Alone and first: what is of another type has none of the attributes that all other checks read.
    _raise_all(type_problems(spec))
    found = structural_problems(spec)
    # Names identify draws, and tables are not read before it is known what they are.
    if not _names_are_strings(spec) or any(zone_problems(spec.zone)) or any(it.path[:1] == ("tables",) for it in found):
        _raise_all(found)
    names = {it.name for it in spec.populations}
    if found and (len(names) < len(spec.populations) or any(spawn_problems(spec))):
        _raise_all(found)  # else it is not known who is meant, and what the spawned are given
    tables, unread = reference_tables(spec)
    # Expressions that name a table which cannot be read would all be wrong, for a reason that they do not have.
    _raise_all([*found, *first_of(unread)] if unread else ())
    # Even if something is wrong by now: an author who sees all mistakes at once corrects them at once.
    program, more = translated(spec, tables)
    _raise_all([*found, *first_of(more)])
    return program


def with_clock(program: Program, clock: Clock) -> Program:
    """The program with another clock. Only the clock is checked, since no code depends on it.

    Raises:
        InvalidModelError: everything that is wrong with the clock.
    """
    _raise_all(clock_problems(clock))
    spec = replace(program.spec, clock=clock)
    pairs = zip(program.parts, spec.populations if program.parts else (), strict=True)
    # Every part has a clock of its own: where the population is timed, its ticks are milliseconds.
    clocks = [(part, spec.with_only(population).clock) for part, population in pairs]
    parts = [replace(part, spec=replace(part.spec, clock=own)) for part, own in clocks]
    return replace(program, spec=spec, parts=tuple(parts))


def with_count(program: Program, count: int, name: str | None = None) -> Program:
    """The program with another number of subjects, or of those that arrive at the start.

    Only the number is checked, unless the model draws subjects of that population: else no code depends on it.

    Args:
        program: the model.
        count: the number of subjects.
        name: the population; None if the model has only one.

    Raises:
        InvalidModelError: the number is out of range.
        ModelError: there are several populations and no name, or none of that name.
    """
    populations = program.spec.populations
    names = [it.name for it in populations]
    if name is None and program.parts:
        hint = (
            f"say of which: --set populations.{names[0]}.count={count}, or resized(subjects={{{names[0]!r}: {count}}})"
        )
        raise ModelError("subjects", f"there are {len(names)} populations: {', '.join(names)}. Hint: {hint}")
    if name is not None and name not in names:
        raise ModelError("subjects", f"{name!r} is not a population. Hint: {did_you_mean(name, names)}")
    number = 0 if name is None else names.index(name)
    changed = _with_count(populations[number], count)
    _raise_all(in_whole_model(program.spec, changed, count_problems(changed)))
    spec = replace(program.spec, populations=[changed if it is populations[number] else it for it in populations])
    # The number of subjects is written into code that draws one of them, so that code has to be made again.
    if changed.name in program.referred:
        return compile_spec(spec)
    if not program.parts:
        return replace(program, spec=spec)
    parts = list(program.parts)
    parts[number] = replace(parts[number], spec=replace(parts[number].spec, populations=(changed,)))
    return replace(program, spec=spec, parts=tuple(parts))


def _with_count(population: Population, count: int) -> Population:
    arrive = population.arrive
    return (
        replace(population, count=count)
        if arrive is None
        else replace(population, arrive=replace(arrive, initially=count))
    )


def _raise_all(problems: Iterable[Problem]) -> None:
    if found := list(problems):
        raise InvalidModelError(found)


def _names_are_strings(spec: Spec) -> bool:
    names: list[object] = [*spec.streams]
    for population in spec.populations:
        names += (population.name, *population.attributes, *population.states)
        for transition in population.events:
            names += (*(end for ends in population.ends(transition).values() for end in ends), *transition.emit)
    return all(isinstance(name, str) for name in names)


def translated(spec: Spec, tables: Mapping[str, ReferenceTable]) -> tuple[Program, list[Problem]]:
    """Translate a spec; the program is complete only if there are no problems."""
    program, problems = _translated(spec, tables)
    referenced = _drawn(program.populations) | {
        it.name for it in spec.populations if it.arrive is not None and children(it)
    }
    # Who is drawn is known only after the translation. With a warm-up it decides in which states subjects are shown at
    # the start, and that is a part of the translation; hence once more.
    if problems or not (referenced and spec.clock.warm_up):
        return program, problems
    return _translated(spec, tables, referenced)


def _translated(
    spec: Spec, tables: Mapping[str, ReferenceTable], referenced: Collection[str] = ()
) -> tuple[Program, list[Problem]]:
    """Translate a spec; ``referenced`` are the populations whose subjects are known to be named by others."""
    if len(spec.populations) == 1:
        return translate(spec, tables, referenced=bool(referenced))
    alone = {population.name: spec.with_only(population) for population in spec.populations}
    # Tables belong to no population, so the first one emits their rows.
    silent = {name: replace(table, emit=None) for name, table in tables.items()}
    lineages = Lineages()
    made: dict[int, tuple[Program, list[Problem]]] = {}
    # Parents first, since what a child is given has types that only its parent's translation knows.
    for number in (it for family in families(spec.populations) for it in family):
        population = spec.populations[number]
        own, lineage = _own(spec, population, first=not number), lineages.of(population)
        known = population.name in referenced
        made[number] = translate(own, silent if number else tables, alone, lineage, referenced=known)
        # Before the next population, which may be a child of this one.
        made[number][1].extend(lineages.learn(made[number][0]))
    # In the order of the file again, on which numbers of states and transitions depend.
    each = [made[number] for number in range(len(spec.populations))]
    parts = tuple(_with_arriving([program for program, _ in each]))
    problems = list(_problems(spec, [found for _, found in each]))
    program = Program(spec, ModelData(), (), (), dict(_shapes(spec, parts)), tables=tables, parts=parts)
    program = replace(program, referred=frozenset().union(*(it.referred for it in parts)))
    # Types of fields that are wrong are stand-ins, and would seem to disagree.
    return program, problems or list(_disagreements(program))


def _with_arriving(parts: Sequence[Program]) -> Iterator[Program]:
    """The programs of the populations, with those of others from which they draw subjects that arrive."""
    drawn = _drawn(parts)
    each = [replace(it, is_referenced=it.is_referenced or it.spec.population.name in drawn) for it in parts]
    named = {it.spec.population.name: it for it in each}
    for part in each:
        # Not itself, or a program would contain itself.
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
    return replace(spec.with_only(population), streams=streams, targets={}, tables=tables, incidents=incidents)


def _shapes(spec: Spec, parts: Sequence[Program]) -> Iterator[tuple[str, Shape]]:
    """How the records of each stream are composed; those that have the rows of tables come first."""
    of_tables = streams_of_tables(spec)
    # Rows of tables come before whatever refers to them; sorted() keeps the order of the file otherwise.
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
