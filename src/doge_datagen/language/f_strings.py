"""Check that f-strings are valid in Python 3.11, so that a model loads in every Python version.

From Python 3.12 on, the braces of an f-string may contain its own quote character, backslashes, comments and line
breaks. A model that uses these would load on one computer and not on another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doge_datagen.language.errors import ExpressionError

QUOTE = re.compile(r"#[^\n]*|(?P<prefix>[A-Za-z]*)(?P<quote>'''|\"\"\"|'|\")")
PREFIXES = frozenset({"f", "fr", "rf"})
OTHER_QUOTES = "inside the braces use other quotes than around them, such as f\"{'a' if index > 0 else 'b'}\""
SIDE_BY_SIDE = "{!r} has two adjacent strings. Hint: write a comma between them, or +"


def check_f_strings(text: str) -> None:
    """Check that every Python version reads the f-strings of a text alike.

    Raises:
        ExpressionError: some versions do not accept it.
    """
    for _ in _strings(text, 0, len(text)):
        pass


def code_parts(text: str, first: int = 0, last: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield start and end of the parts of a checked text that are code: outside of strings, and in their braces.

    >>> [text[first:last] for text in ["a + f'b{c}'"] for first, last in code_parts(text)]
    ['a + ', 'c', '']
    """
    at, last = first, len(text) if last is None else last
    for start, end in _strings(text, first, last):
        yield at, start
        found = QUOTE.match(text, start)
        if found is not None and found["prefix"].lower() in PREFIXES:
            for inner_first, inner_last in _braces(text, found.end(), end - len(found["quote"])):
                yield from code_parts(text, inner_first, inner_last)
        at = end
    yield at, last


def _strings(text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each string literal in a part of a text, after checking the f-strings."""
    at = first
    while (found := QUOTE.search(text, at, last)) is not None:
        # Comments are matched only to be skipped: an apostrophe in one begins no string.
        at = found.end()
        if found["quote"] is None:
            continue
        end = _end(text, at, last, found["quote"])
        if end is None:
            return  # Python's parser reports that it is never closed
        if found["prefix"].lower() in PREFIXES:
            _check(text, at, end, found["quote"])
        at = end + len(found["quote"])
        yield found.start(), at


def _end(text: str, at: int, last: int, quote: str) -> int | None:
    """Find the closing quote of a string; None if there is none."""
    while at < last:
        if text[at] == "\\":
            at += 1
        elif text.startswith(quote, at):
            return at
        at += 1
    return None


def _check(text: str, at: int, end: int, quote: str) -> None:
    """Check the inside of one f-string."""
    if len(quote) == 1 and "\n" in text[at:end].replace("\\\n", ""):
        raise _refused(text, text.index("\n", at), "it contains a line break. Hint: write it on one line")
    for first, last in _braces(text, at, end):
        _check_apart(text, first, last)


def _braces(text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of the expression in each pair of braces inside an f-string."""
    while at < end:
        if text[at] in "{}" and text.startswith(text[at] * 2, at):
            at += 2
        elif text[at] == "{":
            first, last = at + 1, _expression_end(text, at + 1, end)
            yield first, last
            at = _field_end(text, first, last, end)
        else:
            # A backslash hides the next character, except for a brace, which begins an expression all the same.
            at += 2 if text[at] == "\\" and text[at + 1] != "{" else 1


def _field_end(text: str, first: int, at: int, end: int) -> int:
    """Check what follows the expression in a pair of braces; return the position after them."""
    if text[at] == "!":
        at += 1
        while at < end and text[at].isalnum():
            at += 1
        if at < end and text[at].isspace():
            raise _refused(text, at, "a space follows the conversion after !. Hint: remove it")
    depth = 1
    while at < end:  # the format, which is checked later
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
        if not depth:
            return at
    raise _refused(text, first - 1, f"{{ is not closed before the string ends. Hint: {OTHER_QUOTES}")


def _expression_end(text: str, first: int, end: int) -> int:
    """Find the end of the expression in a pair of braces."""
    at, depth, quote = first, 0, ""
    while at < end:
        sign = text[at]
        if sign == "\\":
            raise _refused(text, at, "its braces contain a backslash. Hint: remove it")
        if quote:
            if text.startswith(quote, at):
                at, quote = at + len(quote) - 1, ""
        elif sign in "'\"":
            quote = sign * 3 if text.startswith(sign * 3, at) else sign
            at += len(quote) - 1
        elif sign == "#":
            raise _refused(text, at, "its braces contain a comment. Hint: remove it")
        # Inside of parentheses, a colon belongs to the expression, and != is always an operator.
        elif not depth and (sign in ":}" or (sign == "!" and text[at + 1] != "=")):
            return at
        else:
            depth += (sign in "([{") - (sign in ")]}")
        at += 1
    raise _refused(text, first - 1, f"{{ is not closed before the string ends. Hint: {OTHER_QUOTES}")


def _check_apart(text: str, first: int, last: int) -> None:
    """Reject adjacent string literals in the braces, which Python would concatenate."""
    before = None
    for start, end in _strings(text, first, last):
        if before is not None and not text[before:start].strip():
            row, column, line = _location(text, start)
            raise ExpressionError(None, SIDE_BY_SIDE.format(line.strip()), line=row, column=column)
        before = end


def _refused(text: str, at: int, problem: str) -> ExpressionError:
    row, column, line = _location(text, at)
    return ExpressionError(
        None, f"{line.strip()!r} has an f-string that is not understood: {problem}", line=row, column=column
    )


def _location(text: str, at: int) -> tuple[int, int, str]:
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return text.count("\n", 0, at) + 1, at - begin + 1, text[begin : end if end >= 0 else len(text)]
