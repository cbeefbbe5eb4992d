"""Read the text of a model file, YAML or JSON, and parse it into nodes that know their line and column."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import BinaryIO

from yaml import MappingNode, MarkedYAMLError, Node, ScalarNode, SequenceNode, YAMLError
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from doge_datagen.errors import InvalidModelError, Problem, similar_file

MOST_BYTES = 16 << 20


def text_of(path: FilePath) -> str:
    """Return the text of a model file.

    Raises:
        InvalidModelError: the file does not exist or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return decoded(whole(file, str(path)), str(path))
    except InvalidModelError:
        raise
    except FileNotFoundError:
        problem = Problem((), f"there is no such file. Hint: {similar_file(path)}", file=str(path))
    except IsADirectoryError:
        problem = Problem((), "is a folder. Hint: name a file in it", file=str(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem((), f"cannot be read: {reason}. Hint: name a file that can be read", file=str(path))
    raise InvalidModelError([problem])


def whole(file: BinaryIO, name: str) -> bytes:
    """Read a whole file, up to the largest size of a model file; a device may be endless.

    Args:
        file: open for reading.
        name: the file's name in errors.

    Raises:
        InvalidModelError: the file is too large.
    """
    # One byte more than is allowed tells a file that is too large from one that just fits, without reading the rest.
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        problem = f"is larger than {MOST_BYTES >> 20} MiB, the limit of a model file. Hint: name a model file"
        raise InvalidModelError([Problem((), problem, file=name)])
    return data


def decoded(data: bytes, name: str) -> str:
    """Decode the bytes of a model file.

    Args:
        data: the whole file.
        name: the file's name in errors.

    Raises:
        InvalidModelError: the bytes are not UTF-8.
    """
    try:
        # Editors on Windows put a byte order mark in front, which JSON does not allow: RFC 8259, section 8.1.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The column counts bytes: a file in another encoding, which this mostly is, has one for each character.
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        problem = Problem((), "is not UTF-8. Hint: save it as UTF-8", line, column, name)
    raise InvalidModelError([problem])


CORE = "tag:yaml.org,2002:"
INTEGER = r"[-+]?(0|[1-9][0-9]*(_[0-9]+)*)|0o[0-7]+|0x[0-9a-fA-F]+"
DIGITS = r"[0-9]+(_[0-9]+)*"
FLOAT = (
    rf"[-+]?({DIGITS}\.([0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?{DIGITS}[eE][-+]?[0-9]+"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
DEEPEST = 20
TOO_DEEP = f"nested more than {DEEPEST} levels deep. Hint: use fewer levels"
JSON_STRING_OR_TAB = re.compile(r'"(?:[^"\\]|\\.)*"|\t', re.DOTALL)
HINTS = (
    (r"'\\t'", "write spaces instead of tabs"),
    (r"scanning an (alias|anchor)", "quote a string that begins with * or &, such as '*'"),
    (r"character '[@`%]'", "quote a string that begins with it"),
    ("mapping values are not allowed here", "quote a string that contains ': ', or check the indentation"),
    ("expected a single document", "a file has one model: remove the second '---' and what follows"),
    ("undefined alias", "define &name at the value, before *name"),
    ("found end of line|quoted scalar", "end the string with the quote that it begins with"),
    (r"expected ',' or '[]}]', but got '[{\[]'", "inside {...} or [...] quote a string that contains brackets"),
    (r"expected ',' or '[]}]'", "close the bracket on line {line}, and separate with commas"),
    ("expected <block end>", "check the indentation, and whether a quote before it is not closed"),
    ("could not find expected ':'", "write 'key: value', with a space after the colon"),
)
FROM_ITS_BEGIN = ("could not find expected ':'", "found unexpected end of stream")
"""Problems that are noticed only lines after what causes them."""


class Resolver(BaseResolver):  # type: ignore[misc]  # PyYAML has no types
    """Resolves unquoted scalars by YAML 1.2's core schema, where ``on`` and ``no`` are strings, and allows ``1_000``.

    A number with a leading zero, such as ``010``, is a string: YAML 1.1 reads it as 8, YAML 1.2 as 10.
    """


# Without PyYAML's Constructor, which is the part that makes objects of tags such as !!python/object.
class Loader(Reader, Scanner, Parser, Composer, Resolver):  # type: ignore[misc]  # PyYAML has no types
    """Parses text into nodes, whose marks have the file's name; never constructs Python objects."""

    def __init__(self, text: str, name: str) -> None:
        Reader.__init__(self, text)
        # After Reader.__init__, which sets a name of its own, and which the marks of all nodes would have.
        self.name = name
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        Resolver.__init__(self)


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", INTEGER, "-+0123456789"),
    ("float", FLOAT, "-+.0123456789"),
    ("merge", "<<", "<"),
):
    # By the first character, which is PyYAML's index; "" stands for an empty value, which only null may match.
    Resolver.add_implicit_resolver(CORE + _tag, re.compile(rf"(?:{_pattern})\Z"), [*_first, *([""] * (_tag == "null"))])


def compose(text: str, name: str) -> Node | None:
    """Parse a text and return its root node; None if it is empty.

    Raises:
        InvalidModelError: the text is not YAML; ``name`` is shown as the file's name.
    """
    readable = _without_tabs(text, name)
    try:
        return Loader(readable, name).get_single_node()
    except MarkedYAMLError as error:
        late = error.problem in FROM_ITS_BEGIN
        mark = (late and error.context_mark) or error.problem_mark or error.context_mark
        raise InvalidModelError([_problem(_message(error), name, mark.line + 1, mark.column + 1)]) from None
    except ReaderError as error:
        # Unlike other errors, one of the reader has a position but no mark with its line.
        before = text[: error.position]
        column = len(before) - before.rfind("\n")
        message = f"the character {chr(error.character)!a} is not allowed in YAML. Hint: remove it"
        raise InvalidModelError([_problem(message, name, before.count("\n") + 1, column)]) from None
    except (YAMLError, ValueError) as error:
        raise InvalidModelError([_problem(f"this is not YAML: {error}", name)]) from None
    except RecursionError:
        raise InvalidModelError([_problem(TOO_DEEP, name)]) from None


def _without_tabs(text: str, name: str) -> str:
    """JSON may be indented with tabs, YAML may not: replace each by one space, which keeps the columns."""
    is_json = name.endswith(".json")
    # JSON may be in a file of any name, or come from standard input; only a name says that it must be JSON.
    if not is_json and not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return text
    try:
        # Only whether it is JSON matters: YAML's parser, which knows lines and columns, then reads it, as YAML 1.2
        # includes JSON.
        json.loads(text, parse_int=str)  # parse_int: the size of numbers does not matter here
    except RecursionError:
        raise InvalidModelError([_problem(TOO_DEEP, name)]) from None
    except json.JSONDecodeError as error:
        if is_json:
            message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
            raise InvalidModelError([_problem(message, name, error.lineno, error.colno)]) from None
        # Something that begins like JSON may be a flow mapping of YAML, whose errors YAML's parser reports better.
        return text
    return JSON_STRING_OR_TAB.sub(lambda found: " " if found[0] == "\t" else found[0], text)


def _message(error: MarkedYAMLError) -> str:
    full = f"{error.context or ''} {error.problem or ''}".strip()
    hint = next((hint for pattern, hint in HINTS if re.search(pattern, full)), "check what comes before it")
    hint = hint.replace("{line}", str(error.context_mark.line + 1 if error.context_mark else 1))
    problem = full if not error.problem or error.problem.startswith("but ") else error.problem
    return f"this is not YAML: {problem}. Hint: {hint}"


def _problem(message: str, name: str, line: int = 0, column: int = 0) -> Problem:
    return Problem((), message, line, column, name)


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
    # In a block mapping a comma is a part of the value, so nothing has been split there.
    if not node.flow_style:
        return
    waiting, whole = deque(node.value), []
    while waiting:
        key, value = waiting.popleft()
        pieces: list[str] = [value.value] if _is_plain(value) else []
        nodes, opened = [value], sum(map(_opened, pieces))
        # As long as a parenthesis is open, whatever follows belongs to it, even a word that is a key elsewhere.
        while pieces and waiting and _is_key_alone(*waiting[0]) and (opened > 0 or _goes_on(key, waiting[0][0].value)):
            nodes.append(waiting.popleft()[0])
            pieces.append(nodes[-1].value)
            opened += _opened(pieces[-1])
        if pieces[1:]:
            yield key, value, _comma_message(key, pieces)
            # The node is changed in place: aliases share it, and so the problem is reported where it is written and
            # read right everywhere.
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


def _comma_message(key: Node, pieces: list[str]) -> str:
    problem, joined = f"a comma inside {{...}} ends the value, so it is only {pieces[0]!r}", ", ".join(pieces)
    if key.value in LISTS:
        return f"{problem}. Hint: write {key.value}: [{joined}]"
    return f"{problem}. Hint: put it in quotes: {key.value}: {json.dumps(joined, ensure_ascii=False)}"
