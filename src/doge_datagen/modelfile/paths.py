"""Paths in a model file, and patterns of them, in which ``*`` stands for any one key or number."""

from __future__ import annotations

from typing import Any

Path = tuple[str | int, ...]

SHAPES: tuple[Path, ...] = (
    (),
    ("clock",),
    ("subjects",),
    ("transitions", "*"),
    ("streams", "*"),
    ("subjects", "attributes", "*"),
)
"""Mappings whose keys are known."""


def at(value: Any, path: Path) -> Any:
    """What a path leads to; None where there is nothing.

    >>> at({'states': ['on', 'off']}, ('states', 1))
    'off'
    >>> at({'states': []}, ('states', 1)) is None
    True
    """
    for key in path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def fits(path: Path, pattern: Path) -> bool:
    """Whether a path is one of those that a pattern stands for.

    >>> fits(('streams', 'trx', 'key'), ('streams', '*', 'key')), fits(('streams',), ('streams', '*'))
    (True, False)
    """
    return len(path) == len(pattern) and begins(path, pattern)


def begins(path: Path, pattern: Path) -> bool:
    """Whether a path is one of those that a pattern stands for, or leads to something below it.

    >>> begins(('streams', 'trx', 'key'), ('streams', '*')), begins(('streams',), ('streams', '*'))
    (True, False)
    """
    return len(path) >= len(pattern) and all(part in ("*", at) for part, at in zip(pattern, path, strict=False))
