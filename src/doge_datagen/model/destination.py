"""Where a stream goes: what a target says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import Redacted, redacted

CONSOLE = "console"
SCHEME_END = "://"
KINDS = ("file", "database", "kafka", CONSOLE)
"""The kinds that are always there."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A topic, a table, a file, the screen.

    Attributes:
        kind: which kind of sink: ``file``, ``database``, ``kafka``, ``console``, or what an installed package adds.
        at: the path, URL or addresses; may hold ``${NAME}``, which is filled in from the environment when a run opens
            it and not before, so that no secret need be kept here; ``repr`` shows none.
        options: the rest, as the kind of sink takes it.

    >>> Destination.of('out/trx.parquet')
    Place(kind='file', at='out/trx.parquet', options={})
    >>> Destination.of({'kafka': 'localhost:9092', 'format': 'avro'})
    Place(kind='kafka', at='localhost:9092', options={'format': 'avro'})
    """

    kind: str
    at: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, given: str | PathLike[str] | Mapping[str, Any] | Destination) -> Destination:
        """A place from its short form (a path, a URL, ``console``) or from a mapping.

        In a mapping the kind is the key that names one of ours; where there is none, the first key. What is a path by
        its type is a file, whatever it is called.

        Raises:
            ModelError: it is neither.
        """
        if isinstance(given, Destination):
            return given
        if isinstance(given, PathLike):
            return cls("file", str(fspath(given)))
        if isinstance(given, str) and given:
            kind = CONSOLE if given == CONSOLE else "database" if SCHEME_END in given else "file"
            return cls(kind, "" if kind == CONSOLE else given)
        if isinstance(given, Mapping) and given:
            kind = next((name for name in given if name in KINDS), next(iter(given)))
            at = given[kind]
            options = {str(name): value for name, value in given.items() if name != kind}
            return cls(str(kind), "" if at is None else str(at), options)
        raise ModelError(
            "targets", f"{given!r} is not a place. Hint: give a path, a URL or a mapping such as {{kafka: ...}}"
        )

    def __repr__(self) -> str:
        return f"Place(kind={self.kind!r}, at={Redacted(self.at)!r}, options={redacted(self.options)!r})"

    def plain(self) -> str | dict[str, Any]:
        """The shortest form that :meth:`of` reads as this place."""
        short = self.at or self.kind
        if not self.options and Destination.of(short) == self:
            return short
        return {self.kind: self.at, **self.options}
