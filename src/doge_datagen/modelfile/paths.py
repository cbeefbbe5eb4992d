"""Paths in a model file, and patterns of paths in which ``*`` matches any one key or index, and ``#`` any index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Path = tuple[str | int, ...]

EVENTS: tuple[Path, ...] = (
    ("populations", "*", "transitions", "*"),
    ("populations", "*", "arrive"),
    ("populations", "*", "born"),
)
"""Events that can spawn."""
SHAPES: tuple[Path, ...] = (
    (),
    ("clock",),
    ("subjects",),
    ("subjects", "arrive"),
    ("transitions", "*"),
    ("transitions", "*", "lines"),
    ("streams", "*"),
    ("subjects", "attributes", "*"),
    ("rhythms", "*"),
    ("rhythms", "*", "holidays"),
    ("rhythms", "*", "periods", "*"),
    ("matrix",),
    ("tables", "*"),
    ("populations", "*"),
    ("populations", "*", "arrive"),
    ("populations", "*", "attributes", "*"),
    ("populations", "*", "transitions", "*"),
    ("populations", "*", "transitions", "*", "lines"),
    ("populations", "*", "matrix"),
    ("incidents", "*"),
    ("populations", "*", "born"),
    *((*event, "spawn") for event in EVENTS),
    *((*event, "spawn", "#") for event in EVENTS),
)
"""Mappings with a fixed set of keys."""


def at(value: Any, path: Path) -> Any:
    """The value at a path; None if there is none.

    >>> at({'states': ['on', 'off']}, ('states', 1))
    'off'
    >>> at({'states': []}, ('states', 1)) is None
    True
    """
    for key in path:
        value = part(value, key)
    return value


def part(value: Any, key: str | int) -> Any:
    """The value of a mapping or list at a key or index; None if there is none.

    >>> part(['on', 'off'], 1), part({}, 'on')
    ('off', None)
    """
    return value[key] if has(value, key) else None


def has(value: Any, key: str | int) -> bool:
    """Whether a mapping or list has this key or index.

    >>> has(['on', 'off'], 1), has({'on': None}, 'on'), has('on', 0)
    (True, True, False)
    """
    if isinstance(value, list):
        return isinstance(key, int) and 0 <= key < len(value)
    return isinstance(value, dict) and key in value


def parts(value: Any) -> Mapping[str | int, Any]:
    """The values of a mapping or list, by key or index; empty for anything else.

    >>> parts(['on', 'off'])
    {0: 'on', 1: 'off'}
    """
    if isinstance(value, dict):
        return value
    return dict(enumerate(value)) if isinstance(value, list) else {}


def fits(path: Path, pattern: Path) -> bool:
    """Whether a path matches a pattern.

    >>> fits(('streams', 'trx', 'key'), ('streams', '*', 'key')), fits(('streams',), ('streams', '*'))
    (True, False)
    """
    return len(path) == len(pattern) and begins(path, pattern)


def begins(path: Path, pattern: Path) -> bool:
    """Whether a path, or a path above it, matches a pattern.

    >>> begins(('streams', 'trx', 'key'), ('streams', '*')), begins(('streams',), ('streams', '*'))
    (True, False)
    """
    return len(path) >= len(pattern) and all(map(matches, pattern, path))


def matches(part: str | int, key: str | int) -> bool:
    """Whether a key or index matches a part of a pattern."""
    return part in ("*", key) or (part == "#" and isinstance(key, int))


def transition_names(transitions: Sequence[object]) -> list[list[str]]:
    """For each transition, its unambiguous names: ``state.trigger``, then the trigger.

    >>> transition_names([{'trigger': 'go', 'from': 'a'}, {'trigger': 'go', 'from': 'b'}, {'trigger': 'stop'}])
    [['a.go'], ['b.go'], ['stop']]
    """
    both = [_names(each) for each in transitions]
    counts = Counter(name for each in both for name in dict.fromkeys(each))
    return [[name for name in each if counts[name] == 1] for each in both]


def _names(transition: object) -> list[str]:
    if not isinstance(transition, dict):
        return []
    trigger, state = transition.get("trigger"), transition.get("from")
    if not isinstance(trigger, str) or not trigger:
        return []
    return [f"{state}.{trigger}", trigger] if isinstance(state, str) else [trigger]
