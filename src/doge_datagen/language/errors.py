"""What the language does not allow, with its place in the text."""

from __future__ import annotations

import ast


class ExpressionError(Exception):
    """A part of a text cannot be; ``line`` and ``column`` count from 1 in the text, in characters."""

    def __init__(self, node: ast.AST | None, message: str, *, line: int = 0, column: int = 0) -> None:
        self.message = message
        self.line = getattr(node, "lineno", line)
        self.column = getattr(node, "col_offset", column - 1) + 1
        super().__init__(message)


class FollowUpError(ExpressionError):
    """A part that cannot be judged, since it uses what has been refused already; it is not told."""
