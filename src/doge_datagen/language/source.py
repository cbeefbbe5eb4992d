"""Actions that are Python functions: their own source, read as an action's text."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Collection, Mapping
from typing import Any

from doge_datagen.language import parse
from doge_datagen.language.operators import source
from doge_datagen.language.refused import Refused

WANTED = "an action is a function of two: def spending(subject, draw)"


def body_of(do: str | Callable[..., Any], taken: Collection[str] = ()) -> list[ast.stmt]:
    """The statements of an action, whichever way it is given.

    Args:
        do: text or function.
        taken: names that a function's own variables must not have, such as those of the attributes.

    Raises:
        Refused: it is not Python, or a function whose source cannot be had.
    """
    return parse.statements(do) if isinstance(do, str) else _function_body(do, taken)


def text_of(function: Callable[..., Any], taken: Collection[str] = ()) -> str:
    """The text that says the same as a function; ``taken`` as in :func:`body_of`.

    Raises:
        Refused: its source cannot be had, or it is no action.
    """
    return "\n".join(ast.unparse(statement) for statement in _function_body(function, taken))


def _function_body(function: Callable[..., Any], taken: Collection[str]) -> list[ast.stmt]:
    definition = _definition(function)
    names = [argument.arg for argument in definition.args.args]
    others = (
        definition.args.kwonlyargs or definition.args.posonlyargs or definition.args.vararg or definition.args.kwarg
    )
    if len(names) != 2 or others or definition.args.defaults:
        raise Refused(definition, f"{definition.name} takes {ast.unparse(definition.args) or 'nothing'}; {WANTED}")
    own = {node.id for node in ast.walk(definition) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    reading = _Reading((names[0], names[1]), _outside(function), {name: f"{name}_" for name in own & set(taken)})
    body = [reading.visit(statement) for statement in definition.body]
    return [statement for statement in body if not _is_text(statement)]


def _definition(function: Callable[..., Any]) -> ast.FunctionDef:
    try:
        text = textwrap.dedent(inspect.getsource(function))
        found = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError) as error:
        raise Refused(None, f"the source of {function!r} cannot be had ({error}); give the action as text") from None
    if not isinstance(found, ast.FunctionDef):
        raise Refused(None, f"{function!r} is not defined by def; {WANTED}")
    return found


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _outside(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The plain values that the function sees around it."""
    seen = inspect.getclosurevars(inspect.unwrap(function))
    return {**seen.globals, **seen.nonlocals}


class _Reading(ast.NodeTransformer):
    """Turns ``subject.balance`` into ``balance``, ``draw.random()`` into ``random()``, constants into their values."""

    def __init__(self, parameters: tuple[str, str], outside: Mapping[str, Any], renamed: Mapping[str, str]) -> None:
        self._parameters = parameters
        self._outside = outside
        self._renamed = renamed

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self._parameters:
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        raise Refused(
            node,
            f"{source(node)} cannot be reached; there are {' and '.join(f'{name}.…' for name in self._parameters)}",
        )

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self._renamed:
            return ast.copy_location(ast.Name(self._renamed[node.id], node.ctx), node)
        if isinstance(node.ctx, ast.Load) and node.id in self._outside:
            return self._constant(node, self._outside[node.id])
        return node

    def _constant(self, node: ast.Name, value: Any) -> ast.AST:
        if isinstance(value, bool | int | float | str):
            return ast.copy_location(ast.Constant(value), node)
        if callable(value):
            return node
        raise Refused(
            node, f"{node.id!r} is {type(value).__name__}; a number, a text or a truth value can be used here"
        )
