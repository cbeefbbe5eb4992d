"""Load the model that a command works on: read its file exactly once, and locate errors in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doge_datagen.cli.options import overrides
from doge_datagen.cli.target_checks import problems_of_targets, sources_of
from doge_datagen.errors import InvalidModelError, ModelError, Problem
from doge_datagen.language.time.units import duration, timestamp
from doge_datagen.model.arrival import ARRIVE, BORN
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.population_paths import of_population
from doge_datagen.modelfile.document import Document
from doge_datagen.modelfile.load import compile_file, in_order, parse
from doge_datagen.modelfile.locations import located, path_in_file
from doge_datagen.modelfile.override import path_of
from doge_datagen.modelfile.paths import at
from doge_datagen.modelfile.yaml_nodes import decoded, text_of, whole
from doge_datagen.program.compilation import with_clock, with_count
from doge_datagen.program.program import Program

if TYPE_CHECKING:
    from doge_datagen.forecast.values import Forecast


STANDARD = "-"
"""The file name that means standard input or output."""
STDIN = "<stdin>"
"""The file name of a model from standard input in error messages."""
OF_SPAWN = ".spawn["
"""Between the location of an event and the position of what it spawns."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """The text of a model file, and the overrides of ``--set``.

    Attributes:
        path: path of the file.
        text: its content when the command began.
        overrides: YAML text by path in the model.
    """

    path: Path
    text: str
    overrides: Mapping[str, str]


def read_once(path: Path, settings: tuple[str, ...]) -> ModelSource:
    """Read a model file or standard input.

    A pipe can be read only once, so everything that looks at the file uses the result.

    Args:
        path: the model file, or ``-`` for standard input.
        settings: the values of ``--set``.

    Raises:
        click.BadParameter: a setting is not ``KEY=VALUE``.
        InvalidModelError: the file cannot be read.
    """
    values = overrides(settings)
    if str(path) == STANDARD:
        return ModelSource(Path(STDIN), decoded(whole(sys.stdin.buffer, STDIN), STDIN), values)
    return ModelSource(path, text_of(path), values)


NEVER = "never"


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A model file that has been read, parsed and compiled, each once.

    Attributes:
        path: path of the file.
        document: its values and where each of them is.
        program: the model.
    """

    path: Path
    document: Document
    program: Program

    @property
    def sources(self) -> list[Path]:
        """The files that the model comes from."""
        return sources_of(self.path, self.document)


def load_model(path: Path, settings: tuple[str, ...], targets: Path | None = None) -> LoadedModel:
    """Load the model of a command.

    Args:
        path: the model file, or ``-`` for standard input.
        settings: the values of ``--set``.
        targets: a file with further targets; None if there is none.

    Raises:
        click.BadParameter: a setting is not ``KEY=VALUE``.
        InvalidModelError: the file cannot be read, or the model or its targets are invalid; has every problem, each
            with its line.
    """
    source = read_once(path, settings)
    parsed = parse(source.text, name=str(source.path), overrides=source.overrides, targets=targets)
    problems = problems_of_targets(source.path, parsed.document)
    try:
        program = compile_file(parsed)
    except InvalidModelError as error:
        paths = {it.dotted_path for it in error.problems}
        more = [it for it in problems if it.dotted_path not in paths]
        found = in_order(parsed.document, [*error.problems, *more]) if more else error.problems
        raise InvalidModelError(found) from None
    if problems:
        raise InvalidModelError(problems)
    return LoadedModel(source.path, parsed.document, program)


@contextmanager
def locating_errors(document: Document) -> Iterator[None]:
    """Add the location in the model file to an error of a run that leaves the block."""
    try:
        yield
    except InvalidModelError:
        raise  # its problems have their own
    except ModelError as error:
        found = problem_of(document, error)
        if found.file:
            error.location = f"{found.file}:{found.line}:{found.column}" if found.line else found.file
        raise


def problem_of(document: Document, error: ModelError) -> Problem:
    """The problem that an error of a run reports, with its location in the model file if known."""
    of_event, times, position = error.dotted_path.partition(OF_SPAWN)
    dotted_path = ".".join(map(str, path_in_file(document.value, tuple(of_event.split(".", 1)))))
    with suppress(InvalidModelError):
        path = path_of(document.value, dotted_path)
        if times:
            return located(document, Problem((*path, "spawn", int(position.partition("]")[0]), "times"), error.problem))
        _, within = of_population(path)
        is_event = within[0] == "transitions" or within in (("subjects", ARRIVE), ("subjects", BORN))
        return located(document, Problem((*path, "do") if is_event else path, error.problem))
    return Problem((error.dotted_path,), error.problem)


def with_locations(document: Document, expected: Forecast) -> Forecast:
    """The forecast with locations in the model file added to its warnings."""
    problems = [Problem(it.path, "", it.line, it.column) for it in expected.never_read]
    at = [located(document, problem) for problem in problems]
    pairs = zip(expected.never_read, at, strict=True)
    found = [replace(it, line=problem.line, column=problem.column, file=problem.file) for it, problem in pairs]
    doubtful = tuple(located(document, it) for it in expected.doubtful if not _says_percent(document, it.path))
    return replace(expected, never_read=tuple(found), doubtful=doubtful)


def _says_percent(document: Document, path: tuple[str | int, ...]) -> bool:
    """Whether a probability is written with a percent sign, such as ``0.8 %``, and so is certainly intended."""
    return isinstance(at(document.value, path_in_file(document.value, path)), str)


def resized(program: Program, *, subjects: int | None, ticks: int | None, until: str | None = None) -> Program:
    """The program with other numbers of subjects and ticks.

    Args:
        program: as loaded from the file.
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
    clock = program.spec.clock
    if until == NEVER:
        ticks = ENDLESS
    elif until is not None and not is_moment(until):
        ticks = -(-_duration(until) // clock.tick_ms)
    sized = program if subjects is None else with_count(program, subjects)
    return sized if ticks is None else with_clock(sized, replace(clock, ticks=ticks))


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
