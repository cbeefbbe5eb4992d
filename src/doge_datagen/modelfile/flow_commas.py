"""Rejoin values that YAML split at a comma inside ``{...}``, such as ``{amount: round(a, 2)}``."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from doge_datagen.modelfile.yaml_nodes import CORE

LISTS = ("emit", "values", "states")
"""Keys whose values may be lists: what follows a comma there is most likely the next item."""
CAUSES = ("at", "after", "every", "weight", "rate", "probability")
OF_TRANSITIONS = ("trigger", "from", "to", *CAUSES, "rhythm", "when", "do", "lines", "emit", "spawn")
OTHERS = frozenset({*OF_TRANSITIONS, "type", "values", "start"})
"""Keys of the mappings that contain those keys; a key after a comma is not the next item."""


def rejoined(node: MappingNode) -> Iterator[tuple[Node, Node, str]]:
    """Rejoin the split values of a mapping in place; yield the key and value of each, and the error message.

    A split value is an unquoted scalar with an open parenthesis, such as ``round(a`` in ``{b: round(a, 2)}``, followed
    by keys without values, such as ``2)``. A list without brackets, as in ``{emit: trx, balance}``, is split the same
    way. Only flow mappings (``{...}``) are concerned.
    """
    if not node.flow_style:
        return
    waiting, whole = deque(node.value), []
    while waiting:
        key, value = waiting.popleft()
        pieces: list[str] = [value.value] if _is_plain(value) else []
        nodes, opened = [value], sum(map(_opened, pieces))
        while pieces and waiting and _is_key_alone(*waiting[0]) and (opened > 0 or _goes_on(key, waiting[0][0].value)):
            nodes.append(waiting.popleft()[0])
            pieces.append(nodes[-1].value)
            opened += _opened(pieces[-1])
        if pieces[1:]:
            yield key, value, _message(key, pieces)
            value = _joined(key, nodes, ", ".join(pieces))
        whole.append((key, value))
    node.value = whole


def _is_plain(node: Node) -> bool:
    return isinstance(node, ScalarNode) and not node.style


def _goes_on(key: Node, following: str) -> bool:
    return key.value in LISTS and following not in OTHERS


def _joined(key: Node, nodes: list[Node], text: str) -> Node:
    value, last = nodes[0], nodes[-1]
    if key.value in LISTS:
        return SequenceNode(CORE + "seq", nodes, value.start_mark, last.end_mark)
    return ScalarNode(value.tag, text, value.start_mark, value.end_mark)


def _opened(text: str) -> int:
    """How many parentheses the text leaves open."""
    return text.count("(") - text.count(")")


def _is_key_alone(key: Node, value: Node) -> bool:
    return _is_plain(key) and _is_plain(value) and value.value == ""


def _message(key: Node, pieces: list[str]) -> str:
    problem, joined = f"a comma inside {{...}} ends the value, so it is only {pieces[0]!r}", ", ".join(pieces)
    if key.value in LISTS:
        return f"{problem}. Hint: write {key.value}: [{joined}]"
    return f"{problem}. Hint: put it in quotes: {key.value}: {json.dumps(joined, ensure_ascii=False)}"
