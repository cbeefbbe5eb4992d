"""Values that replace those of a model file, by their path: what ``--set`` says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from doge_datagen.errors import InvalidModelError, Problem, did_you_mean
from doge_datagen.modelfile.document import Document, read
from doge_datagen.modelfile.paths import Path
from doge_datagen.modelfile.position import SET, transition_names

ANYTHING = (
    (),
    ("clock",),
    ("subjects",),
    ("subjects", "attributes", "*"),
    ("transitions", "*"),
    ("streams", "*"),
    ("targets", "*"),
    ("targets", "*", "*"),
)
"""Mappings where a key may be set that is not in the file; whether there is such a key is asked of them all later."""


def override(document: Document, overrides: Mapping[str, object]) -> tuple[Document, list[Problem]]:
    """The document with the values replaced, and what is wrong with those that could not be."""
    problems: list[Problem] = []
    for key, given in overrides.items():
        try:
            document = _replaced(document, key, given)
        except InvalidModelError as error:
            problems += error.problems
    return document, problems


def _replaced(document: Document, key: str, given: object) -> Document:
    path = path_of(document.value, key)
    value = _parsed(path, given if isinstance(given, str) else json.dumps(given))
    whole = deepcopy(document.value)
    parent = whole
    for part in path[:-1]:
        parent = parent[part]
    parent[path[-1]] = value
    size = len(path)
    return replace(
        document,
        value=whole,
        nodes={at: node for at, node in document.nodes.items() if at[:size] != path},
        keys={at: node for at, node in document.keys.items() if at[:size] != path},
        replaced=document.replaced | {path},
    )


def _parsed(path: Path, text: str) -> Any:
    try:
        document = read(text, SET)
    except InvalidModelError as error:
        raise InvalidModelError(replace(each, path=path, line=0, column=0) for each in error.problems) from None
    if document.problems:
        raise InvalidModelError(replace(each, path=path, line=0, column=0) for each in document.problems)
    return document.value


def path_of(value: Any, key: str) -> Path:
    """The path that a key with dots means in these values; names may have dots themselves.

    Raises:
        InvalidModelError: there is none.
    """
    path: Path = ()
    rest = key
    while rest:
        part, rest = _part(value, path, rest, key)
        path = (*path, part)
        if rest:
            value = value[part]
    if not path:
        raise _unknown(key, "is no path; give one such as subjects.count")
    return path


def _part(value: Any, path: Path, rest: str, key: str) -> tuple[str | int, str]:
    """The first part of what remains of a key, and the rest behind it."""
    names = dict(_names(value, path))
    begins = [name for name in names if rest == name or rest.startswith(f"{name}.")]
    if begins:
        name = max(begins, key=len)
        found = names[name]
        if len(found) > 1:
            raise _unknown(key, f"{name!r} is more than one transition; say from which state: state.{name}")
        return found[0], rest[len(name) + 1 :]
    if isinstance(value, dict) and "." not in rest and _takes_anything(path):
        return rest, ""
    place = ".".join(map(str, path)) or "the model"
    wanted, _, _ = rest.partition(".")
    if not names:
        raise _unknown(key, f"{place} has nothing below it; give it a value as a whole")
    raise _unknown(key, f"{place} has no {wanted!r}; {did_you_mean(wanted, names)}")


def _names(value: Any, path: Path) -> Iterator[tuple[str, list[str | int]]]:
    """The names below a value, each with the keys or positions that it may mean."""
    if isinstance(value, dict):
        yield from ((str(name), [name]) for name in value)
    elif isinstance(value, list):
        for position in range(len(value)):
            yield str(position), [position]
        if path == ("transitions",):
            yield from _transitions(value)


def _transitions(transitions: list[Any]) -> Iterator[tuple[str, list[str | int]]]:
    meant: dict[str, list[str | int]] = {}
    for position, names in enumerate(transition_names(transitions)):
        for name in names:
            meant.setdefault(name, []).append(position)
    for position, transition in enumerate(transitions):
        trigger = transition.get("trigger") if isinstance(transition, dict) else None
        if isinstance(trigger, str) and position not in meant.get(trigger, []):
            meant.setdefault(trigger, []).append(position)
    yield from meant.items()


def _takes_anything(path: Path) -> bool:
    if path[:1] == ("targets",) and len(path) > 3:
        return True
    return any(
        len(path) == len(pattern) and all(part in ("*", at) for part, at in zip(pattern, path, strict=True))
        for pattern in ANYTHING
    )


def _unknown(key: str, message: str) -> InvalidModelError:
    return InvalidModelError([Problem((key,), message, file=SET)])
