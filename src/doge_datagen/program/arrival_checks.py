"""Check how many subjects a model has, and how they arrive."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.errors import ModelError, Problem, did_you_mean
from doge_datagen.model.coercion import whole_number
from doge_datagen.model.spec import Population, Spec

MOST_SUBJECTS = 2**32 - 1
SUBJECTS = ("subjects",)
COUNT, ARRIVE = ("subjects", "count"), ("subjects", "arrive")


def count_problems(population: Population) -> Iterator[Problem]:
    """Check the number of subjects, which depends on nothing else in the model."""
    given = population.arrive
    if given is None and population.count is None:
        yield Problem(SUBJECTS, "'count' is missing. Hint: add it, such as 'count: 1000', or arrive")
    elif given is not None and population.count is not None:
        hint = "keep count for a fixed number, or arrive for subjects that come while the run goes on"
        yield Problem(ARRIVE, f"it has both count and arrive. Hint: {hint}")
    elif given is not None:
        yield from _number((*ARRIVE, "initially"), given.initially, at_least=0)
    else:
        yield from _number(COUNT, population.count, at_least=1)


def _number(path: tuple[str, ...], value: object, *, at_least: int) -> Iterator[Problem]:
    try:
        whole_number("", value, at_least=at_least, below=MOST_SUBJECTS + 1)
    except ModelError as error:
        yield Problem(path, str(error).removeprefix(": "))


def arrival_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with how subjects arrive, except for the expressions."""
    given = spec.population.arrive
    if given is None:
        return
    if not isinstance(given.trigger, str) or not given.trigger:
        yield Problem((*ARRIVE, "trigger"), f"{given.trigger!r} is not a name. Hint: give a non-empty string")
    if given.rhythm is not None and given.rhythm not in spec.rhythms:
        hint = did_you_mean(str(given.rhythm), spec.rhythms)
        yield Problem((*ARRIVE, "rhythm"), f"{given.rhythm!r} is not a rhythm. Hint: {hint}")
