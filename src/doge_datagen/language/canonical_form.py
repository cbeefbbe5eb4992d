"""A normal form of code, independent of spacing, quotes, redundant parentheses and comments."""

from __future__ import annotations

import ast
from typing import Any

from doge_datagen.language.time.duration_literals import Duration

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
    kept = {name: part for name, part in ast.iter_fields(tree) if name not in IGNORED_FIELDS and part not in (None, [])}
    return [type(tree).__name__, {name: canonical(part) for name, part in kept.items()}]
