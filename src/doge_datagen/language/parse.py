"""Text to Python's own syntax tree; nothing of it is ever run as it stands."""

from __future__ import annotations

import ast
import warnings

from doge_datagen.language.refused import Refused

LONGEST = 20_000
TOO_DEEP = "nested too deep; take it apart"


def statements(text: str) -> list[ast.stmt]:
    """The statements of an action.

    Raises:
        Refused: it is not Python.
    """
    return _parsed(text).body


def expression(text: str) -> ast.expr:
    """The one expression that the text is.

    Raises:
        Refused: it is not one.
    """
    body = _parsed(text.strip()).body
    if len(body) == 1 and isinstance(body[0], ast.Expr):
        return body[0].value
    raise Refused(body[0] if body else None, f"{shown(text)} is no expression; give one, such as balance + 1")


def _parsed(text: str) -> ast.Module:
    if len(text) > LONGEST:
        raise Refused(None, f"{len(text):,} characters are too long; give {LONGEST:,} at most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on how to write Python; what matters is refused here
            return ast.parse(text)
    except SyntaxError as error:
        problem = f"{shown(text)} is not understood: {error.msg}"
        raise Refused(None, problem, line=error.lineno or 1, column=error.offset or 1) from None
    except (ValueError, UnicodeError) as error:
        raise Refused(None, f"{shown(text)} is not understood: {error}") from None
    except (RecursionError, MemoryError):
        raise Refused(None, TOO_DEEP) from None


def shown(text: str) -> str:
    """The text as an error quotes it: its first line, and not too much of that.

    >>> shown('balance += 1')
    "'balance += 1'"
    """
    first, *others = text.strip().splitlines() or [""]
    return repr(first[:57] + "..." if len(first) > 60 or others else first)
