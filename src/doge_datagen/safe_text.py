"""Text from outside, such as names and values, made safe: it cannot control a terminal or mislead a reader.

Control characters (which can move the cursor or write to the clipboard), bidirectional marks (which display text in
another order) and line separators are escaped. Letters of every script, emoji and their joiners are kept.
"""

from __future__ import annotations

import re

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
BREAKING = re.compile(f"{STEERING.pattern}|[\t\n]")


def safe(text: str) -> str:
    r"""Escape a text of several lines; line breaks and tabs are kept.

    >>> print(safe('a\x1b[2Jb\nc'))
    a\x1b[2Jb
    c
    """
    return STEERING.sub(_escaped, text)


def one_line(text: str) -> str:
    r"""Escape a text for one line, such as a cell of a table; line breaks and tabs are escaped too.

    >>> print(one_line('a\x1b[2Jb\nc'), one_line('\u202ecba'))
    a\x1b[2Jb\nc \u202ecba
    """
    return BREAKING.sub(_escaped, text)


def safe_json(text: str) -> str:
    r"""Escape JSON for display; it still parses to the same values.

    >>> print(safe_json('{"name": "\u202ecba"}'))
    {"name": "\u202ecba"}
    """
    return STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def named(given: object, number: int | None = None) -> str:
    """Return the object's ``repr``, or the name of its class if its ``repr`` is only a memory address.

    Args:
        given: any object.
        number: added to the name of the class, to distinguish objects of one class.

    >>> class Users: pass
    >>> named({'user': 7}), named(Users()), named(Users(), 7)
    ("{'user': 7}", 'Users', 'Users 7')
    """
    if type(given).__repr__ is not object.__repr__:
        return repr(given)
    name = type(given).__name__
    return name if number is None else f"{name} {number}"
