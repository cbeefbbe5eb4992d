"""Load a model file into a program, or raise an error that lists everything wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from pydantic import ValidationError

from doge_datagen.errors import InvalidModelError, Problem
from doge_datagen.modelfile.build import build
from doge_datagen.modelfile.document import Document, read
from doge_datagen.modelfile.error_recovery import further_problems
from doge_datagen.modelfile.include import with_includes
from doge_datagen.modelfile.key_checks import correct_misspelt_keys, empty
from doge_datagen.modelfile.locations import located
from doge_datagen.modelfile.override import override
from doge_datagen.modelfile.paths import Path
from doge_datagen.modelfile.schema.file import shape_of
from doge_datagen.modelfile.schema.shape_errors import shape_problems
from doge_datagen.modelfile.shared_targets import unknown_placeholders, with_destinations, with_shared_targets
from doge_datagen.modelfile.yaml_nodes import text_of
from doge_datagen.program.compilation import compile_spec
from doge_datagen.program.program import Program


@dataclass(frozen=True, slots=True, eq=False)
class ParsedFile:
    """A model file that has been parsed once, with all its values where they belong.

    Attributes:
        document: its values and where each of them is, with overrides applied and misspelt keys corrected.
        problems: what is wrong with its keys and with the overrides.
        broken: paths to values that cannot be trusted.
    """

    document: Document
    problems: tuple[Problem, ...]
    broken: frozenset[Path]


def load(
    path: str | FilePath, overrides: Mapping[str, object] | None = None, *, targets: str | FilePath | None = None
) -> Program:
    """Load the model in a YAML or JSON file, and in those that it includes.

    Args:
        path: path of the file, which is UTF-8.
        overrides: values that replace those of the file, by path: ``{'subjects.count': '1000'}``. A transition is named
            by its trigger, by ``state.trigger`` if several states have that trigger, or by its index from 0.
        targets: path of a file with further targets.

    Raises:
        InvalidModelError: everything that is wrong, with file, line and column.
    """
    shared = None if targets is None else FilePath(targets)
    return compile_file(parse(text_of(FilePath(path)), name=str(path), overrides=overrides, targets=shared))


def loads(text: str, *, name: str = "model", overrides: Mapping[str, object] | None = None) -> Program:
    """Load the model in a string; errors show ``name`` as the file's name.

    Raises:
        InvalidModelError: everything that is wrong, with line and column.

    >>> loads('doge: 1', name='bank.yaml')  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    doge_datagen.errors.InvalidModelError: bank.yaml:1:1: 'name' is missing. Hint: add it, such as 'name: bank'
    bank.yaml:1:1: 'clock' is missing. Hint: add it, such as 'clock: {tick: 1 min, ticks: 1000}'
    bank.yaml:1:1: 'subjects' is missing. Hint: add it, such as 'subjects: {name: user, count: 10}'
    bank.yaml:1:1: 'states' is missing. Hint: add it, such as 'states: [offline, online]'
    bank.yaml:1:1: 'initial' is missing. Hint: add it, such as 'initial: offline'
    bank.yaml:1:1: 'transitions' is missing. Hint: add it, such as 'transitions: [{trigger: login, from: offline, ...}]'
    """
    return compile_file(parse(text, name=name, overrides=overrides))


def parse(
    text: str,
    *,
    name: str = "model",
    overrides: Mapping[str, object] | None = None,
    targets: FilePath | None = None,
) -> ParsedFile:
    """Parse the text of a model file, and keep what is wrong with it for :func:`compile_file`.

    Args:
        text: of the file.
        name: path of the file; what it includes is relative to its folder.
        overrides: as for :func:`load`.
        targets: path of a file with further targets.

    Raises:
        InvalidModelError: the text, or that of another file, is not YAML or JSON, or is empty.
    """
    document = read(text, name)
    if document.value is None and not document.problems:
        raise InvalidModelError([Problem((), "the file is empty. Hint: begin with 'doge: 1'", file=name)])
    # The order matters: included parts before shared targets, whose streams must be known, and --set after both, so
    # that it reaches all values; "*" of a target after that, since --set may add a stream or change "*" itself.
    document = with_includes(document)
    if targets is not None:
        document = with_shared_targets(document, targets)
    given, unknown = override(document, overrides or {})
    # Before the shape is checked: otherwise one misspelt key is two errors, an unknown one and a missing one, and
    # nothing below it would be checked.
    meant, misspelt = correct_misspelt_keys(with_destinations(given))
    # Of the destinations as they were given: afterwards "*" is one error for each of the streams.
    found = (*meant.problems, *unknown_placeholders(given), *empty(meant))
    # A value split by a comma has been rejoined as it was meant, so what refers to it can be checked.
    broken = frozenset(problem.path for problem in found) - meant.cut
    return ParsedFile(meant, (*found, *unknown, *misspelt), broken)


def compile_file(parsed: ParsedFile) -> Program:
    """Make a program of a parsed file.

    Raises:
        InvalidModelError: everything that is wrong, with line and column.
    """
    document, found = parsed.document, list(parsed.problems)
    folder = FilePath(document.name).parent
    try:
        shape = shape_of(document.value)
    except ValidationError as error:
        # What is below a value with a known problem, such as one given twice, may be wrong only because of it.
        found += _new(shape_problems(error, document), found)
    # Errors of the shape do not end the checks: what is intact is compiled, so that one run reports everything.
    if found:
        found += further_problems(document, parsed.broken, folder)
        raise InvalidModelError(in_order(document, found))
    try:
        return compile_spec(build(shape, folder))
    except InvalidModelError as error:
        # Without the chain: the inner error has paths instead of lines and would be shown above this one.
        raise InvalidModelError(in_order(document, error.problems)) from None


def _new(found: Iterable[Problem], reported: Iterable[Problem]) -> list[Problem]:
    """The problems found at paths for which nothing has been reported yet."""
    known = {problem.path for problem in reported if problem.path}
    return [each for each in found if not any(each.path[:size] in known for size in range(1, len(each.path) + 1))]


def in_order(document: Document, found: Iterable[Problem]) -> list[Problem]:
    """The problems with their lines and columns, file by file from the top down."""
    files = [document.name, *(it for it in document.texts if it != document.name)]
    numbers = {file: number for number, file in enumerate(files)}
    placed = (located(document, problem) for problem in found)
    return sorted(placed, key=lambda at: (numbers.get(at.file, 0), at.line, at.column))
