"""What else is wrong in a file whose shape is wrong here and there: so that one run tells all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    said, such as without states, nothing is.

    Args:
        value: what the file says.
        broken: paths to what is wrong with its shape.
    """
    parts = {path[: DEPTHS.get(str(path[0]), 1)] for path in broken if path}
    parts -= {part for part in parts if part[:1] != part and part[:1] in parts}
    if () in broken or ("states",) in parts or not all(part[0] in PARTS for part in parts) or not value["states"]:
        return []
    try:
        spec = build(ModelShape.model_validate(_mended(value, parts)))
    except ValidationError:
        return []
    return [problem for problem in problems(spec) if _is_sure(problem.path, parts)]


def _is_sure(path: Path, parts: Iterable[Path]) -> bool:
    """Whether a problem has nothing to do with the parts that were replaced."""
    return not any(path[: len(part)] == part or _may_follow(path, part) for part in parts)


def _may_follow(path: Path, part: Path) -> bool:
    if part[0] == "subjects":
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
        whole[below[0]] = EACH[str(key)](value) | ({"trigger": f"\0{below[0]}"} if key == "transitions" else {})
        mended[str(key)] = whole
    return mended


def _state(value: Mapping[str, Any]) -> Any:
    return value["states"][0]


def _transition(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"from": _state(value), "to": _state(value), "probability": 0}


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
