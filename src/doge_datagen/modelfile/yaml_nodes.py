"""Text to nodes: YAML as people mean it, or JSON; each node knows its line and column."""

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
TOO_DEEP = f"nested more than {DEEPEST} levels deep; a model has fewer"
JSON_STRING_OR_TAB = re.compile(r'"(?:[^"\\]|\\.)*"|\t', re.DOTALL)
WAYS_OUT = (
    (r"'\\t'", "indent with spaces, not with tabs"),
    (r"character '[@`%]'", "put text that begins with it in quotes"),
    ("mapping values are not allowed here", "put text that has ': ' in it in quotes, or look at the indentation"),
    ("expected a single document", "a file has one model. Hint: remove what begins with the second '---'"),
    ("undefined alias", "say &name where the value is, before *name"),
    ("found end of line|quoted scalar", "end the text with the quote that it begins with"),
    (r"expected ',' or '[]}]', but got '[{\[]'", "inside {...} or [...] put a text that has brackets in quotes"),
    (r"expected ',' or '[]}]'", "end it with the bracket that it begins with, and separate with commas"),
    ("expected <block end>", "look at the indentation, and for a quote that is not closed before it"),
    ("could not find expected ':'", "a line here is 'key: value'"),
)


class Resolver(BaseResolver):  # type: ignore[misc]  # PyYAML has no types
    """What plain text is: YAML 1.2's core schema, where ``on`` and ``no`` are text, and ``1_000`` besides.

    A number with a zero before it, such as ``010``, is text: YAML 1.1 takes it for 8, YAML 1.2 for 10.
    """


class Loader(Reader, Scanner, Parser, Composer, Resolver):  # type: ignore[misc]  # PyYAML has no types
    """Text to nodes; nothing is constructed."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
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
    """The topmost node, None where the text is empty.

    Raises:
        InvalidModelError: the text is not YAML; ``name`` is that of its file.
    """
    readable = _without_tabs(text, name)
    try:
        return Loader(readable).get_single_node()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidModelError([_problem(_said(error), name, mark.line + 1, mark.column + 1)]) from None
    except ReaderError as error:
        before = text[: error.position]
        column = len(before) - before.rfind("\n")
        message = f"the character {chr(error.character)!a} may not stand in YAML. Hint: remove it"
        raise InvalidModelError([_problem(message, name, before.count("\n") + 1, column)]) from None
    except (YAMLError, ValueError) as error:
        raise InvalidModelError([_problem(f"this is not YAML: {error}", name)]) from None
    except RecursionError:
        raise InvalidModelError([_problem(TOO_DEEP, name)]) from None


def _without_tabs(text: str, name: str) -> str:
    """JSON may be indented with tabs, YAML may not; each becomes one space, so that columns stay."""
    is_json = name.endswith(".json")
    if not is_json and not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return text
    try:
        json.loads(text, parse_int=str)  # how large a number is does not matter here
    except RecursionError:
        raise InvalidModelError([_problem(TOO_DEEP, name)]) from None
    except json.JSONDecodeError as error:
        if is_json:
            message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
            raise InvalidModelError([_problem(message, name, error.lineno, error.colno)]) from None
        return text
    return JSON_STRING_OR_TAB.sub(lambda found: " " if found[0] == "\t" else found[0], text)


def _said(error: MarkedYAMLError) -> str:
    said = f"{error.context or ''} {error.problem or ''}".strip()
    hint = next((way for pattern, way in WAYS_OUT if re.search(pattern, said)), "look at what stands before it")
    problem = said if not error.problem or error.problem.startswith("but ") else error.problem
    return f"this is not YAML: {problem}. Hint: {hint}"


def _problem(message: str, name: str, line: int = 0, column: int = 0) -> Problem:
    return Problem((), message, line, column, name)
