"""Read the files that a model file includes, and leave out what is there only for its anchors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path as FilePath

from yaml import Node

from doge_datagen.errors import InvalidModelError, Problem
from doge_datagen.modelfile.document import Document, read, shown
from doge_datagen.modelfile.file_text import text_of
from doge_datagen.modelfile.merging import merged
from doge_datagen.modelfile.paths import Path

INCLUDE = "include"
ONLY_ANCHORS = "x-"
"""What keys at the top of a file begin with whose values are there to be referred to by YAML's aliases."""
MOST_FILES = 100


def with_includes(document: Document) -> Document:
    """The model of a file and of all files that it includes, directly or through others; each is read once.

    Raises:
        InvalidModelError: a file cannot be read, is not part of a model, or includes itself.
    """
    own = FilePath(document.name).resolve()
    return _with_includes(document, [(own, document.name)], {own})


def _with_includes(document: Document, chain: Sequence[tuple[FilePath, str]], seen: set[FilePath]) -> Document:
    if not isinstance(document.value, dict):
        return document
    parts = [_included(path, it, document, chain, seen) for path, it in _given(document)]
    own = without_anchors(document)
    return reduce(merged, [*(it for it in parts if it is not None), own])


def _given(document: Document) -> Iterator[tuple[Path, str]]:
    """The paths at which the file names others, and those names."""
    given = document.value.get(INCLUDE)
    if INCLUDE not in document.value or (INCLUDE,) in {it.path for it in document.problems}:
        return
    for place, name in enumerate(given if isinstance(given, list) else [given]):
        path: Path = (INCLUDE, place) if isinstance(given, list) else (INCLUDE,)
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
    if own in (resolved for resolved, _ in chain):
        files = " -> ".join([*(it for _, it in chain), str(file)])
        raise _error(including, path, f"{str(file)!r} includes itself: {files}. Hint: remove one of these includes")
    if own in seen:
        return None
    seen.add(own)
    if len(seen) > MOST_FILES:
        raise _error(including, path, f"more than {MOST_FILES} files. Hint: include fewer")
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
