"""What the targets of a model say, checked before anything is opened, with the lines of the file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from doge_datagen.cli.model_source import ModelSource
from doge_datagen.errors import InvalidModelError, MissingDriverError, ModelError, Problem
from doge_datagen.model.destination import Destination
from doge_datagen.model.redaction import Redacted
from doge_datagen.modelfile.document import Document
from doge_datagen.modelfile.locations import located
from doge_datagen.sinks.conflicts import destination_of, not_apart
from doge_datagen.sinks.destination_identity import file_destination
from doge_datagen.sinks.environment import filled_place, has_variables, unfilled_place
from doge_datagen.sinks.registry import check_filled, check_machine, check_place

log = logging.getLogger(__name__)

Check = Callable[[Destination, str, tuple[str, ...], str], object]
"""Of a place, its stream, the stream's fields, and what leads to the place."""


@dataclass(frozen=True, slots=True)
class TargetOfFile:
    """A target as a model file and ``--set`` say it.

    Attributes:
        path: of the model file.
        name: of the target.
        places: by stream; what is no place is left out, as the loader tells of it.
        fields: by stream, the names of its fields.
    """

    path: Path
    name: str
    places: Mapping[str, Destination]
    fields: Mapping[str, tuple[str, ...]]

    @property
    def where(self) -> str:
        """What leads to it."""
        return f"targets.{self.name}"

    def found_by(self, check: Check) -> Iterator[Problem]:
        """What a check finds wrong with each place."""
        for stream, place in self.places.items():
            try:
                check(place, stream, self.fields.get(stream, ()), f"{self.where}.{stream}")
            except ModelError as error:
                yield self.problem(stream, error)

    def found_among(self, known: Mapping[str, Destination]) -> Iterator[Problem]:
        """What is wrong with places that each make sense: two are one, or one is the model file.

        Args:
            known: the places as they are compared.
        """
        yield from (self.problem(stream, it) for stream, it in not_apart(self.places, known, self.where))
        model = file_destination([self.path])
        for stream, place in known.items():
            destination = destination_of(place, stream)
            if destination is not None and destination.meets(model):
                path = f"{Redacted(self.places[stream].at)!r}"
                told = f"{path} is the model file itself. Hint: give the stream a path of its own"
                yield Problem(("targets", self.name, stream), told)

    def problem(self, stream: str, error: ModelError) -> Problem:
        """An error about the place of a stream, with the path that leads to it; names of streams may have dots."""
        path, where = ("targets", self.name, stream), f"{self.where}.{stream}"
        if not f"{error.place}.".startswith(f"{where}."):
            return Problem(path, str(error))  # a package's kind of sink says it in its own way
        below = error.place.removeprefix(where).lstrip(".")
        return Problem((*path, *(below.split(".", 1) if below else ())), str(error).removeprefix(f"{error.place}: "))


def problems_of_targets(given: ModelSource) -> list[Problem]:
    """Everything that is wrong with all targets, as far as the file says it; nothing where it is not even YAML."""
    document = given.document
    found = [
        problem
        for target in _targets(given.path, document)
        for problem in (*target.found_by(check_place), *target.found_among(target.places))
    ]
    return _located(document, found)


def check_target(given: ModelSource, name: str, run_id: str | None = None) -> None:
    """See that one target can be run here, with the variables of the environment and the packages that are installed.

    Raises:
        InvalidModelError: everything that is wrong, each with its line; the variables that are missing come first.
        MissingDriverError: a package is missing.
    """
    document = given.document
    target = next(it for it in _targets(given.path, document) if it.name == name)
    where = {stream: f"{target.where}.{stream}" for stream in target.places}
    missing = ((stream, error) for stream, it in target.places.items() for error in unfilled_place(it, where[stream]))
    _raise_all(document, (target.problem(*it) for it in missing))
    _raise_all(document, target.found_by(partial(check_filled, run_id=run_id)))
    known = {stream: filled_place(it, where[stream]) for stream, it in target.places.items()}
    _raise_all(document, target.found_among(known))
    _raise_all(document, target.found_by(check_machine))


def warn_of_missing(given: ModelSource) -> None:
    """Warn of what this machine does not have for targets of which all is known; where it has it, they can be run."""
    document = given.document
    for target in _targets(given.path, document):
        for problem in _located(document, target.found_by(_check_all_known)):
            log.warning("%s", problem)


def _check_all_known(place: Destination, stream: str, fields: tuple[str, ...], where: str) -> None:
    if has_variables({"at": place.at, **place.options}):
        return
    try:
        check_machine(place, stream, fields, where)
    except MissingDriverError as error:
        raise ModelError(where, str(error)) from None


def _targets(path: Path, document: Document | None) -> Iterator[TargetOfFile]:
    value = _mapping(None if document is None else document.value)
    streams = _mapping(value.get("streams"))
    fields = {stream: tuple(_mapping(_mapping(it).get("fields"))) for stream, it in streams.items()}
    for name, given in _mapping(value.get("targets")).items():
        yield TargetOfFile(path, name, dict(_places(_mapping(given))), fields)


def _places(given: Mapping[str, Any]) -> Iterator[tuple[str, Destination]]:
    for stream, place in given.items():
        try:
            yield stream, Destination.of(place)
        except ModelError:
            continue  # the loader tells of it


def _raise_all(document: Document | None, problems: Iterable[Problem]) -> None:
    if found := _located(document, problems):
        raise InvalidModelError(found)


def _located(document: Document | None, problems: Iterable[Problem]) -> list[Problem]:
    return [it if document is None else located(document, it) for it in problems]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
