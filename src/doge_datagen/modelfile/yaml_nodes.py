"""Parse YAML or JSON text into nodes that know their line and column."""

from __future__ import annotations

import json
import re

from yaml import MarkedYAMLError, Node, YAMLError
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from doge_datagen.errors import InvalidModelError, Problem

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
    (r"'\\t'", "indent with spaces, not with tabs"),
    (r"character '[@`%]'", "quote a string that begins with it"),
    ("mapping values are not allowed here", "quote a string that contains ': ', or check the indentation"),
    ("expected a single document", "a file has one model: remove the second '---' and what follows"),
    ("undefined alias", "define &name at the value, before *name"),
    ("found end of line|quoted scalar", "end the string with the quote that it begins with"),
    (r"expected ',' or '[]}]', but got '[{\[]'", "inside {...} or [...] quote a string that contains brackets"),
    (r"expected ',' or '[]}]'", "close it with the bracket that it begins with, and separate with commas"),
    ("expected <block end>", "check the indentation, and whether a quote before it is not closed"),
    ("could not find expected ':'", "write 'key: value' on each line here"),
)


class Resolver(BaseResolver):  # type: ignore[misc]  # PyYAML has no types
    """Resolves unquoted scalars by YAML 1.2's core schema, where ``on`` and ``no`` are strings, and allows ``1_000``.

    A number with a leading zero, such as ``010``, is a string: YAML 1.1 reads it as 8, YAML 1.2 as 10.
    """


class Loader(Reader, Scanner, Parser, Composer, Resolver):  # type: ignore[misc]  # PyYAML has no types
    """Parses text into nodes, whose marks have the file's name; never constructs Python objects."""

    def __init__(self, text: str, name: str) -> None:
        Reader.__init__(self, text)
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
        mark = error.problem_mark or error.context_mark
        raise InvalidModelError([_problem(_message(error), name, mark.line + 1, mark.column + 1)]) from None
    except ReaderError as error:
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
    if not is_json and not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return text
    try:
        json.loads(text, parse_int=str)  # parse_int: the size of numbers does not matter here
    except RecursionError:
        raise InvalidModelError([_problem(TOO_DEEP, name)]) from None
    except json.JSONDecodeError as error:
        if is_json:
            message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
            raise InvalidModelError([_problem(message, name, error.lineno, error.colno)]) from None
        return text
    return JSON_STRING_OR_TAB.sub(lambda found: " " if found[0] == "\t" else found[0], text)


def _message(error: MarkedYAMLError) -> str:
    full = f"{error.context or ''} {error.problem or ''}".strip()
    hint = next((hint for pattern, hint in HINTS if re.search(pattern, full)), "check what comes before it")
    problem = full if not error.problem or error.problem.startswith("but ") else error.problem
    return f"this is not YAML: {problem}. Hint: {hint}"


def _problem(message: str, name: str, line: int = 0, column: int = 0) -> Problem:
    return Problem((), message, line, column, name)
