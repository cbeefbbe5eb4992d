"""Check how many subjects a model has, and how they arrive."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.errors import ModelError, Problem, did_you_mean
from doge_datagen.model.coercion import whole_number
from doge_datagen.model.spec import Population, Spec

MOST_SUBJECTS = 2**32 - 1
SUBJECTS = ("subjects",)
COUNT = ("subjects", "count")


def count_problems(population: Population) -> Iterator[Problem]:
    """Check the number of subjects, which depends on nothing else in the model."""
    given = population.arrive
    if given is None and population.count is None:
        yield Problem(SUBJECTS, "'count' is missing. Hint: add it, such as 'count: 1000', or arrive, or born")
    elif given is not None and population.count is not None and population.is_spawned:
        yield Problem(
            population.place_of_arrival, "subjects that are spawned have no count. Hint: remove count, or born"
        )
    elif given is not None and population.count is not None:
        hint = "keep count for a fixed number, or arrive for subjects that come while the run goes on"
        yield Problem(population.place_of_arrival, f"it has both count and arrive. Hint: {hint}")
    elif given is not None:
        yield from _number((*population.place_of_arrival, "initially"), given.initially, at_least=0)
    else:
        yield from _number(COUNT, population.count, at_least=1)


def _number(path: tuple[str, ...], value: object, *, at_least: int) -> Iterator[Problem]:
    try:
        whole_number("", value, at_least=at_least, below=MOST_SUBJECTS + 1)
    except ModelError as error:
        yield Problem(path, str(error).removeprefix(": "))


def arrival_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with how subjects arrive, except for the expressions."""
    given, path = spec.population.arrive, spec.population.place_of_arrival
    if given is None:
        return
    if not isinstance(given.trigger, str) or not given.trigger:
        yield Problem((*path, "trigger"), f"{given.trigger!r} is not a name. Hint: give a non-empty string")
    if given.rhythm is not None and given.rhythm not in spec.rhythms:
        hint = did_you_mean(str(given.rhythm), spec.rhythms)
        yield Problem((*path, "rhythm"), f"{given.rhythm!r} is not a rhythm. Hint: {hint}")
