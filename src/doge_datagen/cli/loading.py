"""Load the model that a command works on, and locate errors in its file."""

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


def load_model(source: ModelSource) -> Model:
    """Load the model of a command, with the values of ``--set`` applied.

    Raises:
        InvalidModelError: the model or its targets are invalid; has every problem, each with its line.
    """
    try:
        model = Model.of(loads(source.text, name=str(source.path), overrides=source.overrides))
    except InvalidModelError as error:
        paths = {it.place for it in error.problems}
        more = [it for it in problems_of_targets(source) if it.place not in paths]
        problems = sorted([*error.problems, *more], key=lambda it: (it.line, it.column)) if more else error.problems
        raise InvalidModelError(problems) from None
    problems = problems_of_targets(source)
    if problems:
        raise InvalidModelError(problems)
    return model


@contextmanager
def locating_errors(source: ModelSource) -> Iterator[None]:
    """Add the location in the model file to a calculation error that leaves the block."""
    try:
        yield
    except CalculationError as error:
        found = problem_of(source, error)
        if found.file:
            error.add_note(f"see {found.file}:{found.line}:{found.column}" if found.line else f"see {found.file}")
        raise


def problem_of(source: ModelSource, error: CalculationError) -> Problem:
    """The problem that a calculation error reports, with its location in the model file if known."""
    message, document = str(error).removeprefix(f"{error.place}: "), source.document
    if document is not None:
        with suppress(InvalidModelError):
            at = path_of(document.value, error.place)
            return located(document, Problem((*at, "do") if at[0] == "transitions" else at, message))
    return Problem((error.place,), message)


def with_locations(source: ModelSource, expected: Forecast) -> Forecast:
    """The forecast with locations in the model file added to its warnings."""
    document = source.document if expected.never_read or expected.doubtful else None
    if document is None:
        return expected
    problems = [Problem(("transitions", it.transition, "do"), "", it.line, it.column) for it in expected.never_read]
    at = [located(document, problem) for problem in problems]
    pairs = zip(expected.never_read, at, strict=True)
    found = [replace(it, line=place.line, column=place.column, file=place.file) for it, place in pairs]
    doubtful = tuple(located(document, it) for it in expected.doubtful if not _says_percent(document.value, it.path))
    return replace(expected, never_read=tuple(found), doubtful=doubtful)


def _says_percent(model: object, path: tuple[str | int, ...]) -> bool:
    """Whether a probability is written with a percent sign, such as ``0.8 %``, and so is certainly intended."""
    return isinstance(at(model, path), str)


def resized(model: Model, *, subjects: int | None, ticks: int | None, until: str | None = None) -> Model:
    """The model with other numbers of subjects and ticks.

    Args:
        model: as loaded from the file.
        subjects: number of subjects; None for the file's.
        ticks: number of ticks; None for the file's.
        until: a duration instead of ticks, in the notation of the file's ``until``, or ``never``. A timestamp is
            ignored here, since the number of ticks until then depends on when the run starts.

    Raises:
        click.UsageError: ticks and until are both given, or until is invalid.
        InvalidModelError: a number is out of range.
    """
    if until is not None and ticks is not None:
        raise click.UsageError("--ticks and --until both set the end of the run. Hint: give only one of them")

    if until == NEVER:
        ticks = ENDLESS
    elif until is not None and not is_moment(until):
        ticks = -(-_duration(until) // model.clock.tick_ms)
    return model if subjects is None and ticks is None else model.resized(subjects=subjects, ticks=ticks)


def is_moment(until: str) -> bool:
    """Whether a value of ``--until`` looks like a timestamp, not a duration."""
    return until[:4].isdigit() and "-" in until


def moment(text: str, option: str) -> int:
    """Parse a timestamp to milliseconds since the epoch.

    Raises:
        click.BadParameter: the text is not a timestamp.
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
        raise click.BadParameter(
            f"{until!r} is shorter than a millisecond. Hint: give a longer duration", param_hint="'--until'"
        )
    return milliseconds
