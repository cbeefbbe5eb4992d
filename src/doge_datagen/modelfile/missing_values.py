"""Report keys that have no value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doge_datagen.errors import Problem
from doge_datagen.model.population_paths import of_population
from doge_datagen.modelfile.document import Document
from doge_datagen.modelfile.paths import Path
from doge_datagen.modelfile.schema.shape_errors import example, field_at


def empty(document: Document) -> Iterator[Problem]:
    """Yield a problem for each key without a value; in a target, a type of sink may have none."""
    reported = {problem.path for problem in document.problems}
    for path in _empty((), document.value):
        if path and path[0] != "targets" and path not in reported and not _is_a_state(path):
            yield Problem(path, _message(path, document))


def _empty(path: Path, value: Any) -> Iterator[Path]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _empty((*path, key), below)
    elif isinstance(value, list):
        for position, below in enumerate(value):
            yield from _empty((*path, position), below)


def _is_a_state(path: Path) -> bool:
    """Whether the path is that of a state in a mapping of states, which needs no value."""
    _, path = of_population(path)
    return len(path) == 2 and path[0] == "states" and isinstance(path[1], str)


def _message(path: Path, document: Document) -> str:
    node = document.nodes.get(path)
    if node is not None and node.value:  # null or ~
        is_expression = of_population(path)[1][:1] in (("streams",), ("subjects",))
        instead = """such as 0 or "'none'\"""" if is_expression else "or none"
        return f"{node.value} is not a value: there are no nulls. Hint: {_remedy(path, document, instead)}"
    return f"the value is missing. Hint: {_remedy(path, document, '')}"


def _remedy(path: Path, document: Document, instead: str) -> str:
    if isinstance(path[-1], int):
        return "write a name, in quotes if it is 'null', or remove it from the list"
    if path[-1].isdigit():
        return "give a value, or remove the key; a number such as 0.5 is written with a decimal point"
    field = field_at(path)
    if field is not None and field.is_required():
        return f"give a value{example(path, document.value)}"
    return f"give a value {instead}, or remove the key".replace("  ", " ").replace(" ,", ",")
