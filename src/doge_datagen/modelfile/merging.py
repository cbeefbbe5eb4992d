"""Merge two model files, each a part of one model, and keep where each value is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from yaml import MappingNode

from doge_datagen.errors import Problem
from doge_datagen.model.population_paths import POPULATIONS, of_population
from doge_datagen.modelfile.document import Document, shown
from doge_datagen.modelfile.paths import Path

TRANSITIONS, STATES = ("transitions",), ("states",)
IN_POPULATION = (POPULATIONS, "*")
"""Where they are in one of several populations."""


@dataclass(slots=True)
class _Merging:
    before: Document
    after: Document
    moved: dict[Path, Path] = field(default_factory=dict)
    shared: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def both(self, path: Path, one: Any, two: Any) -> Any:
        """The value of a path that both documents have."""
        if isinstance(one, dict) and isinstance(two, dict):
            self.shared.append(path)
            found = {key: self.both((*path, key), it, two[key]) if key in two else it for key, it in one.items()}
            return found | {key: it for key, it in two.items() if key not in one}
        _, within = of_population(path)
        if within in (TRANSITIONS, STATES) and isinstance(one, list) and isinstance(two, list):
            return self._appended(path, one, two, states=within == STATES)
        if one != two or type(one) is not type(two):
            self._conflict(path, one)
        return two

    def _appended(self, path: Path, one: list[Any], two: list[Any], *, states: bool) -> list[Any]:
        """One list and then the other; a state that both have is there once."""
        whole = list(one)
        for number, it in enumerate(two):
            if states and it in one:
                self.moved[*path, number] = (*path, one.index(it))
            else:
                self.moved[*path, number] = (*path, len(whole))
                whole.append(it)
        return whole

    def _conflict(self, path: Path, one: Any) -> None:
        node = self.before.nodes.get(path)
        where = self.before.name if node is None else f"{node.start_mark.name}:{node.start_mark.line + 1}"
        message = f"{where} gives {shown(one)} for it. Hint: remove one of the two"
        mark = self.after.nodes[path].start_mark
        self.problems.append(Problem(path, message, mark.line + 1, mark.column + 1, mark.name))

    def right(self, path: Path) -> Path:
        """The path in the merged document of a path in the second one."""
        sizes = (size for size in (2, len(IN_POPULATION) + 2) if path[:size] in self.moved)
        return next(((*self.moved[path[:size]], *path[size:]) for size in sizes), path)


def merged(before: Document, after: Document) -> Document:
    """One document with the values of both: mappings key by key, those of the first document first.

    Transitions and lists of states are appended. Values that are the same in both are no conflict; others are a problem
    that names both places. What both have is located in the second document, whose name the result has.
    """
    merging = _Merging(before, after)
    value = merging.both((), before.value, after.value)
    nodes = before.nodes | {merging.right(path): node for path, node in after.nodes.items()}
    nodes |= dict(_of_both(merging))
    return replace(
        after,
        value=value,
        nodes=nodes,
        keys=before.keys | {merging.right(path): node for path, node in after.keys.items()},
        texts={**after.texts, **before.texts},
        problems=(
            *before.problems,
            *(replace(it, path=merging.right(it.path)) for it in after.problems),
            *merging.problems,
        ),
        cut=before.cut | frozenset(map(merging.right, after.cut)),
    )


def _of_both(merging: _Merging) -> Iterator[tuple[Path, MappingNode]]:
    """The nodes of mappings that both documents have, each with the keys of both."""
    for path in merging.shared:
        one, two = merging.before.nodes.get(path), merging.after.nodes.get(path)
        if isinstance(one, MappingNode) and isinstance(two, MappingNode):
            yield path, MappingNode(two.tag, [*one.value, *two.value], two.start_mark, two.end_mark)
