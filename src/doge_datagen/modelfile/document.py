"""Turn YAML nodes into plain values, and keep each value's node so that errors can report line and column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from doge_datagen.errors import InvalidModelError, Problem
from doge_datagen.modelfile.paths import Path, at, part, transition_names
from doge_datagen.modelfile.yaml_nodes import CORE, DEEPEST, TOO_DEEP, compose, rejoined

# An alias costs a few bytes in the file but a whole copy here: ten levels of ten aliases each are 10**10 values. The
# limit of the file's size does not stop that, and counting does.
LARGEST = 200_000
"""The most values a model may have with aliases expanded; this stops "billion laughs" files."""
MOST_DIGITS = 400  # the largest float has 309
BASES = {"0o": 8, "0x": 16}


@dataclass(frozen=True)
class Document:
    """A parsed model file: its values and where each of them is.

    Attributes:
        value: mappings, lists, strings, numbers, booleans and None.
        nodes: the node of each value, by path.
        keys: the node of each key, by path.
        texts: by the name of a file, its whole text; there are several if others are included.
        name: the name of the model's own file.
        problems: errors found while parsing, such as a duplicate key or an unknown tag.
        cut: paths of values that were split by a comma and have been rejoined; each is in ``problems`` too.
        replaced: paths whose values come from elsewhere, such as the command line.
    """

    value: Any
    nodes: dict[Path, Node]
    keys: dict[Path, Node]
    texts: Mapping[str, str]
    name: str
    problems: tuple[Problem, ...]
    cut: frozenset[Path] = frozenset()
    replaced: frozenset[Path] = frozenset()

    # Every problem needs these two. Computing them each time would cost (number of problems) x (size of the file).

    @cached_property
    def lines(self) -> Mapping[str, list[str]]:
        """By the name of a file, the lines of its text."""
        return {name: text.split("\n") for name, text in self.texts.items()}

    @cached_property
    def transition_names(self) -> dict[Path, list[list[str]]]:
        """By the path of each list of transitions, the unambiguous names of each of them."""
        populations = part(self.value, "populations")
        names = populations if isinstance(populations, dict) else ()
        paths: list[Path] = [("transitions",), *(("populations", name, "transitions") for name in names)]
        found = {path: at(self.value, path) for path in paths}
        return {path: transition_names(it) for path, it in found.items() if isinstance(it, list)}


@dataclass(slots=True)
class _Reading:
    name: str
    nodes: dict[Path, Node] = field(default_factory=dict)
    keys: dict[Path, Node] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    cut: set[Path] = field(default_factory=set)
    # The collections that are being read, by identity: an alias to one of them is inside itself. One that has been read
    # already is only used twice, which is allowed.
    open_nodes: set[int] = field(default_factory=set)
    values: int = 0

    def problem(self, path: Path, message: str, node: Node) -> None:
        mark = node.start_mark
        self.problems.append(Problem(path, message, mark.line + 1, mark.column + 1, self.name))

    def count(self) -> None:
        # An error at once, not a problem in the list: going on is what has to be prevented.
        self.values += 1
        if self.values > LARGEST:
            message = f"more than {LARGEST:,} values with aliases expanded. Hint: use fewer values or aliases"
            raise InvalidModelError([Problem((), message, file=self.name)])


def read(text: str, name: str) -> Document:
    """Parse a YAML or JSON text; the value of an empty text is None.

    Raises:
        InvalidModelError: the text is not YAML, or has more values than a model may have.
    """
    root = compose(text, name)
    reading = _Reading(name)
    value = None if root is None else _value(reading, (), root)
    problems, cut = tuple(reading.problems), frozenset(reading.cut)
    return Document(value, reading.nodes, reading.keys, {name: text}, name, problems, cut)


def _value(reading: _Reading, path: Path, node: Node) -> Any:
    reading.nodes[path] = node
    # A base without own keys costs nothing below, but a chain of such bases can still fan out.
    reading.count()
    if len(path) > DEEPEST:
        mark = node.start_mark
        # Here as well as in the parser, since aliases nest values deeper than the text does.
        raise InvalidModelError([Problem((), TOO_DEEP, mark.line + 1, mark.column + 1, reading.name)])
    if isinstance(node, ScalarNode):
        return _scalar(reading, path, node)
    if id(node) in reading.open_nodes:
        # Read on with None in its place, so that the rest of the file is checked in the same run.
        reading.problem(path, "contains itself. Hint: remove the alias", node)
        return None
    reading.open_nodes.add(id(node))
    try:
        return _collection(reading, path, node)
    finally:
        reading.open_nodes.discard(id(node))


def _collection(reading: _Reading, path: Path, node: Node) -> Any:
    if node.tag not in (CORE + "map", CORE + "seq"):
        reading.problem(path, f"the tag {_tag(node)} is not supported. Hint: remove it", node)
    if isinstance(node, SequenceNode):
        return [_value(reading, (*path, position), item) for position, item in enumerate(node.value)]
    return _mapping(reading, path, node)


def _mapping(reading: _Reading, path: Path, node: MappingNode) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node, message in rejoined(node):
        reading.problem((*path, str(key_node.value)), message, value_node)
        reading.cut.add((*path, str(key_node.value)))
    for key_node, value_node in node.value:
        # Own keys first and merged ones below, wherever << is written: https://yaml.org/type/merge.html lets a
        # mapping's own keys override merged ones, and among these the earlier.
        if key_node.tag == CORE + "merge":
            continue
        key = _key(reading, path, key_node)
        if key is None:
            continue
        here = (*path, key)
        if key in values:
            # YAML 1.2.2, section 3.2.1.3, requires unique keys, but PyYAML takes the last one in silence, and then a
            # transition or a field would be missing without a word.
            first = reading.keys[here].start_mark.line + 1
            reading.problem(here, f"given twice, first on line {first}. Hint: remove one", key_node)
            continue
        reading.keys[here] = key_node
        values[key] = _value(reading, here, value_node)
    for base in _merged(reading, path, node):
        for key_node, value_node in base.value:
            key = _key(reading, path, key_node)
            if key is not None and key not in values and key_node.tag != CORE + "merge":
                reading.keys[*path, key] = key_node
                values[key] = _value(reading, (*path, key), value_node)
    return values


def _merged(reading: _Reading, path: Path, node: MappingNode, depth: int = 0) -> Iterator[MappingNode]:
    """The mappings merged by ``<<``, nearest first."""
    for key_node, value_node in node.value:
        if key_node.tag != CORE + "merge":
            continue
        for base in value_node.value if isinstance(value_node, SequenceNode) else [value_node]:
            # An anchor may be merged into itself: the depth ends that, as open_nodes does for values.
            if not isinstance(base, MappingNode) or depth > 10:
                reading.problem(
                    (*path, "<<"), "is not a mapping to merge. Hint: give an alias of one: <<: *name", key_node
                )
                continue
            reading.count()
            yield base
            yield from _merged(reading, path, base, depth + 1)


def _key(reading: _Reading, path: Path, node: Node) -> str | None:
    if not isinstance(node, ScalarNode) or not node.value:
        reading.problem(path, _no_key(node), node)
        return None
    key = _text(reading, path, node)
    return key or None


def _no_key(node: Node) -> str:
    match node:
        case MappingNode(value=[(ScalarNode(value=name), ScalarNode(value=""))]) if name:
            return f"is a template, which is not supported. Hint: write {name}"
    return "a key here is not a string. Hint: give a name"


def _text(reading: _Reading, path: Path, node: ScalarNode) -> str:
    try:
        # JSON escapes a character outside the basic multilingual plane as a surrogate pair.
        # RFC 8259, section 7. PyYAML makes a character of each escape by itself, so the two halves are joined here;
        # without that, no sink could encode the text.
        return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        reading.problem(path, "has an unpaired surrogate (\\ud800 to \\udfff). Hint: write the character itself", node)
        return ""


def _scalar(reading: _Reading, path: Path, node: ScalarNode) -> Any:
    kind = str(node.tag).removeprefix(CORE)
    if kind in ("str", "merge"):
        return _text(reading, path, node)
    convert = CONVERT.get(kind)
    if convert is None:
        reading.problem(path, f"the tag {_tag(node)} is not supported. Hint: remove it", node)
        return None
    try:
        return convert(node.value)
    except (ValueError, KeyError):
        reading.problem(
            path, f"{shown(node.value)} cannot be read as {kind}. Hint: remove the tag, or shorten it", node
        )
        return None


def _tag(node: Node) -> str:
    return repr(str(node.tag).replace(CORE, "!!"))


def _integer(text: str) -> int:
    # Python refuses to convert more than 4300 digits, with a message of its own, and takes quadratic time up to there.
    if len(text) > MOST_DIGITS:
        raise ValueError(text)
    return int(text[2:], BASES[text[:2]]) if text[:2] in BASES else int(text)


CONVERT: Mapping[str, Callable[[str], Any]] = {
    "int": _integer,
    "float": lambda text: float(text.lower().replace(".inf", "inf").replace(".nan", "nan")),
    "bool": lambda text: {"true": True, "false": False}[text.lower()],
    "null": lambda _: None,
}


def shown(value: object) -> str:
    """A value as messages show it: long values are shortened, mappings and lists only named.

    >>> shown('abc'), shown([1, 2]), shown(None)
    ("'abc'", 'a list', 'nothing')
    """
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    words = repr(value)
    if "://" in words:
        return f"{words.partition('://')[0]}://...{words[-1]}"  # the rest may contain a password
    return words if len(words) <= 60 else f"{words[:50]}...{words[-1]}"
