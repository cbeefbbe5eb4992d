"""Load a model file into a program, or raise an error that lists everything wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import BinaryIO

from pydantic import ValidationError

from doge_datagen.errors import InvalidModelError, Problem, did_you_mean
from doge_datagen.modelfile.build import build
from doge_datagen.modelfile.document import Document, read
from doge_datagen.modelfile.error_recovery import further_problems
from doge_datagen.modelfile.file_schema import ModelShape
from doge_datagen.modelfile.locations import located
from doge_datagen.modelfile.missing_values import empty
from doge_datagen.modelfile.misspelt_keys import correct_misspelt_keys
from doge_datagen.modelfile.override import override
from doge_datagen.modelfile.paths import Path
from doge_datagen.modelfile.shape_errors import shape_problems
from doge_datagen.program.compilation import compile_spec
from doge_datagen.program.program import Program

MOST_BYTES = 16 << 20


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


def load(path: str | FilePath, overrides: Mapping[str, object] | None = None) -> Program:
    """Load the model in a YAML or JSON file.

    Args:
        path: path of the file, which is UTF-8.
        overrides: values that replace those of the file, by path: ``{'subjects.count': '1000'}``. A transition is named
            by its trigger, by ``state.trigger`` if several states have that trigger, or by its index from 0.

    Raises:
        InvalidModelError: everything that is wrong, with file, line and column.
    """
    return loads(text_of(FilePath(path)), name=str(path), overrides=overrides)


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


def parse(text: str, *, name: str = "model", overrides: Mapping[str, object] | None = None) -> ParsedFile:
    """Parse the text of a model file, and keep what is wrong with it for :func:`compile_file`.

    Raises:
        InvalidModelError: the text is not YAML or JSON, or is empty.
    """
    document = read(text, name)
    if document.value is None and not document.problems:
        raise InvalidModelError([Problem((), "the file is empty. Hint: begin with 'doge: 1'", file=name)])
    given, unknown = override(document, overrides or {})
    meant, misspelt = correct_misspelt_keys(given)
    found = (*meant.problems, *empty(meant))
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
        shape = ModelShape.model_validate(document.value)
    except ValidationError as error:
        found += _new(shape_problems(error, document), found)
    if found:
        found += further_problems(document.value, parsed.broken, folder)
        raise InvalidModelError(_in_order(document, found))
    try:
        return compile_spec(build(shape, folder))
    except InvalidModelError as error:
        raise InvalidModelError(_in_order(document, error.problems)) from None


def _new(found: Iterable[Problem], reported: Iterable[Problem]) -> list[Problem]:
    """The problems found at paths for which nothing has been reported yet."""
    known = {problem.path for problem in reported if problem.path}
    return [each for each in found if not any(each.path[:size] in known for size in range(1, len(each.path) + 1))]


def _in_order(document: Document, found: Iterable[Problem]) -> Iterator[Problem]:
    """The problems with their lines and columns, from the top of the file down."""
    return iter(sorted((located(document, problem) for problem in found), key=lambda at: (at.line, at.column)))


def text_of(path: FilePath) -> str:
    """Return the text of a model file.

    Raises:
        InvalidModelError: the file does not exist or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return decoded(whole(file, str(path)), str(path))
    except InvalidModelError:
        raise
    except FileNotFoundError:
        problem = Problem((), f"there is no such file. Hint: {_near(path)}", file=str(path))
    except IsADirectoryError:
        problem = Problem((), "is a folder. Hint: name a file in it", file=str(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem((), f"cannot be read: {reason}. Hint: name a file that can be read", file=str(path))
    raise InvalidModelError([problem])


def whole(file: BinaryIO, name: str) -> bytes:
    """Read a whole file, up to the largest size of a model file; a device may be endless.

    Args:
        file: open for reading.
        name: the file's name in errors.

    Raises:
        InvalidModelError: the file is too large.
    """
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        problem = f"is larger than {MOST_BYTES >> 20} MiB, the limit of a model file. Hint: name a model file"
        raise InvalidModelError([Problem((), problem, file=name)])
    return data


def decoded(data: bytes, name: str) -> str:
    """Decode the bytes of a model file.

    Args:
        data: the whole file.
        name: the file's name in errors.

    Raises:
        InvalidModelError: the bytes are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        problem = Problem((), "is not UTF-8. Hint: save it as UTF-8", line, column, name)
    raise InvalidModelError([problem])


def _near(path: FilePath) -> str:
    if not path.parent.is_dir():
        return f"check the path: there is no folder {str(path.parent)!r}"
    return did_you_mean(path.name, sorted(each.name for each in path.parent.iterdir() if each.is_file()))
