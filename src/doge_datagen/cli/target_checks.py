"""Check a model's targets before anything is opened, and report problems with their lines in the file."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from doge_datagen.errors import InvalidModelError, MissingDriverError, ModelError, Problem
from doge_datagen.model.destination import Destination
from doge_datagen.model.redaction import Redacted
from doge_datagen.modelfile.document import Document
from doge_datagen.modelfile.locations import located
from doge_datagen.sinks.conflicts import identity_of, not_apart
from doge_datagen.sinks.destination_identity import file_destination
from doge_datagen.sinks.environment_variables import filled_destination, has_variables, unfilled_destination
from doge_datagen.sinks.registry import check_destination, check_filled, check_machine

log = logging.getLogger(__name__)


class Check(Protocol):
    """Checks a destination."""

    def __call__(
        self, destination: Destination, stream: str, fields: tuple[str, ...], where: str, *, keyed: bool = True
    ) -> object:
        """Raise a ModelError if it does not fit the stream, its fields, and whether its records have keys."""


@dataclass(frozen=True, slots=True)
class FileTarget:
    """A target as given in a model file and ``--set``.

    Attributes:
        sources: the files that the model comes from.
        name: name of the target.
        destinations: by stream; invalid ones are left out, since the loader reports them.
        fields: names of the fields, by stream.
        keyed: the streams whose records have keys.
    """

    sources: Sequence[Path]
    name: str
    destinations: Mapping[str, Destination]
    fields: Mapping[str, tuple[str, ...]]
    keyed: frozenset[str]

    @property
    def where(self) -> str:
        """Path of the target in the model."""
        return f"targets.{self.name}"

    def problems_found_by(self, check: Check) -> Iterator[Problem]:
        """Run a check on each destination, and yield the problems it finds."""
        for stream, destination in self.destinations.items():
            try:
                fields, where = self.fields.get(stream, ()), f"{self.where}.{stream}"
                check(destination, stream, fields, where, keyed=stream in self.keyed)
            except ModelError as error:
                yield self.problem(stream, error)

    def conflicts(self, known: Mapping[str, Destination]) -> Iterator[Problem]:
        """Yield conflicts between destinations: two that are the same, or one that is the model file.

        Args:
            known: the destinations to compare, by stream, with variables replaced if their values are known.
        """
        yield from (self.problem(stream, it) for stream, it in not_apart(self.destinations, known, self.where))
        model = file_destination(self.sources)
        for stream, destination in known.items():
            identity = identity_of(destination, stream)
            if identity is not None and identity.meets(model):
                path = f"{Redacted(self.destinations[stream].at)!r}"
                message = f"{path} is the model file itself. Hint: give the stream a path of its own"
                yield Problem(("targets", self.name, stream), message)

    def problem(self, stream: str, error: ModelError) -> Problem:
        """Turn an error about a stream's destination into a problem with a path; stream names may contain dots."""
        path, where = ("targets", self.name, stream), f"{self.where}.{stream}"
        if not f"{error.dotted_path}.".startswith(f"{where}."):
            return Problem(path, str(error))  # a sink type from another package may word its errors differently
        below = error.dotted_path.removeprefix(where).lstrip(".")
        return Problem((*path, *(below.split(".", 1) if below else ())), error.problem)


def problems_of_targets(path: Path, document: Document) -> list[Problem]:
    """Find every problem of all targets that the file alone shows.

    Args:
        path: path of the model file.
        document: its values and where each of them is.
    """
    found = [
        problem
        for target in _targets(path, document)
        for problem in (*target.problems_found_by(check_destination), *target.conflicts(target.destinations))
    ]
    return _located(document, found)


def check_target(path: Path, document: Document, name: str, run_id: str | None = None) -> None:
    """Check that one target can be used here, with this environment and the installed packages.

    Raises:
        InvalidModelError: has every problem, each with its line; if variables are missing, only those.
        MissingDriverError: a package is not installed.
    """
    target = next(it for it in _targets(path, document) if it.name == name)
    where = {stream: f"{target.where}.{stream}" for stream in target.destinations}
    missing = (
        (stream, error)
        for stream, it in target.destinations.items()
        for error in unfilled_destination(it, where[stream])
    )
    _raise_all(document, (target.problem(*it) for it in missing))
    _raise_all(document, target.problems_found_by(partial(check_filled, run_id=run_id)))
    known = {stream: filled_destination(it, where[stream]) for stream, it in target.destinations.items()}
    _raise_all(document, target.conflicts(known))
    _raise_all(document, target.problems_found_by(check_machine))


def warn_of_missing(path: Path, document: Document) -> None:
    """Warn of packages that targets need and this machine lacks; targets with variables are not checked."""
    for target in _targets(path, document):
        for problem in _located(document, target.problems_found_by(_check_all_known)):
            log.warning("%s", problem)


def _check_all_known(
    destination: Destination, stream: str, fields: tuple[str, ...], where: str, *, keyed: bool = True
) -> None:
    if has_variables({"at": destination.at, **destination.options}):
        return
    try:
        check_machine(destination, stream, fields, where, keyed=keyed)
    except MissingDriverError as error:
        raise ModelError(where, str(error)) from None


def sources_of(path: Path, document: Document) -> list[Path]:
    """The files that a model comes from: its own, and those that it includes."""
    return [path, *(Path(name) for name in document.texts if name != str(path))]


def _targets(path: Path, document: Document) -> Iterator[FileTarget]:
    value, sources = _mapping(document.value), sources_of(path, document)
    streams = _mapping(value.get("streams"))
    fields = {stream: tuple(_mapping(_mapping(it).get("fields"))) for stream, it in streams.items()}
    keyed = frozenset(stream for stream, it in streams.items() if _mapping(it).get("key") is not None)
    for name, given in _mapping(value.get("targets")).items():
        yield FileTarget(sources, name, dict(_destinations(_mapping(given))), fields, keyed)


def _destinations(given: Mapping[str, Any]) -> Iterator[tuple[str, Destination]]:
    for stream, destination in given.items():
        try:
            yield stream, Destination.of(destination)
        except ModelError:
            continue  # the loader reports it


def _raise_all(document: Document, problems: Iterable[Problem]) -> None:
    if found := _located(document, problems):
        raise InvalidModelError(found)


def _located(document: Document, problems: Iterable[Problem]) -> list[Problem]:
    return [located(document, it) for it in problems]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
