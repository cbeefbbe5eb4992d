"""Values that commas within {...} cut in pieces, put together again: YAML ends them there, their writers did not."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator

from yaml import MappingNode, Node, ScalarNode


def rejoined(node: MappingNode) -> Iterator[tuple[Node, Node, str]]:
    """Put them together in place; the key and the value of each, and what to tell.

    What is cut is a plain text with a round bracket that is open, such as ``round(a`` of ``{b: round(a, 2)}``; what
    follows in the mapping are keys without values, such as ``2)``.
    """
    waiting, whole = deque(node.value), []
    while waiting:
        key, value = waiting.popleft()
        pieces: list[str] = [value.value] if _is_plain(value) else []
        while pieces and _is_open(", ".join(pieces)) and waiting and _is_key_alone(*waiting[0]):
            pieces.append(waiting.popleft()[0].value)
        if pieces[1:]:
            joined = ", ".join(pieces)
            yield key, value, _told(key, pieces[0], joined)
            value = ScalarNode(value.tag, joined, value.start_mark, value.end_mark)
        whole.append((key, value))
    node.value = whole


def _is_plain(node: Node) -> bool:
    return isinstance(node, ScalarNode) and not node.style


def _is_open(text: str) -> bool:
    return text.count("(") > text.count(")")


def _is_key_alone(key: Node, value: Node) -> bool:
    return _is_plain(key) and _is_plain(value) and value.value == ""


def _told(key: Node, piece: str, joined: str) -> str:
    problem = f"a comma inside {{...}} ends the value, so {piece!r} is all of it"
    return f"{problem}; put it in quotes: {key.value}: {json.dumps(joined, ensure_ascii=False)}"
