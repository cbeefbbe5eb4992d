"""A model file to a model that can be run, or everything that is wrong with it and its targets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from doge_datagen.cli.model_source import ModelSource
from doge_datagen.cli.target_checks import problems_of_targets
from doge_datagen.errors import CalculationError, InvalidModelError, Problem
from doge_datagen.language.units import duration, timestamp
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model_api import Model
from doge_datagen.modelfile.load import loads
from doge_datagen.modelfile.locations import located
from doge_datagen.modelfile.override import path_of
from doge_datagen.modelfile.paths import at

NEVER = "never"

if TYPE_CHECKING:
    from doge_datagen.errors import CalculationError, Problem
    from doge_datagen.forecast.values import Forecast
    from doge_datagen.model_api import Model


def load_model(given: ModelSource) -> Model:
    """The model that a command is given, with the values of ``--set``.

    Raises:
        InvalidModelError: everything that is wrong with it, what its targets say included, each with its line.
    """
    try:
        model = Model.of(loads(given.text, name=str(given.path), overrides=given.overrides))
    except InvalidModelError as error:
        places = {it.place for it in error.problems}
        more = [it for it in problems_of_targets(given) if it.place not in places]
        told = sorted([*error.problems, *more], key=lambda it: (it.line, it.column)) if more else error.problems
        raise InvalidModelError(told) from None
    wrong = problems_of_targets(given)
    if wrong:
        raise InvalidModelError(wrong)
    return model


@contextmanager
def placed(given: ModelSource) -> Iterator[None]:
    """Say of what cannot be calculated where it stands in the model file."""
    try:
        yield
    except CalculationError as error:
        found = fault(given, error)
        if found.file:
            error.add_note(f"see {found.file}:{found.line}:{found.column}" if found.line else f"see {found.file}")
        raise


def fault(given: ModelSource, error: CalculationError) -> Problem:
    """What cannot be calculated, with its place in the model file where that is known."""
    told, document = str(error).removeprefix(f"{error.place}: "), given.document
    if document is not None:
        with suppress(InvalidModelError):
            at = path_of(document.value, error.place)
            return located(document, Problem((*at, "do") if at[0] == "transitions" else at, told))
    return Problem((error.place,), told)


def in_file(given: ModelSource, expected: Forecast) -> Forecast:
    """What is expected of a model, what may not be meant so with its place in the file."""
    document = given.document if expected.never_read or expected.doubtful else None
    if document is None:
        return expected
    problems = [Problem(("transitions", it.transition, "do"), "", it.line, it.column) for it in expected.never_read]
    at = [located(document, problem) for problem in problems]
    pairs = zip(expected.never_read, at, strict=True)
    found = [replace(it, line=place.line, column=place.column, file=place.file) for it, place in pairs]
    doubtful = tuple(located(document, it) for it in expected.doubtful if not _says_percent(document.value, it.path))
    return replace(expected, never_read=tuple(found), doubtful=doubtful)


def _says_percent(model: object, path: tuple[str | int, ...]) -> bool:
    """Whether a probability is written with its sign, such as ``0.8 %``: so it is meant as it stands."""
    return isinstance(at(model, path), str)


def resized(model: Model, *, subjects: int | None, ticks: int | None, until: str | None = None) -> Model:
    """The model with other numbers of subjects and ticks.

    Args:
        model: as the file says it.
        subjects: how many; None for the file's number.
        ticks: how many; None for the file's number.
        until: instead of ticks a duration, as the file's ``until`` takes it, or ``never``; or a moment, which changes
            nothing here: how many ticks it is away depends on when the run begins.

    Raises:
        click.UsageError: ticks and until are both given, or until makes no sense.
        InvalidModelError: a number makes no sense.
    """
    if until is not None and ticks is not None:
        raise click.UsageError("--ticks and --until both say where the run ends; give one of them")

    if until == NEVER:
        ticks = ENDLESS
    elif until is not None and not is_moment(until):
        ticks = -(-_duration(until) // model.clock.tick_ms)
    return model if subjects is None and ticks is None else model.resized(subjects=subjects, ticks=ticks)


def is_moment(until: str) -> bool:
    """Whether a text is meant as a timestamp, not as a duration."""
    return until[:4].isdigit() and "-" in until


def moment(text: str, option: str) -> int:
    """A timestamp in milliseconds since the epoch.

    Raises:
        click.BadParameter: it is none.
    """
    try:
        return timestamp(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=f"'{option}'") from None


def _duration(until: str) -> int:
    try:
        milliseconds = duration(until)
    except ValueError:
        problem = f"{until!r} is not a timestamp such as 2024-05-07T12:00:00Z, a duration such as '36 h', or 'never'"
        raise click.BadParameter(problem, param_hint="'--until'") from None
    if not milliseconds:
        raise click.BadParameter(f"{until!r} is no time at all; give a longer one", param_hint="'--until'")
    return milliseconds
