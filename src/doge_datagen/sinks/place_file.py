"""The file that a place is, or that its database is."""

from __future__ import annotations

import re
from pathlib import Path

IN_FILE = re.compile(r"(?:sqlite|duckdb)(?:\+\w+)?:///(?!(?:md|motherduck):)(?P<path>[^?]+)")
"""Not MotherDuck's, which DuckDB reaches by a name that looks like a file's."""


def file_of(kind: str, at: str) -> Path | None:
    """Where the file is, links followed; None where the place is no file.

    Args:
        kind: of the place.
        at: its path or URL.

    >>> file_of('database', 'sqlite:///out/../bank.db') == Path('bank.db').resolve()
    True
    >>> file_of('kafka', 'localhost:9092')
    """
    found = IN_FILE.match(at) if kind == "database" else None
    path = found["path"] if found else at if kind == "file" else ""
    try:
        return Path(path).resolve() if path else None
    except (OSError, ValueError, RuntimeError):
        return None  # no path at all, of which whoever opens it tells
