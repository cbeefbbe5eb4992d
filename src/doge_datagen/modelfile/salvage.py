"""What else is wrong in a file whose shape is wrong here and there: so that one run tells all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from doge_datagen.errors import Problem
from doge_datagen.model.checks import problems
from doge_datagen.modelfile.build import build
from doge_datagen.modelfile.document import Path
from doge_datagen.modelfile.shape import ModelShape

EXPRESSIONS = ("do", "fields", "key", "headers")


def problems_beside(value: Any, broken: Sequence[Path]) -> list[Problem]:
    """What the checks find in the parts of a model that are whole.

    Broken parts are replaced by harmless ones, and whatever may follow from that is left out; where nothing sure can be
    said, such as without states, nothing is. A misspelt key of the model counts as the one that is meant, and any other
    that is unknown as if it were not there.

    Args:
        value: what the file says.
        broken: paths to what is wrong with its shape.
    """
    if () in broken:
        return []
    unknown = {str(path[0]) for path in broken if path[0] not in PARTS}
    meant = _meant(value, unknown)
    value = {meant.get(key, key): it for key, it in value.items() if key in meant or key not in unknown}
    parts = {_part(path) for path in [*broken, *_broken_in(value, meant.values())] if path[0] in PARTS}
    parts -= {part for part in parts if part[:1] != part and part[:1] in parts}
    if ("states",) in parts or not value.get("states"):
        return []
    try:
        spec = build(ModelShape.model_validate(_mended(value, parts)))
    except ValidationError:
        return []
    said = {right: wrong for wrong, right in meant.items()}
    sure = [problem for problem in problems(spec) if _is_sure(problem.path, parts)]
    return [replace(each, path=(said.get(str(each.path[0]), each.path[0]), *each.path[1:])) for each in sure]


def _meant(value: Mapping[str, Any], unknown: Iterable[str]) -> dict[str, str]:
    """By unknown key, the missing one that it is likely to be."""
    missing = [key for key in PARTS if key not in value]
    near = {key: get_close_matches(key, missing, n=1) for key in sorted(unknown)}
    return {wrong: right for right, wrong in {found[0]: key for key, found in near.items() if found}.items()}


def _broken_in(value: Mapping[str, Any], keys: Collection[str]) -> list[Path]:
    """Paths to what is wrong with the shape below these keys of the model."""
    try:
        ModelShape.model_validate(value)
    except ValidationError as error:
        return [tuple(each["loc"]) for each in error.errors(include_url=False) if each["loc"][0] in keys]
    return []


def _part(path: Path) -> Path:
    """What is replaced where something at this path is wrong."""
    return COUNT if path == COUNT else path[: DEPTHS.get(str(path[0]), 1)]


def _is_sure(path: Path, parts: Iterable[Path]) -> bool:
    """Whether a problem has nothing to do with the parts that were replaced."""
    return not any(path[: len(part)] == part or _may_follow(path, part) for part in parts)


def _may_follow(path: Path, part: Path) -> bool:
    if part == ("subjects",):
        return any(key in EXPRESSIONS for key in path)
    if part[0] == "transitions":
        return path[0] == "streams"  # the one that is broken may feed it
    return part == ("streams",) and path[0] in ("transitions", "targets")


def _mended(value: Mapping[str, Any], parts: Iterable[Path]) -> dict[str, Any]:
    mended = dict(value)
    for part in parts:
        key, *below = part
        if not below:
            mended[str(key)] = PARTS[str(key)](value)
            continue
        whole = mended[str(key)].copy()
        whole[below[0]] = 1 if part == COUNT else _each(str(key), below[0], value)
        mended[str(key)] = whole
    return mended


def _each(key: str, which: str | int, value: Mapping[str, Any]) -> dict[str, Any]:
    return EACH[key](value) | ({"trigger": f"\0{which}"} if key == "transitions" else {})


def _state(value: Mapping[str, Any]) -> Any:
    return value["states"][0]


def _transition(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"from": _state(value), "to": _state(value), "probability": 0}


COUNT: Path = ("subjects", "count")
DEPTHS = {"transitions": 2, "streams": 2}
PARTS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "doge": lambda _: 1,
    "name": lambda _: "model",
    "clock": lambda _: {"tick": "1 s"},
    "subjects": lambda _: {"name": "subject", "count": 1},
    "states": lambda _: [],
    "initial": _state,
    "transitions": lambda _: [],
    "streams": lambda _: {},
    "targets": lambda _: {},
}
"""By key of a model, something in its place that is right."""
EACH: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "transitions": _transition,
    "streams": lambda _: {"fields": {"timestamp": "timestamp"}},
}
