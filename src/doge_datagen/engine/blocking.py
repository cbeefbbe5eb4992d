"""Which transitions may be blocked by what they do."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from textwrap import dedent
from typing import Any

from doge_datagen.model import Transition


def may_be_blocked(transition: Transition) -> bool:
    """Whether its action can refuse: it has a ``require(...)`` or a ``return``, or cannot be looked into.

    >>> may_be_blocked(Transition('buy', 'shop', 'shop', 1, do='require(balance > 0); balance -= 1'))
    True
    >>> may_be_blocked(Transition('earn', 'shop', 'shop', 1, do='balance += 1'))
    False
    """
    if transition.action_callback is not None:
        return True
    if transition.do is None:
        return False
    text = transition.do if isinstance(transition.do, str) else _source(transition.do)
    try:
        return any(_refuses(node) for node in ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError):
        return True


def _source(action: Callable[..., Any]) -> str:
    try:
        return dedent(inspect.getsource(action))
    except (OSError, TypeError):
        return "return"  # its text is not kept, so it may


def _refuses(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Name | ast.Attribute):
        return (called.id if isinstance(called, ast.Name) else called.attr) == "require"
    return isinstance(node, ast.Return | ast.Lambda)
