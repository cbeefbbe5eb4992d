"""Compile a spec to a program, or report everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from doge_datagen.errors import InvalidModelError, Problem
from doge_datagen.model.clock import Clock
from doge_datagen.model.spec import Spec
from doge_datagen.program.arrival_checks import count_problems
from doge_datagen.program.checks import (
    clock_problems,
    first_of,
    misfits,
    structural_problems,
    zone_problems,
)
from doge_datagen.program.program import Program
from doge_datagen.program.reference_table import reference_tables
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
    _raise_all(misfits(spec))
    found = structural_problems(spec)
    if not _names_are_strings(spec) or any(zone_problems(spec.zone)):  # names identify draws
        _raise_all(found)
    tables, unread = reference_tables(spec)
    _raise_all([*found, *unread] if unread else ())
    program, more = translate(spec, tables)
    _raise_all([*found, *first_of(more)])
    return program


def with_clock(program: Program, clock: Clock) -> Program:
    """The program with another clock. Only the clock is checked, since no code depends on it.

    Raises:
        InvalidModelError: everything that is wrong with the clock.
    """
    _raise_all(clock_problems(clock))
    return replace(program, spec=replace(program.spec, clock=clock))


def with_count(program: Program, count: int) -> Program:
    """The program with another number of subjects, or of those that arrive at the start.

    Only the number is checked, since no code depends on it.

    Raises:
        InvalidModelError: the number is out of range.
    """
    population, arrive = program.spec.population, program.spec.population.arrive
    changed = {"count": count} if arrive is None else {"arrive": replace(arrive, initially=count)}
    population = replace(population, **changed)
    _raise_all(count_problems(population))
    return replace(program, spec=replace(program.spec, populations=(population,)))


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
