"""Replace values of a model file by path, as ``--set`` does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from doge_datagen.errors import InvalidModelError, Problem, did_you_mean, taken_for
from doge_datagen.model.population_paths import POPULATIONS, of_population
from doge_datagen.modelfile.document import Document, read
from doge_datagen.modelfile.include import INCLUDE
from doge_datagen.modelfile.locations import SET
from doge_datagen.modelfile.paths import Path, at, fits, transition_names
from doge_datagen.modelfile.schema.shape_errors import keys_at

EVENTS: tuple[Path, ...] = (("transitions", "*"), ("subjects", "arrive"), ("subjects", "born"))
"""Events, which can emit."""
ANYTHING = (
    ("targets", "*"),
    ("targets", "*", "*"),
    ("tables", "*", "types"),
)
"""Mappings in which new names may be set; whether the model has what they name is validated later.

So may the keys of a mapping whose keys the schema lists.
"""
NAMES = (
    ("subjects", "attributes"),
    ("transitions", "*", "lines", "fields"),
    ("tables", "*", "columns"),
    ("streams",),
    ("streams", "*", "fields"),
    ("streams", "*", "headers"),
    ("targets",),
)
"""Mappings in which a new name may be set, unless it resembles an existing one: then it is taken as misspelt."""
MADE = (("subjects", "attributes"), ("streams", "*", "headers"), ("targets",), ("tables", "*", "types"))
"""Mappings that are created if they are not in the file, as are those whose keys the schema lists."""
KNOWN: Mapping[Path, str] = {
    ("targets", "*"): "streams",
    ("initial",): "states",
    ("matrix", "weights"): "states",
    ("matrix", "weights", "*"): "states",
    **{(*event, "emit"): "streams" for event in EVENTS},
}
"""Mappings whose keys are names defined elsewhere in the model, with that part; such keys may be added."""
# A file with ticks cannot be run with --set clock.until=7d otherwise, and there is no way to remove a key by --set.
INSTEAD: Mapping[Path, str] = {("clock", "ticks"): "until", ("clock", "until"): "ticks"}
"""Keys that exclude each other: setting one removes the other."""


def override(document: Document, overrides: Mapping[str, object]) -> tuple[Document, list[Problem]]:
    """Return the document with values replaced, and a problem for each override that is invalid."""
    problems: list[Problem] = []
    # One after the other: a later path may lead into what an earlier one has set.
    for key, given in overrides.items():
        try:
            document = _replaced(document, key, given)
        except InvalidModelError as error:
            problems += error.problems
    return document, problems


def _replaced(document: Document, key: str, given: object) -> Document:
    path = path_of(document.value, key)
    # Included files are merged before this, so that --set reaches their values; a changed include would come too late
    # in silence.
    if path[0] == INCLUDE:
        raise _unknown(key, "files are included before values are set. Hint: change it in the file")
    # As YAML, like the value in the file: 5 is a number, [a, b] a list, "'5'" a string. JSON is YAML, so Python's
    # values go the same way.
    value = _parsed(path, given if isinstance(given, str) else json.dumps(given))
    whole = deepcopy(document.value)
    parent = whole
    for part in path[:-1]:
        parent = parent.setdefault(part, {}) if isinstance(parent, dict) else parent[part]
    other = INSTEAD.get(path)
    # Both set by the user is a contradiction that the check of the shape reports; here, the later would win in silence.
    if other and ("clock", other) not in document.replaced:
        parent.pop(other, None)
    parent[path[-1]] = value
    size = len(path)
    return replace(
        document,
        value=whole,
        # Without the nodes below, an error in the new value is shown as one of --set, not at the line of the value that
        # it replaced.
        nodes={at: node for at, node in document.nodes.items() if at[:size] != path},
        keys={at: node for at, node in document.keys.items() if at[:size] != path},
        # What was wrong with the old value is gone with it, so --set can mend a file.
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
    """The path that a dotted key means in these values; names may contain dots themselves.

    Raises:
        InvalidModelError: the key leads nowhere.
    """
    path: Path = ()
    rest, model = key, value
    while rest:
        known = _known(model, path) if isinstance(value, dict) else ()
        part, rest = (rest, "") if rest in known else _part(value, path, rest, key, known)
        # The whole rest is tried as one name first: streams may be called a.b, and then streams.a.b means that one.
        path = (*path, part)
        if rest:
            value = value.get(part, {}) if isinstance(value, dict) else value[part]
    if not path:
        raise _unknown(key, "is not a path. Hint: give one such as subjects.count")
    return path


def _known(model: Any, path: Path) -> Sequence[str]:
    """The names that may be set at a path, whether or not the file has them there."""
    population, within = of_population(path)
    above: Path = () if population is None else (POPULATIONS, population)
    parts = [part for pattern, part in KNOWN.items() if fits(within, pattern)]
    found = [at(model, (*above, part) if part == "states" else (part,)) for part in parts]
    return [name for names in found if isinstance(names, dict | list) for name in names if isinstance(name, str)]


def _part(value: Any, path: Path, rest: str, key: str, known: Iterable[str]) -> tuple[str | int, str]:
    """Split off the first part of what remains of a key; return it and the rest."""
    names = dict(_names(value, path))
    begins = [name for name in names if rest.startswith(name) and rest[len(name) :][:1] in ("", ".", "[")]
    if begins:
        # The longest, since one name may begin another: with states a and a.b, a.b.rate is of the second.
        name = max(begins, key=len)
        found = names[name]
        if len(found) > 1:
            raise _unknown(key, f"{name!r} names more than one transition. Hint: name its state too: state.{name}")
        return found[0], rest[len(name) :].removeprefix(".")
    wanted, dot, below = rest.partition(".")
    keys = keys_at(path, value) if isinstance(value, dict) else []
    may_be_set = isinstance(value, dict) and _may_be_set(path, wanted, names)
    if _may_be_made(path, wanted, keys, is_new=may_be_set) if dot else may_be_set:
        return wanted, below
    whole = dot and may_be_set
    # A name that is right but cannot be set here must not be suggested again as what was meant.
    near = names if wanted in known or wanted in keys else list(dict.fromkeys([*names, *known, *keys]))
    # As the user has written it: a transition by its name, not by its position.
    above = key.removesuffix(rest).rstrip(".") or "the model"
    raise _unknown(key, _not_there(path, above, wanted, value, near, remedy="give it as a whole" if whole else ""))


def _may_be_set(path: Path, name: str, names: Iterable[str]) -> bool:
    """Whether a mapping accepts a key that the file does not have."""
    return bool(keys_at(path)) or _is_one_of(path, ANYTHING) or (_is_one_of(path, NAMES) and not taken_for(name, names))


def _may_be_made(path: Path, name: str, keys: Iterable[str], *, is_new: bool) -> bool:
    """Whether a mapping that the file does not have may be created to set something in it."""
    if path == ("targets",):
        return is_new
    return name in keys and (bool(keys_at((*path, name))) or _is_one_of((*path, name), MADE))


def _is_one_of(path: Path, patterns: Iterable[Path]) -> bool:
    _, within = of_population(path)
    return any(fits(within, pattern) for pattern in patterns)


def _not_there(path: Path, parent: str, wanted: str, value: Any, names: Iterable[str], *, remedy: str) -> str:
    if not isinstance(value, dict | list):
        return f"{parent} has nothing below it. Hint: give it a value as a whole"
    hint = did_you_mean(wanted, [name for name in names if not name.startswith("[")])
    if not hint.endswith("?"):
        return f"{parent} has no {wanted!r}. Hint: {hint}" + (f"; {remedy}" if remedy else "")
    new = f" To add one of that name, {remedy or 'write it in the file'}" if _is_one_of(path, NAMES) else ""
    return f"{parent} has no {wanted!r}. Hint: {hint}{new}"


def _names(value: Any, path: Path) -> Iterator[tuple[str, list[str | int]]]:
    """The names directly below a value, each with the keys or indexes that it may mean."""
    if isinstance(value, dict):
        yield from ((str(name), [name]) for name in value)
    elif isinstance(value, list):
        if path == ("states",):
            for position, name in enumerate(value):
                yield str(name), [position]
        for position in range(len(value)):
            yield str(position), [position]
            yield f"[{position}]", [position]
        if of_population(path)[1] == ("transitions",):
            yield from _transitions(value)


def _transitions(transitions: list[Any]) -> Iterator[tuple[str, list[str | int]]]:
    meant: dict[str, list[str | int]] = {}
    for position, names in enumerate(transition_names(transitions)):
        for name in names:
            meant.setdefault(name, []).append(position)
    for position, transition in enumerate(transitions):
        trigger = transition.get("trigger") if isinstance(transition, dict) else None
        # A trigger that several transitions share is listed with all of them, so that the error says "more than one"
        # instead of "not there".
        if isinstance(trigger, str) and position not in meant.get(trigger, []):
            meant.setdefault(trigger, []).append(position)
    yield from meant.items()


def _unknown(key: str, message: str) -> InvalidModelError:
    return InvalidModelError([Problem((key,), message, file=SET)])
