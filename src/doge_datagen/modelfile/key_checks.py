"""Find misspelt keys, which are read as the keys that were meant, and keys that have no value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from yaml import MappingNode

from doge_datagen.errors import Problem
from doge_datagen.model.population_paths import of_population
from doge_datagen.modelfile.document import Document
from doge_datagen.modelfile.locations import located, located_at_key
from doge_datagen.modelfile.paths import SHAPES, Path, matches, parts
from doge_datagen.modelfile.schema.shape_errors import example, field_at, keys_at, no_such_key


def correct_misspelt_keys(document: Document) -> tuple[Document, list[Problem]]:
    """Return the document with misspelt keys corrected, and a problem for each of them.

    A key is misspelt if it is unknown and the most similar known key is absent or only merged in by ``<<``.
    """
    problems: list[Problem] = []
    # From the top down, as SHAPES is ordered: below a misspelt "subjets" nothing can be found until it is renamed.
    for pattern in SHAPES:
        found = dict(_misspelt(document, pattern))
        problems += [located(document, located_at_key(document, Problem(path, no_such_key(path)))) for path in found]
        document = _renamed(document, found) if found else document
    return document, problems


def _misspelt(document: Document, pattern: Path) -> Iterator[tuple[Path, str]]:
    """Paths to misspelt keys of the mappings that match a pattern, each with the right key."""
    for path, mapping in _mappings(document.value, pattern):
        keys, given = keys_at(path), _own_keys(document, path, mapping)
        for key in mapping:
            # Only the nearest counts: if that key is there already, the unknown one is not a misspelling of the next
            # best.
            near = [] if key in keys else get_close_matches(key, keys, n=1)
            if near and near[0] not in given:
                # Two misspellings of one key would otherwise both be renamed to it, and one value would be lost.
                given.add(near[0])
                yield (*path, key), near[0]


def _own_keys(document: Document, path: Path, mapping: Mapping[str, Any]) -> set[str]:
    """The mapping's own keys, which take precedence over those merged in by ``<<``."""
    node = document.nodes.get(path)
    # By identity: a merged key is the node of the anchor's mapping, at another location in the file.
    own = {id(key) for key, _ in node.value} if isinstance(node, MappingNode) else set()
    nodes = {key: document.keys.get((*path, key)) for key in mapping}
    return {key for key, it in nodes.items() if it is None or id(it) in own}


def _mappings(value: Any, pattern: Path, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    if not pattern:
        yield from [(path, value)] if isinstance(value, dict) else []
        return
    for key, below in parts(value).items():
        if matches(pattern[0], key):
            yield from _mappings(below, pattern[1:], (*path, key))


def _renamed(document: Document, keys: Mapping[Path, str]) -> Document:
    """The document with keys renamed, all at the same depth; they hide keys of that name merged in by ``<<``."""
    depth = len(next(iter(keys)))
    hidden = {(*path[:-1], key) for path, key in keys.items()}

    def right(path: Path) -> Path:
        key = keys.get(path[:depth])
        return path if key is None else (*path[: depth - 1], key, *path[depth:])

    return replace(
        document,
        value=_value(document.value, (), keys),
        nodes={right(path): node for path, node in document.nodes.items() if path[:depth] not in hidden},
        keys={right(path): node for path, node in document.keys.items() if path[:depth] not in hidden},
        problems=tuple(replace(problem, path=right(problem.path)) for problem in document.problems),
        cut=frozenset(map(right, document.cut)),
        replaced=frozenset(map(right, document.replaced)),
    )


def _value(value: Any, path: Path, keys: Mapping[Path, str]) -> Any:
    if isinstance(value, dict):
        renamed: dict[str, Any] = {}
        for key, below in value.items():  # keys merged in by << come last
            renamed.setdefault(keys.get((*path, key), key), _value(below, (*path, key), keys))
        return renamed
    if isinstance(value, list):
        return [_value(below, (*path, position), keys) for position, below in enumerate(value)]
    return value


def empty(document: Document) -> Iterator[Problem]:
    """Yield a problem for each key without a value; in a target, a type of sink may have none."""
    reported = {problem.path for problem in document.problems}
    for path in _empty((), document.value):
        # In a target, `console:` is complete without a value.
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
