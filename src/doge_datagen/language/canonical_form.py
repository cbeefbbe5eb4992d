"""One form of code that means the same however it is spaced, quoted, put in parentheses or commented."""

from __future__ import annotations

import ast
from typing import Any

SAYS_NOTHING = frozenset({"ctx", "kind", "type_comment", "type_params"})
"""Fields of Python's trees that mean nothing in a model; some of them only some versions of Python have."""


def canonical(tree: ast.AST | list[Any] | object) -> Any:
    """A syntax tree as lists, mappings and strings; the same in every version of Python.

    ``ast.dump`` and ``ast.unparse`` will not do: what they write changes from one version of Python to the next.

    >>> canonical(ast.parse("(x)+'1'", mode='eval').body) == canonical(ast.parse('x + "1"  # one', mode='eval').body)
    True
    >>> canonical(ast.parse('-x', mode='eval').body)
    ['UnaryOp', {'op': ['USub', {}], 'operand': ['Name', {'id': "'x'"}]}]
    """
    if isinstance(tree, list):
        return [canonical(part) for part in tree]
    if not isinstance(tree, ast.AST):
        return repr(tree)
    said = {name: part for name, part in ast.iter_fields(tree) if name not in SAYS_NOTHING and part not in (None, [])}
    return [type(tree).__name__, {name: canonical(part) for name, part in said.items()}]
