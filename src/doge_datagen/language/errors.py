"""The error of an expression or action that is rejected, with its line and column."""

from __future__ import annotations

import ast


class ExpressionError(Exception):
    """An expression or action is not valid; ``line`` and ``column`` count characters of its text from 1."""

    def __init__(self, node: ast.AST | None, message: str, *, line: int = 0, column: int = 0) -> None:
        self.message = message
        self.line = getattr(node, "lineno", line)
        self.column = getattr(node, "col_offset", column - 1) + 1
        super().__init__(message)


class FollowUpError(ExpressionError):
    """A part cannot be checked because it uses something already rejected; this error is not reported."""


class LaterValueError(ExpressionError):
    """A first value uses an attribute, ``node``, that has none yet."""

    def __init__(self, node: ast.Name) -> None:
        self.node = node
        super().__init__(node, f"{node.id!r} gets its first value after this one. Hint: move it above this one")
