"""What a place really is, so that two names of one topic, table or file are recognized as one."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from doge_datagen.model.redaction import Redacted, revealed

FILE, TABLE, TOPIC = "file", "table", "topic"
HERE = ("localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0", "")  # noqa: S104 - nothing is bound to it
"""Names of this machine, one of which stands for all."""


@dataclass(frozen=True, slots=True)
class DestinationIdentity:
    """Where the records of a stream end up.

    Attributes:
        kind: ``file``, ``table`` or ``topic``.
        roots: what holds it: a file with those that are written beside it, or the addresses of a server.
        within: which part of the root: a table or a topic; empty where it takes the whole.
        system: what writes to the root; two systems cannot share one.
        folder: nothing else may be written below this path; empty where there is none.
        paths: the files that are written.
    """

    kind: str
    roots: frozenset[Hashable]
    within: str = ""
    system: str = ""
    folder: str = ""
    paths: tuple[str, ...] = ()

    def meets(self, other: DestinationIdentity) -> bool:
        """Whether records of two streams would mix, or one would replace what the other has written."""
        if self._holds(other) or other._holds(self):
            return True
        if self.roots.isdisjoint(other.roots):
            return False
        return self.system != other.system or self.within == other.within

    def _holds(self, other: DestinationIdentity) -> bool:
        return bool(self.folder) and any(Path(self.folder) in Path(path).parents for path in other.paths)


def file_destination(paths: Iterable[str | Path | Redacted]) -> DestinationIdentity:
    """One file, with those that are written beside it: the first is the file itself."""
    real = tuple(real_path(revealed(path)) for path in paths)
    return DestinationIdentity(FILE, file_roots(real), system=FILE, folder=real[0], paths=real)


def file_roots(paths: Iterable[str | Path]) -> frozenset[Hashable]:
    """What identifies files: their number in the file system, by which hard links are one, or else their real path."""
    return frozenset(map(_file_root, paths))


def real_path(path: str | Path) -> str:
    """A path with all links followed; as it is where it cannot be one."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)


def machine(host: str) -> str:
    """A host's name, where all names of this machine are one."""
    return HERE[0] if host.lower() in HERE else host.lower()


def table_of(options: Mapping[str, object], stream: str) -> str:
    """The table that a target names."""
    return str(revealed(options.get("table", stream)))


def _file_root(path: str | Path) -> Hashable:
    try:
        found = os.stat(path)  # noqa: PTH116 - it may be no path at all
    except (OSError, ValueError):
        return real_path(path)
    return found.st_dev, found.st_ino
