"""Targets that several models share: a file of them, one destination for all streams, and names to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from yaml import Node

from doge_datagen.errors import InvalidModelError, Problem, did_you_mean
from doge_datagen.modelfile.document import Document, read, shown
from doge_datagen.modelfile.include import merged, without_anchors
from doge_datagen.modelfile.locations import located, located_at_key
from doge_datagen.modelfile.paths import Path
from doge_datagen.modelfile.yaml_nodes import text_of

TARGETS = "targets"
EACH = "*"
"""In a target, instead of the name of a stream: all streams that the target does not name."""
NO_SUCH_KEY = "there is no such key in a file of targets. Hint: give targets alone"
MODEL, STREAM = "model", "stream"
PLACEHOLDER = re.compile(r"(?<!\$)\{(\w+)\}")
"""A name to fill in; ``${...}`` is an environment variable."""


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
    own, known = _mapping(document.value.get(TARGETS)), {EACH, *_streams(document)}
    # The model's own target as a whole, not stream by stream: a mix of two files would deliver to destinations that
    # neither of them describes.
    added = {
        name: {stream: it for stream, it in target.items() if stream in known} if isinstance(target, dict) else target
        for name, target in found.value[TARGETS].items()
        if name not in own
    }
    # Without the nodes of the top and of `targets` themselves: they are the model's, and merged() would move errors of
    # the model into the file of targets.
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
        raise InvalidModelError(located_at_key(found, it) for it in wrong)
    return found


def with_destinations(document: Document) -> Document:
    """The document with a destination for each stream, instead of one for all that a target does not name.

    ``{stream}`` and ``{model}`` are replaced by the names of the stream and the model.
    """
    targets = {name: it for name, it in _targets(document).items() if isinstance(it, dict)}
    if not targets:
        return document
    streams, model = _streams(document), str(document.value.get("name", ""))
    filled = {name: _filled(target, streams, model) for name, target in targets.items()}
    found = replace(document, value=document.value | {TARGETS: {**document.value[TARGETS], **filled}})
    return replace(
        found,
        nodes=dict(_copied(document.nodes, filled)),
        keys=dict(_copied(document.keys, filled)),
        replaced=frozenset(path for path, _ in _copied(dict.fromkeys(document.replaced), filled)),
    )


def unknown_placeholders(document: Document) -> Iterator[Problem]:
    """The names in destinations for which there is nothing to fill in."""
    for target, destinations in _targets(document).items():
        for stream, destination in _mapping(destinations).items():
            parts = destination if isinstance(destination, dict) else {None: destination}
            for key, value in parts.items():
                path = (TARGETS, target, stream, *(() if key is None else (key,)))
                for problem in _unknown_names(path, value):
                    yield located(document, problem)


def _unknown_names(path: Path, value: object) -> Iterator[Problem]:
    known = STREAM, MODEL
    for name in dict.fromkeys(PLACEHOLDER.findall(value) if isinstance(value, str) else ()):
        if name not in known:
            yield Problem(path, f"there is nothing to fill in for {{{name}}}. Hint: {did_you_mean(name, known)}")


def _targets(document: Document) -> Mapping[str, Any]:
    return _mapping(_mapping(document.value).get(TARGETS))


def _streams(document: Document) -> list[str]:
    """The names of the streams, and of those that a table feeds and that are not among them."""
    tables = _mapping(document.value.get("tables")).values()
    fed = [it["emit"] for it in tables if isinstance(it, dict) and isinstance(it.get("emit"), str)]
    return list(dict.fromkeys([*_mapping(document.value.get("streams")), *fed]))


def _filled(target: Mapping[str, Any], streams: list[str], model: str) -> dict[str, Any]:
    """The destinations of a target by stream, in the order of the streams."""
    given = {stream: it for stream, it in target.items() if stream != EACH}
    if EACH in target:
        # After those that are named, whatever the order in the file: "*" means the others.
        given |= {it: target[EACH] for it in streams if it not in given}
    return {stream: _named(it, {STREAM: str(stream), MODEL: model}) for stream, it in given.items()}


def _named(destination: Any, names: Mapping[str, str]) -> Any:
    if isinstance(destination, dict):
        return {key: _named(it, names) for key, it in destination.items()}
    # One pass: a stream whose name is in braces itself is not filled in again. An unknown name stays and is reported.
    if isinstance(destination, str):
        return PLACEHOLDER.sub(lambda match: names.get(match[1], match[0]), destination)
    return destination


def _copied(given: Mapping[Path, Node | None], filled: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Path, Any]]:
    """What is kept by path, with that of ``*`` in a target at each stream that has been given its destination."""
    for path, it in given.items():
        if len(path) > 2 and path[0] == TARGETS and path[1] in filled and path[2] == EACH:
            for stream in filled[str(path[1])]:
                here = (TARGETS, path[1], stream, *path[3:])
                # A stream with a destination of its own keeps its node: errors of it are shown there, not at "*".
                yield from [(here, it)] if here not in given else []
        else:
            yield path, it


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
