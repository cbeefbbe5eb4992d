"""Paths in a model file, and patterns of them, in which ``*`` stands for any one key or number."""

from __future__ import annotations

from collections.abc import Mapping
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
        value = part(value, key)
    return value


def part(value: Any, key: str | int) -> Any:
    """What stands directly in a mapping or a list at a key or number; None where there is nothing.

    >>> part(['on', 'off'], 1), part({}, 'on')
    ('off', None)
    """
    return value[key] if has(value, key) else None


def has(value: Any, key: str | int) -> bool:
    """Whether something stands directly in a mapping or a list at a key or number.

    >>> has(['on', 'off'], 1), has({'on': None}, 'on'), has('on', 0)
    (True, True, False)
    """
    if isinstance(value, list):
        return isinstance(key, int) and 0 <= key < len(value)
    return isinstance(value, dict) and key in value


def parts(value: Any) -> Mapping[str | int, Any]:
    """What stands directly in a mapping or a list, by key or number; nothing where it is neither.

    >>> parts(['on', 'off'])
    {0: 'on', 1: 'off'}
    """
    if isinstance(value, dict):
        return value
    return dict(enumerate(value)) if isinstance(value, list) else {}


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
    return len(path) >= len(pattern) and all(part in ("*", key) for part, key in zip(pattern, path, strict=False))
