"""Values that commas within {...} cut in pieces, put together again: YAML ends them there, their writers did not."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from doge_datagen.modelfile.yaml_nodes import CORE

LISTS = ("emit", "values", "states")
"""Keys whose values may be lists, so that what follows a comma there is most likely one more of it."""
OTHERS = frozenset({"trigger", "from", "to", "probability", "do", "emit", "type", "values", "start"})
"""Keys of the mappings that these stand in."""


def rejoined(node: MappingNode) -> Iterator[tuple[Node, Node, str]]:
    """Put them together in place; the key and the value of each, and what to tell.

    What is cut is a plain text with a round bracket that is open, such as ``round(a`` of ``{b: round(a, 2)}``; what
    follows in the mapping are keys without values, such as ``2)``. So is a list without its brackets, such as that of
    ``{emit: trx, balance}``. A mapping without braces has no commas.
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
            yield key, value, _told(key, pieces)
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
    """How many round brackets it leaves open."""
    return text.count("(") - text.count(")")


def _is_key_alone(key: Node, value: Node) -> bool:
    return _is_plain(key) and _is_plain(value) and value.value == ""


def _told(key: Node, pieces: list[str]) -> str:
    problem, joined = f"a comma inside {{...}} ends the value, so {pieces[0]!r} is all of it", ", ".join(pieces)
    if key.value in LISTS:
        return f"{problem}. Hint: write {key.value}: [{joined}]"
    return f"{problem}. Hint: put it in quotes: {key.value}: {json.dumps(joined, ensure_ascii=False)}"
