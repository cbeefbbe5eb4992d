"""Values that replace those of a model file, by their path: what ``--set`` says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from doge_datagen.errors import InvalidModelError, Problem, did_you_mean, taken_for
from doge_datagen.modelfile.document import Document, read
from doge_datagen.modelfile.locations import SET
from doge_datagen.modelfile.paths import Path, at, fits
from doge_datagen.modelfile.transition_names import transition_names

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
NAMES = (
    ("subjects", "attributes"),
    ("streams",),
    ("streams", "*", "fields"),
    ("streams", "*", "headers"),
    ("targets",),
)
"""Mappings where a new name may be set, unless it is like one that is there: that is taken for misspelt."""
MADE = (("subjects", "attributes"), ("streams", "*", "headers"), ("targets",))
"""Mappings that need not be in the file for something in them to be set."""
KNOWN: Mapping[Path, str] = {("targets", "*"): "streams", ("initial",): "states"}
"""Mappings whose keys are names, each with the part of the model that has these; they may be set where they are not."""
INSTEAD: Mapping[Path, str] = {("clock", "ticks"): "until", ("clock", "until"): "ticks"}
"""Keys of which one is set in place of the other."""


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
        parent = parent.setdefault(part, {}) if isinstance(parent, dict) else parent[part]
    other = INSTEAD.get(path)
    if other and ("clock", other) not in document.replaced:
        parent.pop(other, None)
    parent[path[-1]] = value
    size = len(path)
    return replace(
        document,
        value=whole,
        nodes={at: node for at, node in document.nodes.items() if at[:size] != path},
        keys={at: node for at, node in document.keys.items() if at[:size] != path},
        problems=tuple(problem for problem in document.problems if problem.path[:size] != path),
        cut=frozenset(at for at in document.cut if at[:size] != path),
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
    rest, model = key, value
    while rest:
        known = _known(model, path) if isinstance(value, dict) else ()
        part, rest = (rest, "") if rest in known else _part(value, path, rest, key, known)
        path = (*path, part)
        if rest:
            value = value.get(part, {}) if isinstance(value, dict) else value[part]
    if not path:
        raise _unknown(key, "is not a path. Hint: give one such as subjects.count")
    return path


def _known(model: Any, path: Path) -> Sequence[str]:
    """The names that may be set at a path, in the file there or not."""
    found = [at(model, (part,)) for pattern, part in KNOWN.items() if fits(path, pattern)]
    return [name for names in found if isinstance(names, dict | list) for name in names if isinstance(name, str)]


def _part(value: Any, path: Path, rest: str, key: str, known: Iterable[str]) -> tuple[str | int, str]:
    """The first part of what remains of a key, and the rest behind it."""
    names = dict(_names(value, path))
    begins = [name for name in names if rest.startswith(name) and rest[len(name) :][:1] in ("", ".", "[")]
    if begins:
        name = max(begins, key=len)
        found = names[name]
        if len(found) > 1:
            raise _unknown(key, f"{name!r} is more than one transition. Hint: say from which state: state.{name}")
        return found[0], rest[len(name) :].removeprefix(".")
    wanted, dot, below = rest.partition(".")
    if isinstance(value, dict) and (_may_be_set if not dot else _may_be_made)(path, wanted, names):
        return wanted, below
    whole = dot and isinstance(value, dict) and _may_be_set(path, wanted, names)
    near = names if wanted in known else [*names, *known]
    raise _unknown(key, _not_there(path, wanted, value, near, hint="give it as a whole" if whole else ""))


def _may_be_set(path: Path, name: str, names: Iterable[str]) -> bool:
    """Whether a mapping takes a key that the file does not have."""
    return _is_one_of(path, ANYTHING) or (_is_one_of(path, NAMES) and not taken_for(name, names))


def _may_be_made(path: Path, name: str, names: Iterable[str]) -> bool:
    """Whether something may be set in a mapping that the file does not have."""
    return _is_one_of((*path, name), MADE) or (path == ("targets",) and _may_be_set(path, name, names))


def _is_one_of(path: Path, patterns: Iterable[Path]) -> bool:
    return any(fits(path, pattern) for pattern in patterns)


def _not_there(path: Path, wanted: str, value: Any, names: Iterable[str], *, hint: str) -> str:
    place = ".".join(map(str, path)) or "the model"
    if not isinstance(value, dict | list):
        return f"{place} has nothing below it. Hint: give it a value as a whole"
    hint = did_you_mean(wanted, [name for name in names if not name.startswith("[")])
    if not hint.endswith("?"):
        return f"{place} has no {wanted!r}. Hint: {hint}" + (f". Hint: {hint}" if hint else "")
    new = f" To add one so named, {hint or 'write it in the file'}" if _is_one_of(path, NAMES) else ""
    return f"{place} has no {wanted!r}. Hint: {hint}{new}"


def _names(value: Any, path: Path) -> Iterator[tuple[str, list[str | int]]]:
    """The names below a value, each with the keys or positions that it may mean."""
    if isinstance(value, dict):
        yield from ((str(name), [name]) for name in value)
    elif isinstance(value, list):
        for position in range(len(value)):
            yield str(position), [position]
            yield f"[{position}]", [position]
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


def _unknown(key: str, message: str) -> InvalidModelError:
    return InvalidModelError([Problem((key,), message, file=SET)])
