"""The file that a place is, or that its database is."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

IN_FILE = re.compile(r"(?:sqlite|duckdb)(?:\+\w+)?:///(?!(?:md|motherduck):)(?P<path>[^?]+)(?P<options>.*)", re.DOTALL)
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
    path = _plain(found) if found else at if kind == "file" else ""
    try:
        return Path(path).resolve() if path else None
    except (OSError, ValueError, RuntimeError):
        return None  # no path at all, of which whoever opens it tells


def _plain(found: re.Match[str]) -> str:
    """The path of a file that SQLite may be told by a URI of its own, such as ``file:bank.db?uri=true``."""
    if not found["path"].startswith("file:") or "uri=" not in found["options"]:
        return found["path"]
    return unquote(found["path"].removeprefix("file:").removeprefix("//"))
