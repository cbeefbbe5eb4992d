"""Read the files that a model file includes and merge them with it, each a part of one model."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path as FilePath
from typing import Any

from yaml import MappingNode, Node

from doge_datagen.errors import InvalidModelError, Problem
from doge_datagen.model.population_paths import POPULATIONS, of_population
from doge_datagen.modelfile.document import Document, read, shown
from doge_datagen.modelfile.paths import Path
from doge_datagen.modelfile.yaml_nodes import text_of

INCLUDE = "include"
ONLY_ANCHORS = "x-"
"""What keys at the top of a file begin with whose values are there to be referred to by YAML's aliases."""
MOST_FILES = 100


def with_includes(document: Document) -> Document:
    """The model of a file and of all files that it includes, directly or through others; each is read once.

    Raises:
        InvalidModelError: a file cannot be read, is not part of a model, or includes itself.
    """
    # Resolved, since one file has many spellings: a/../b.yaml, links, and other cases on some systems.
    own = FilePath(document.name).resolve()
    return _with_includes(document, [(own, document.name)], {own})


def _with_includes(document: Document, chain: Sequence[tuple[FilePath, str]], seen: set[FilePath]) -> Document:
    if not isinstance(document.value, dict):
        return document
    parts = [_included(path, it, document, chain, seen) for path, it in _given(document)]
    own = without_anchors(document)
    # The file itself comes last, so that its name is the result's, and its states and transitions follow the included
    # ones.
    return reduce(merged, [*(it for it in parts if it is not None), own])


def _given(document: Document) -> Iterator[tuple[Path, str]]:
    """The paths at which the file names others, and those names."""
    given = document.value.get(INCLUDE)
    # Given twice, it is reported already, and which of the two was meant is unknown.
    if INCLUDE not in document.value or (INCLUDE,) in {it.path for it in document.problems}:
        return
    for index, name in enumerate(given if isinstance(given, list) else [given]):
        path: Path = (INCLUDE, index) if isinstance(given, list) else (INCLUDE,)
        if not isinstance(name, str) or not name:
            problem = f"{shown(name)} is not a file. Hint: give a path such as base.yaml, or a list of them"
            raise _error(document, path, problem)
        yield path, name


def _included(
    path: Path, name: str, including: Document, chain: Sequence[tuple[FilePath, str]], seen: set[FilePath]
) -> Document | None:
    """The document of an included file, with what it includes itself; None if it has been read before."""
    file = FilePath(including.name).parent / name
    own = file.resolve()
    # Before the check whether it has been seen: every file of a circle has been, and so the circle would be no error
    # but a model with parts in an order that nobody wrote.
    if own in (resolved for resolved, _ in chain):
        files = " -> ".join([*(it for _, it in chain), str(file)])
        raise _error(including, path, f"{str(file)!r} includes itself: {files}. Hint: remove one of these includes")
    if own in seen:
        # Two files may include a common third one, as in a diamond; merged twice, its transitions would be there twice.
        return None
    seen.add(own)
    if len(seen) > MOST_FILES:
        raise _error(including, path, f"more than {MOST_FILES} files. Hint: include fewer")
    # Moved before the merge: afterwards nobody knows from which file a path came.
    found = _with_paths_from(FilePath(chain[0][1]).parent, _read(path, file, including))
    return _with_includes(found, [*chain, (own, str(file))], seen)


def _read(path: Path, file: FilePath, including: Document) -> Document:
    try:
        text = text_of(file)
    except InvalidModelError as error:
        raise _error(including, path, f"{str(file)!r}: {error.problems[0].message}") from None
    found = read(text, str(file))
    if not isinstance(found.value, dict):
        what = "the file is empty, not" if found.value is None else f"{shown(found.value)} is not"
        raise InvalidModelError([Problem((), f"{what} a part of a model. Hint: give keys of one", 1, 1, str(file))])
    return found


def _with_paths_from(folder: FilePath, document: Document) -> Document:
    """The document with the paths of its tables, which are relative to it, relative to the folder of the model."""
    tables = document.value.get("tables")
    if not isinstance(tables, dict):
        return document
    here = FilePath(os.path.relpath(FilePath(document.name).parent, folder))
    moved = {name: {**it, "file": str(here / it["file"])} if _has_file(it) else it for name, it in tables.items()}
    return replace(document, value=document.value | {"tables": moved})


def _has_file(table: object) -> bool:
    return isinstance(table, dict) and isinstance(table.get("file"), str)


def without_anchors(document: Document) -> Document:
    """The document without what it includes, and without keys that are there only for anchors."""
    kept = {key: it for key, it in document.value.items() if key != INCLUDE and not key.startswith(ONLY_ANCHORS)}
    return replace(document, value=kept)


def _error(document: Document, path: Path, message: str) -> InvalidModelError:
    node: Node | None = document.nodes.get(path)
    mark = None if node is None else node.start_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    return InvalidModelError([Problem(path, message, line, column, document.name)])


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
        # The types too, since 1 == True == 1.0 in Python, but not in a model.
        if one != two or type(one) is not type(two):
            self._conflict(path, one)
        return two

    def _appended(self, path: Path, one: list[Any], two: list[Any], *, states: bool) -> list[Any]:
        """One list and then the other; a state that both have is there once."""
        whole = list(one)
        for number, it in enumerate(two):
            if states and it in one:
                # Nodes follow their values to the new position, or errors of the second file's transitions would show
                # lines of others.
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
        # The paths of elements: ("transitions", 3), or ("populations", NAME, "transitions", 3).
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
    # What asks for the own keys of a mapping looks at its node, so a node with the keys of one file would make those of
    # the other look merged in by <<.
    for path in merging.shared:
        one, two = merging.before.nodes.get(path), merging.after.nodes.get(path)
        if isinstance(one, MappingNode) and isinstance(two, MappingNode):
            yield path, MappingNode(two.tag, [*one.value, *two.value], two.start_mark, two.end_mark)
