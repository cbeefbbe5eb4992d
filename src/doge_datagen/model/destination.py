"""Where a stream goes, as a target of a model describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import Redacted, redacted

CONSOLE = "console"
SCHEME_END = "://"
BY_SCHEME = ""
"""The type of a destination that is only a URL."""
KINDS = ("file", "database", "kafka", CONSOLE)
"""The built-in types of sinks."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A destination of a stream: a topic, a table, a file or the screen.

    Attributes:
        kind: the type of sink: ``file``, ``database``, ``kafka``, ``console``, or one that an installed package adds.
            Empty for a URL alone, whose scheme decides.
        at: the path, URL or broker addresses. ``${NAME}`` in it is replaced from the environment when a run opens the
            sink, so that it need not contain secrets; ``repr`` redacts those it has.
        options: the options of the sink.

    >>> Destination.of('out/trx.parquet')
    Destination(kind='file', at='out/trx.parquet', options={})
    >>> Destination.of({'kafka': 'localhost:9092', 'format': 'avro'})
    Destination(kind='kafka', at='localhost:9092', options={'format': 'avro'})
    >>> Destination.of('sqlite:///bank.db')
    Destination(kind='', at='sqlite:///bank.db', options={})
    """

    kind: str
    at: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, given: str | PathLike[str] | Mapping[str, Any] | Destination) -> Destination:
        """Make a destination from its short form (a path, a URL, ``console``) or from a mapping.

        In a mapping, the type of sink is the key that names a built-in one, or else the first key. A ``PathLike`` is
        always a file, whatever its name.

        Raises:
            ModelError: the value describes no destination.
        """
        if isinstance(given, Destination):
            return given
        if isinstance(given, PathLike):
            return cls("file", str(fspath(given)))
        if isinstance(given, str) and given:
            kind = CONSOLE if given == CONSOLE else BY_SCHEME if SCHEME_END in given else "file"
            return cls(kind, "" if kind == CONSOLE else given)
        if isinstance(given, Mapping) and given:
            kind = next((name for name in given if name in KINDS), next(iter(given)))
            at = given[kind]
            options = {str(name): value for name, value in given.items() if name != kind}
            return cls(str(kind), "" if at is None else str(at), options)
        raise ModelError(
            "targets", f"{given!r} is not a destination. Hint: give a path, a URL or a mapping such as {{kafka: ...}}"
        )

    def __repr__(self) -> str:
        return f"Destination(kind={self.kind!r}, at={Redacted(self.at)!r}, options={redacted(self.options)!r})"

    def dump(self) -> str | dict[str, Any]:
        """Return the shortest form that :meth:`of` reads as this destination."""
        short = self.at or self.kind
        if not self.options and Destination.of(short) == self:
            return short
        return {self.kind: self.at, **self.options}
