"""Parse text into Python's syntax tree, which has a normal form; the text itself is never executed."""

from __future__ import annotations

import ast
import io
import textwrap
import tokenize
import warnings
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from doge_datagen.language import hints
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.f_strings import SIDE_BY_SIDE, check_f_strings
from doge_datagen.language.time import duration_literals
from doge_datagen.language.time.duration_literals import Duration

# Python's parser takes memory in proportion to the text, and model files may come from others.
LONGEST = 20_000
LONGEST_CODE = 100_000
"""How many characters of code an expression may become."""
TOO_DEEP = "nested too deeply. Hint: split it up"


def statements(text: str) -> list[ast.stmt]:
    """Parse the statements of an action; they may be indented as a whole, as in a triple-quoted string.

    Raises:
        ExpressionError: the text is not valid Python.
    """
    text = _with_line_feeds(text)
    return _parsed(text, textwrap.dedent(text)).body


class Whole(ast.Load):
    """The context of a name that is a whole expression, and so may have been meant as a string."""


def expression(text: str) -> ast.expr:
    """Parse a text that is a single expression.

    Raises:
        ExpressionError: it is not an expression.
    """
    text = _with_line_feeds(text)
    bare = text.strip()
    before = text[: text.index(bare)].count("\n")  # leading empty lines are kept, so that line numbers are right
    try:
        body = _parsed(text, "\n" * before + bare).body
    except ExpressionError as error:
        hint = hints.of_words(bare) if str(error).endswith(hints.VAGUELY) else None
        if not hint:
            raise
        column = text.index(bare) - text.rfind("\n", 0, text.index(bare))
        raise ExpressionError(
            None, f"{shown(text)} is not understood: {hint}", line=before + 1, column=column
        ) from None
    if len(body) == 1 and isinstance(body[0], ast.Expr):
        found = body[0].value
        if isinstance(found, ast.Name):
            found.ctx = Whole()
        return found
    raise ExpressionError(
        body[0] if body else None, f"{shown(text)} is not an expression. Hint: give one, such as index + 1"
    )


def _with_line_feeds(text: str) -> str:
    """The text with all line endings as line feeds, as Python's parser sees them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parsed(given: str, text: str) -> ast.Module:
    """Parse a dedented text; the tree's columns are those of the text given, before dedenting."""
    if len(given) > LONGEST:
        raise ExpressionError(None, f"{len(given):,} characters are too many. Hint: give {LONGEST:,} at most")
    _check_f_strings(given, text)
    # Before Python parses it, which refuses 30 d.
    replaced = duration_literals.replaced(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's syntax warnings; what matters is rejected here
            tree = ast.parse(replaced.text)
    except SyntaxError as error:
        # A misspelt unit is most often what the parser has stumbled over, and says more than its message.
        _check_durations(given, text, replaced.unknown)
        raise _not_understood(error, given, text) from None
    except (ValueError, UnicodeError) as error:
        raise ExpressionError(None, f"{shown(given)} is not understood: {hints.of_syntax('', str(error))}") from None
    # Python's parser raises MemoryError for what is nested too deeply.
    except (RecursionError, MemoryError):
        raise ExpressionError(None, TOO_DEEP) from None
    _check_durations(given, text, replaced.invalid)
    _check_apart(given, text, replaced.text)
    duration_literals.put_back(tree, replaced.durations)
    if given != text or not text.isascii():
        _count_in_characters(tree, text.split("\n"), _moved(given, text))
    return tree


def _check_f_strings(given: str, text: str) -> None:
    """Check f-strings before Python parses them, so that the error is the same in every Python version."""
    try:
        check_f_strings(text)
    except ExpressionError as refused:
        raise _of_given(refused, given, text) from None


def _check_durations(given: str, text: str, problems: Sequence[tuple[int, str]]) -> None:
    """Raise the first problem with a duration, if there is one."""
    for at, problem in problems:
        raise _of_given(duration_literals.refused(text, at, problem), given, text)


def _of_given(refused: ExpressionError, given: str, text: str) -> ExpressionError:
    """The error with its column in the text given, before dedenting."""
    column = refused.column + _moved(given, text)[refused.line - 1]
    return ExpressionError(None, refused.message, line=refused.line, column=column)


def _check_apart(given: str, text: str, replaced: str) -> None:
    """Reject adjacent string literals, which Python would concatenate: most often a comma is missing."""
    # Two strings have four quotes, so most expressions need not be tokenized.
    if text.count("'") + text.count('"') < 4:
        return
    ended = False
    for token in tokenize.generate_tokens(io.StringIO(replaced).readline):
        kind = tokenize.tok_name[token.type]
        if ended and kind in {"STRING", "FSTRING_START"}:
            row, column = token.start
            problem = SIDE_BY_SIDE.format((token.line if text == replaced else text.split("\n")[row - 1]).strip())
            raise ExpressionError(None, problem, line=row, column=column + 1 + _moved(given, text)[row - 1])
        if kind not in {"NL", "COMMENT"}:
            ended = kind in {"STRING", "FSTRING_END"}


def tree_of(text: str) -> ast.Module:
    """Parse a text that is known to be valid Python; columns are counted in characters."""
    tree = ast.parse(text)
    if not text.isascii():
        _count_in_characters(tree, text.split("\n"), _moved(text, text))
    return tree


def _not_understood(error: SyntaxError, given: str, text: str) -> ExpressionError:
    if error.msg == "too many nested parentheses":
        return ExpressionError(None, TOO_DEEP, line=error.lineno or 1, column=1)
    row, lines, moved = error.lineno or 1, text.split("\n"), _moved(given, text)
    line = lines[row - 1] if row <= len(lines) else ""
    problem = f"{shown(line.strip() or given)} is not understood: {hints.of_syntax(line, error.msg)}"
    column = max(error.offset or 1, 1) + (moved[row - 1] if row <= len(moved) else 0)
    return ExpressionError(None, problem, line=row, column=column)


def _moved(given: str, text: str) -> list[int]:
    """For each line, how much further it is indented in the text given."""
    pairs = zip_longest(given.split("\n"), text.split("\n"), fillvalue="")
    return [(len(one) - len(one.lstrip())) - (len(other) - len(other.lstrip())) for one, other in pairs]


def _count_in_characters(tree: ast.Module, lines: list[str], moved: list[int]) -> None:
    """Convert the tree's columns, which Python counts in bytes, to characters of the text given."""
    for node in ast.walk(tree):
        row = getattr(node, "lineno", 0) - 1
        if isinstance(node, ast.stmt | ast.expr) and 0 <= row < len(lines):
            # Python counts bytes of UTF-8. Within f-strings its columns differ between versions, and may cut a
            # character.
            before = lines[row].encode()[: node.col_offset].decode(errors="ignore")
            node.col_offset = len(before) + moved[row]


def shown(text: str) -> str:
    """The text as an error quotes it: its first line, shortened.

    >>> shown('balance += 1')
    "'balance += 1'"
    """
    first, *others = text.strip().splitlines() or [""]
    return repr(first[:57] + "..." if len(first) > 60 or others else first)


IGNORED_FIELDS = frozenset({"ctx", "kind", "type_comment", "type_params"})
"""Fields of syntax trees that are ignored: they mean nothing in a model, and some Python versions lack them."""


def canonical(tree: ast.AST | list[Any] | object) -> Any:
    """Return a syntax tree as lists, mappings and strings; the same in every Python version.

    ``ast.dump`` and ``ast.unparse`` are no substitute: their output differs between Python versions.

    >>> canonical(ast.parse("(x)+'1'", mode='eval').body) == canonical(ast.parse('x + "1"  # one', mode='eval').body)
    True
    >>> canonical(ast.parse('-x', mode='eval').body)
    ['UnaryOp', {'op': ['USub', {}], 'operand': ['Name', {'id': "'x'"}]}]
    """
    if isinstance(tree, list):
        return [canonical(part) for part in tree]
    if isinstance(tree, Duration):
        return f"{tree.milliseconds} ms"
    if not isinstance(tree, ast.AST):
        return repr(tree)
    # Empty fields are left out, as newer versions of Python add some.
    kept = {name: part for name, part in ast.iter_fields(tree) if name not in IGNORED_FIELDS and part not in (None, [])}
    return [type(tree).__name__, {name: canonical(part) for name, part in kept.items()}]
