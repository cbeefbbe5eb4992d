"""Find the local file of a target: the file itself, or that of a file-based database."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

IN_FILE = re.compile(r"(?:sqlite|duckdb)(?:\+\w+)?:///(?!(?:md|motherduck):)(?P<path>[^?]+)(?P<options>.*)", re.DOTALL)
"""Not URLs of MotherDuck, whose names of databases look like those of files."""


def file_of(kind: str, at: str) -> Path | None:
    """Return the path of the file, links resolved; None if the target is not a file.

    Args:
        kind: the kind of sink.
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
        return None  # not a valid path, which is reported when it is opened


def _plain(found: re.Match[str]) -> str:
    """The path of a file, which may be written as one of SQLite's URIs, such as ``file:bank.db?uri=true``."""
    if not found["path"].startswith("file:") or "uri=" not in found["options"]:
        return found["path"]
    return unquote(found["path"].removeprefix("file:").removeprefix("//"))
