r"""Text from outside, such as names and values, made safe to display: nothing in it steers a terminal or a viewer.

Escaped are control characters (which move the cursor or write the clipboard), marks of direction (which show a text in
another order than it has), and separators of lines. Letters of every script, emoji and their joiners stay as they are.
"""

from __future__ import annotations

import re

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
BREAKING = re.compile(f"{STEERING.pattern}|[\t\n]")


def safe(text: str) -> str:
    r"""A text of several lines; line breaks and tabs stay.

    >>> print(safe('a\x1b[2Jb\nc'))
    a\x1b[2Jb
    c
    """
    return STEERING.sub(_escaped, text)


def one_line(text: str) -> str:
    r"""A text in one line, such as a table's cell.

    >>> print(one_line('a\x1b[2Jb\nc'), one_line('\u202ecba'))
    a\x1b[2Jb\nc \u202ecba
    """
    return BREAKING.sub(_escaped, text)


def safe_json(text: str) -> str:
    r"""JSON that is displayed: another way to write the same values.

    >>> print(safe_json('{"name": "\u202ecba"}'))
    {"name": "\u202ecba"}
    """
    return STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
