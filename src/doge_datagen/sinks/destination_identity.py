"""The identity of a destination, by which two names of the same topic, table or file are recognized."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from doge_datagen.model.redaction import Redacted, revealed

HERE = ("localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0", "")  # noqa: S104 - nothing is bound to it
"""Names of this machine; all are treated as the first."""


@dataclass(frozen=True, slots=True)
class DestinationIdentity:
    """Identity of the destination of a stream.

    Attributes:
        roots: what holds it: a file and those written next to it, or the addresses of a server.
        within: the part of the root: a table or a topic; empty if it is the whole root.
        system: what writes to the root; two systems cannot share one.
        folder: a path below which nothing else may be written; empty if there is none.
        paths: the files that are written.
        remedy: how to keep two streams apart, for the hint.
    """

    roots: frozenset[Hashable]
    within: str = ""
    system: str = ""
    folder: str = ""
    paths: tuple[str, ...] = ()
    remedy: str = field(default="give each a destination of its own", compare=False)

    def meets(self, other: DestinationIdentity) -> bool:
        """Whether records of two streams would mix, or one stream would replace the other's."""
        if self._holds(other) or other._holds(self):
            return True
        if self.roots.isdisjoint(other.roots):
            return False
        return self.system != other.system or self.within == other.within

    def _holds(self, other: DestinationIdentity) -> bool:
        return bool(self.folder) and any(Path(self.folder) in Path(path).parents for path in other.paths)


def file_destination(paths: Iterable[str | Path | Redacted]) -> DestinationIdentity:
    """Identify a file; the first path is the file itself, the others are written next to it."""
    real = tuple(real_path(revealed(path)) for path in paths)
    return DestinationIdentity(
        file_roots(real), system="file", folder=real[0], paths=real, remedy="give each a file of its own"
    )


def file_roots(paths: Iterable[str | Path]) -> frozenset[Hashable]:
    """Identify files by inode, which hard links share, or by real path if they do not exist yet."""
    return frozenset(map(_file_root, paths))


def real_path(path: str | Path) -> str:
    """A path with all links resolved; unchanged if it is not a valid path."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)


def machine(host: str) -> str:
    """The name of a host, the same for all names of this machine."""
    return HERE[0] if host.lower() in HERE else host.lower()


def _file_root(path: str | Path) -> Hashable:
    try:
        found = os.stat(path)  # noqa: PTH116 - it may not be a valid path
    except (OSError, ValueError):
        return real_path(path)
    return found.st_dev, found.st_ino
