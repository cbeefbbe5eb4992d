"""Targets that several models share: a file of them, and one destination for all streams of a target."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from yaml import Node

from doge_datagen.errors import InvalidModelError, Problem
from doge_datagen.modelfile.document import Document, read, shown
from doge_datagen.modelfile.include import merged, without_anchors
from doge_datagen.modelfile.locations import at_key
from doge_datagen.modelfile.paths import Path
from doge_datagen.modelfile.yaml_nodes import text_of

TARGETS = "targets"
EACH = "*"
"""In a target, instead of the name of a stream: all streams that the target does not name."""
NO_SUCH_KEY = "there is no such key in a file of targets. Hint: give targets alone"
PLACEHOLDER = re.compile(r"(?<!\$)\{(model|stream)\}")


def with_shared_targets(document: Document, file: FilePath) -> Document:
    """The model with the targets of a file behind its own.

    A target that the model has too is the model's. Streams that the model does not have are left out, since the file is
    for other models too.

    Raises:
        InvalidModelError: the file cannot be read, or has something else than targets.
    """
    found = _read(file)
    if not isinstance(document.value, dict):
        return document
    own, streams = _mapping(document.value.get(TARGETS)), _mapping(document.value.get("streams"))
    added = {
        name: {stream: it for stream, it in target.items() if stream in (*streams, EACH)}
        if isinstance(target, dict)
        else target
        for name, target in found.value[TARGETS].items()
        if name not in own
    }
    inside = {path: node for path, node in found.nodes.items() if len(path) > 1}
    shared = replace(found, value={TARGETS: added}, nodes=inside, problems=found.problems)
    return replace(merged(document, shared), name=document.name, texts={**document.texts, **found.texts})


def _read(file: FilePath) -> Document:
    found = read(text_of(file), str(file))
    if not isinstance(found.value, dict):
        what = "the file is empty" if found.value is None else f"{shown(found.value)} is not a mapping"
        raise InvalidModelError([Problem((), f"{what}. Hint: begin with 'targets:'", 1, 1, str(file))])
    found = without_anchors(found)
    wrong = [Problem((key,), NO_SUCH_KEY) for key in found.value if key not in (TARGETS, "doge")]
    if not wrong and not isinstance(found.value.get(TARGETS), dict):
        message = f"{shown(found.value.get(TARGETS))} is not a mapping. Hint: give a name for each target"
        wrong.append(Problem((TARGETS,), message, 1, 1, str(file)))
    if wrong:
        raise InvalidModelError(at_key(found, it) for it in wrong)
    return found


def for_each_stream(document: Document) -> Document:
    """The document with a destination for all streams of a target given to each stream that the target does not name.

    ``{stream}`` and ``{model}`` in it are replaced by the names of the stream and the model.
    """
    targets = _mapping(_mapping(document.value).get(TARGETS))
    named = [name for name, target in targets.items() if isinstance(target, dict) and EACH in target]
    if not named:
        return document
    streams = list(_mapping(document.value.get("streams")))
    model = str(document.value.get("name", ""))
    filled = {name: _filled(targets[name], streams, model) for name in named}
    found = replace(document, value=document.value | {TARGETS: {**targets, **filled}})
    return replace(
        found,
        nodes=dict(_copied(document.nodes, named, filled)),
        keys=dict(_copied(document.keys, named, filled)),
        replaced=frozenset(path for path, _ in _copied(dict.fromkeys(document.replaced), named, filled)),
    )


def _filled(target: Mapping[str, Any], streams: list[str], model: str) -> dict[str, Any]:
    """The destinations of a target by stream, in the order of the streams."""
    own = {stream: it for stream, it in target.items() if stream != EACH}
    rest = {it: _named(target[EACH], {"stream": it, "model": model}) for it in streams if it not in own}
    return own | rest


def _named(place: Any, names: Mapping[str, str]) -> Any:
    if isinstance(place, dict):
        return {key: _named(it, names) for key, it in place.items()}
    return PLACEHOLDER.sub(lambda match: names[match[1]], place) if isinstance(place, str) else place


def _copied(
    given: Mapping[Path, Node | None], named: list[str], filled: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Path, Any]]:
    """What is kept by path, with that of ``*`` in a target at each stream that has been given its destination."""
    for path, it in given.items():
        if len(path) > 2 and path[0] == TARGETS and path[1] in named and path[2] == EACH:
            for stream in filled[str(path[1])]:
                here = (TARGETS, path[1], stream, *path[3:])
                yield from [(here, it)] if here not in given else []
        else:
            yield path, it


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
