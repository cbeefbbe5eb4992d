"""What the targets of a model say, checked before anything is opened, with the lines of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from doge_datagen.errors import InvalidModelError, ModelError, Problem
from doge_datagen.model.place import Place
from doge_datagen.modelfile.document import Document, read
from doge_datagen.modelfile.misspelt import as_meant
from doge_datagen.modelfile.override import override
from doge_datagen.modelfile.position import located
from doge_datagen.sinks.environment import filled
from doge_datagen.sinks.kinds import check_place

Check = Callable[[Place, str], object]


def problems_of_targets(path: Path, overrides: Mapping[str, str]) -> list[Problem]:
    """Everything that the kinds of sinks find wrong in all targets; nothing where the file is not even YAML."""
    document = document_of(path, overrides)
    if document is None or not isinstance(document.value, dict):
        return []
    targets = _mapping(document.value.get("targets"))
    given = (
        (("targets", target, stream), place)
        for target, streams in targets.items()
        for stream, place in _mapping(streams).items()
    )
    found = [problem for at, place in given for problem in _checked(place, at, check_place)]
    return [located(document, problem) for problem in found]


def check_variables(path: Path, overrides: Mapping[str, str], target: str, places: Mapping[str, Any]) -> None:
    """See that the environment has all variables that the places of one target name.

    Raises:
        InvalidModelError: those that are missing, each with its line.
    """
    found = [
        problem for stream, place in places.items() for problem in _checked(place, ("targets", target, stream), _fill)
    ]
    document = document_of(path, overrides)
    if found:
        raise InvalidModelError(found if document is None else [located(document, problem) for problem in found])


def _fill(place: Place, where: str) -> None:
    filled(place.at, where)
    for name, value in place.options.items():
        filled(value, f"{where}.{name}")


def _checked(given: Any, at: tuple[str, ...], check: Check) -> Iterator[Problem]:
    try:
        place = Place.of(given)
    except ModelError:
        return  # the loader tells of it
    where = ".".join(at)
    try:
        check(place, where)
    except ModelError as error:
        below = error.place.removeprefix(where).lstrip(".")
        message = str(error).removeprefix(f"{error.place}: ")
        yield Problem((*at, *(below.split(".") if below else ())), message)


def document_of(path: Path, overrides: Mapping[str, str]) -> Document | None:
    """The model file with the values of ``--set``; None where it cannot be read, of which the loader tells."""
    try:
        given, _ = override(read(path.read_bytes().decode("utf-8-sig"), str(path)), overrides)
        return as_meant(given)[0]
    except (InvalidModelError, OSError, ValueError):
        return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
