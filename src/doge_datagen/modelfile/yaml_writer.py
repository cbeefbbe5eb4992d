"""Write plain values as YAML: short collections on one line, multi-line strings as blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode
from yaml.emitter import Emitter
from yaml.resolver import Resolver as OlderResolver
from yaml.serializer import Serializer

from doge_datagen.modelfile.yaml_nodes import CORE, Resolver

WIDTH = 120
OPEN = ("subjects", "transitions", "streams", "targets")
"""Keys whose values always have one line per part, however short."""


class _Writer(Emitter, Serializer, Resolver):  # type: ignore[misc]  # PyYAML has no types
    """Serializes nodes, with lists indented below their key."""

    def __init__(self, lines: list[str]) -> None:
        # PyYAML folds long plain strings over lines at its width, which would break expressions; line lengths are
        # decided here.
        Emitter.__init__(self, _Lines(lines), width=10**6, allow_unicode=True)
        Serializer.__init__(self)
        Resolver.__init__(self)

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's
        # PyYAML writes the items of a list at the column of its key, which is valid but hard to read.
        super().increase_indent(flow, indentless=False)


class _Lines:
    """A file-like object that collects what PyYAML writes."""

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts

    def write(self, part: str) -> None:
        self._parts.append(part)


def write(value: Mapping[str, Any]) -> str:
    """Return YAML that reads back as the value (mappings with string keys, lists, strings, numbers, booleans, None)."""
    return _serialized(_node(value, indent=0, is_open=True))


def one_line(key: str, value: Any) -> str:
    """Return a key and its value on one line, valid inside ``{...}`` too.

    >>> one_line('clock', {'tick': '1 min', 'ticks': 1000})
    'clock: {tick: 1 min, ticks: 1000}'
    >>> one_line('start', 'randrange(0, 9)')
    'start: "randrange(0, 9)"'
    """
    node = _collection(value, 0, flow=True) if isinstance(value, Mapping | list) else _scalar(value)
    # In quotes, since inside {...} a comma ends an unquoted value; double ones, since expressions quote with single
    # ones.
    if isinstance(value, str) and ("," in value or "'" in value):
        node.style = '"'
    return _serialized(MappingNode(f"{CORE}map", [(_scalar(key), node)], flow_style=False)).rstrip("\n")


def _serialized(node: Node) -> str:
    parts: list[str] = []
    writer = _Writer(parts)
    writer.open()
    writer.serialize(node)
    writer.close()
    return "".join(parts)


def _node(value: Any, *, indent: int, is_open: bool = False) -> Node:
    """The node of a value: on one line if it fits after ``indent`` columns, unless ``is_open``."""
    if not isinstance(value, Mapping | list | tuple):
        return _scalar(value)
    if not value or (not is_open and _is_plain(value)):
        node = _collection(value, indent, flow=True)
        if len(_serialized(node).rstrip("\n")) + indent <= WIDTH:
            return node
    return _collection(value, indent, flow=False)


def _is_plain(value: Any) -> bool:
    """Whether the value can be on one line: it has no multi-line string."""
    if isinstance(value, Mapping):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return not isinstance(value, str) or "\n" not in value


def _collection(value: Any, indent: int, *, flow: bool) -> Node:
    if isinstance(value, Mapping):
        pairs = [_pair(str(key), below, indent, flow=flow) for key, below in value.items()]
        return MappingNode(f"{CORE}map", pairs, flow_style=flow)
    items = [_node(item, indent=0 if flow else indent + 2) for item in value]
    return SequenceNode(f"{CORE}seq", items, flow_style=flow)


def _pair(key: str, value: Any, indent: int, *, flow: bool) -> tuple[Node, Node]:
    behind = 0 if flow else indent + len(key) + 2
    return _scalar(key, is_key=True), _node(value, indent=behind, is_open=not flow and not indent and key in OPEN)


def _scalar(value: Any, *, is_key: bool = False) -> ScalarNode:
    if value is None:
        return ScalarNode(f"{CORE}null", "null")
    # Before int, of which bool is a subclass.
    if isinstance(value, bool):
        return ScalarNode(f"{CORE}bool", str(value).lower())
    if isinstance(value, int):
        return ScalarNode(f"{CORE}int", repr(value))
    if isinstance(value, float):
        # The shortest digits that read back as the same double, so that a model survives being written.
        return ScalarNode(f"{CORE}float", repr(value))
    text = str(value)
    return ScalarNode(f"{CORE}str", text, style='"' if is_key and "\n" in text else _style(text))


def _style(text: str) -> str | None:
    # Only double quotes can escape control characters, which YAML forbids as they are.
    if not text.replace("\n", "").isprintable():
        return '"'
    if "\n" in text:
        # A block loses what is around the text: leading spaces look like indentation, and further newlines at its end
        # are clipped.
        return "|" if text == text.strip() + "\n" * text.endswith("\n") else '"'
    older = OlderResolver.resolve(OlderResolver(), ScalarNode, text, (True, False))
    return None if older == f"{CORE}str" else "'"  # to YAML 1.1 readers on is true, 2022-02-11 a date
