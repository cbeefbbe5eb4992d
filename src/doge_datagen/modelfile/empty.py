"""Keys that are given without a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doge_datagen.errors import Problem
from doge_datagen.modelfile.document import Document
from doge_datagen.modelfile.mistakes import example, field_at
from doge_datagen.modelfile.paths import Path


def empty(document: Document) -> Iterator[Problem]:
    """A problem for each key without a value; in a target a kind of sink may have none."""
    told = {problem.path for problem in document.problems}
    for path in _empty((), document.value):
        if path and path[0] != "targets" and path not in told:
            yield Problem(path, f"nothing is given; give a value{_way_out(path, document.value)}")


def _empty(path: Path, value: Any) -> Iterator[Path]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _empty((*path, key), below)
    elif isinstance(value, list):
        for position, below in enumerate(value):
            yield from _empty((*path, position), below)


def _way_out(path: Path, model: Any) -> str:
    if str(path[-1]).isdigit():
        return ", or remove the key; a number such as 0.5 is written with a point"
    field = field_at(path)
    return example(path, model) if field is not None and field.is_required() else ", or remove the key"
