"""Compile a spec to a program, or report everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from doge_datagen.errors import InvalidModelError, ModelError, Problem, did_you_mean
from doge_datagen.model.clock import Clock
from doge_datagen.model.spec import Population, Spec
from doge_datagen.program.arrival_checks import count_problems
from doge_datagen.program.checks import at_home, first_of, misfits, structural_problems
from doge_datagen.program.populations import translated
from doge_datagen.program.program import Program
from doge_datagen.program.spawning.checks import spawn_problems
from doge_datagen.program.tables.loading import reference_tables
from doge_datagen.program.time.clock_checks import clock_problems, zone_problems


def compile_spec(spec: Spec) -> Program:
    """Check a spec and translate it, once for everything that runs, forecasts or shows it.

    Raises:
        InvalidModelError: everything that is wrong with the spec, with paths as in a model file.

    >>> from doge_datagen.model import Population
    >>> compile_spec(Spec.of_one('bank', Population('user', 10), ['offline'], 'online', [], {}, Clock(0, 60000)))
    Traceback (most recent call last):
    doge_datagen.errors.InvalidModelError: initial: 'online' is not a state. Hint: did you mean 'offline'?
    """
    _raise_all(misfits(spec))
    found = structural_problems(spec)
    # Names identify draws, and tables are not read before it is known what they are.
    if not _names_are_strings(spec) or any(zone_problems(spec.zone)) or any(it.path[:1] == ("tables",) for it in found):
        _raise_all(found)
    names = {it.name for it in spec.populations}
    if found and (len(names) < len(spec.populations) or any(spawn_problems(spec))):
        _raise_all(found)  # else it is not known who is meant, and what the spawned are given
    tables, unread = reference_tables(spec)
    _raise_all([*found, *first_of(unread)] if unread else ())
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
    parts = [replace(part, spec=replace(part.spec, clock=spec.alone(population).clock)) for part, population in pairs]
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
    _raise_all(at_home(program.spec, changed, count_problems(changed)))
    spec = replace(program.spec, populations=[changed if it is populations[number] else it for it in populations])
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
