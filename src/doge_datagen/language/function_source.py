"""Read actions that are given as Python functions from their source code."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Collection, Mapping
from types import FunctionType
from typing import Any

from doge_datagen.errors import did_you_mean
from doge_datagen.language import parse
from doge_datagen.language.calls import FUNCTIONS, RESERVED
from doge_datagen.language.constants import literal, located
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import source
from doge_datagen.language.scope import WORDS
from doge_datagen.language.time.calls import CALENDAR

WANTED = "give a function of two parameters: def spending(subject, draw)"
KNOWN_MODULES = ("builtins", "math", "random")
"""Modules whose functions mean the same in a model."""


def body_of(do: str | Callable[..., Any], taken: Collection[str] = ()) -> list[ast.stmt]:
    """Return the statements of an action, given as text or as a function; those of a function keep their line numbers.

    Args:
        do: text or function.
        taken: names that the function's local variables must not have, such as those of the attributes.

    Raises:
        ExpressionError: the text is not valid Python, or the function's source is not available.
    """
    return parse.statements(do) if isinstance(do, str) else _function_body(do, taken)


def text_of(function: Callable[..., Any], taken: Collection[str] = ()) -> str:
    """Return the text of an action equivalent to a function; ``taken`` as in :func:`body_of`.

    Raises:
        ExpressionError: its source is not available, or it is not an action.
    """
    return "\n".join(ast.unparse(statement) for statement in _function_body(function, taken))


def invalid_targets(do: object, attributes: Collection[str]) -> dict[str, ExpressionError]:
    """Return, by name, an error for each assignment in a function to something of subject or draw but an attribute."""
    if not isinstance(do, FunctionType):
        return {}
    definition = _definition(do)
    subject, draw = (argument.arg for argument in definition.args.args)
    targets = [it for node in ast.walk(definition) if isinstance(node, ast.Assign) for it in node.targets]
    errors: dict[str, ExpressionError] = {}
    for target in sorted(targets, key=lambda it: (it.lineno, it.col_offset)):
        match target:
            case ast.Attribute(ast.Name(id=owner), name) if name not in (*WORDS, *FUNCTIONS):
                if owner == draw:
                    problem = f"{draw}.{name} cannot be assigned. Hint: write {subject}.{name}"
                    errors.setdefault(name, ExpressionError(target, problem))
                elif owner == subject and name not in attributes:
                    problem = f"{name!r} is not an attribute. Hint: {did_you_mean(name, attributes)}"
                    errors.setdefault(name, ExpressionError(target, problem))
    return errors


def subject_in(do: object) -> str:
    """The prefix of attributes in an action that is a function, such as ``subject.``; empty for text."""
    return f"{do.__code__.co_varnames[0]}." if isinstance(do, FunctionType) else ""


def file_of(do: object) -> str:
    """The file to which an action's line numbers refer: that of a function; empty for text."""
    return do.__code__.co_filename if isinstance(do, FunctionType) else ""


def _function_body(function: Callable[..., Any], taken: Collection[str]) -> list[ast.stmt]:
    definition = _definition(function)
    names = [argument.arg for argument in definition.args.args]
    others = (
        definition.args.kwonlyargs or definition.args.posonlyargs or definition.args.vararg or definition.args.kwarg
    )
    if len(names) != 2 or others or definition.args.defaults:
        raise ExpressionError(
            definition, f"{definition.name} takes {ast.unparse(definition.args) or 'nothing'}. Hint: {WANTED}"
        )
    own = _stored(definition)
    for name in own & set(names):
        raise ExpressionError(definition, f"the parameter {name!r} is assigned. Hint: use another name")
    # A name that the function assigns is local in all of it, whatever is called so outside.
    outside = {name: value for name, value in _outside(function).items() if name not in own}
    reading = _Reading((names[0], names[1]), outside, _renamed(own, {*taken, *RESERVED}))
    body = [reading.visit(statement) for statement in definition.body]
    return [statement for statement in body if not _is_text(statement)]


def _definition(function: Callable[..., Any]) -> ast.FunctionDef:
    if not isinstance(function, FunctionType):
        raise ExpressionError(
            None, f"{function!r} is not a plain function, so its source is not available. Hint: {WANTED}"
        )
    if function.__name__ == "<lambda>":
        raise ExpressionError(None, f"a lambda cannot assign. Hint: {WANTED}")
    try:
        # From the file and not from the byte code, whose instructions differ between Python versions.
        lines, first = inspect.getsourcelines(function)
        # An indented definition is wrapped in a block, so that its columns stay those of the file.
        block = lines[0][:1].isspace()
        found = parse.tree_of(("if True:\n" if block else "") + "".join(lines)).body[0]
    except (OSError, TypeError, SyntaxError) as error:
        name = function.__qualname__
        raise ExpressionError(
            None, f"the source of {name} is not available ({error}). Hint: give the action as a string"
        ) from None
    # Errors then name the lines of the user's file.
    ast.increment_lineno(found, first - 1 - block)
    found = found.body[0] if isinstance(found, ast.If) else found
    if not isinstance(found, ast.FunctionDef):
        raise ExpressionError(found, f"{function.__qualname__} is not defined by a plain def. Hint: {WANTED}")
    # A decorator may change what the function does, and its source is elsewhere.
    if found.decorator_list or hasattr(function, "__wrapped__"):
        raise ExpressionError(found, f"{found.name} is decorated, which is not supported. Hint: remove the decorator")
    return found


def _stored(definition: ast.FunctionDef) -> set[str]:
    """The function's local variables."""
    return {node.id for node in ast.walk(definition) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _renamed(own: Collection[str], taken: Collection[str]) -> dict[str, str]:
    """New names for the local variables whose names are taken."""
    renamed: dict[str, str] = {}
    # Sorted, so that the new names, and the identity of the run with them, are the same in each process.
    for name in sorted(set(own) & set(taken)):
        new = f"{name}_"
        while new in own or new in taken or new in renamed.values():
            new += "_"
        renamed[name] = new
    return renamed


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _outside(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The global and nonlocal names that the function uses, with their values."""
    try:
        seen = inspect.getclosurevars(function)
    except ValueError:  # a nonlocal name is not bound yet
        raise ExpressionError(
            None, f"{function.__qualname__} uses a name that has no value yet. Hint: define it first"
        ) from None
    return {**seen.globals, **seen.nonlocals}


class _Reading(ast.NodeTransformer):
    """Rewrites ``subject.balance`` to ``balance``, ``draw.random()`` to ``random()``, and constants to their values."""

    def __init__(self, parameters: tuple[str, str], outside: Mapping[str, Any], renamed: Mapping[str, str]) -> None:
        self._parameters = parameters
        self._outside = outside
        self._renamed = renamed

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self._parameters:
            # Not visited again: an attribute stays one even if a global variable has its name.
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        if node.attr in CALENDAR and isinstance(node.value, ast.Attribute):
            raise ExpressionError(node, f"{source(node)} is not allowed. Hint: write {node.attr}({source(node.value)})")
        allowed = " and ".join(f"{name}.…" for name in self._parameters)
        hint = f"write {self._parameters[1]}.{node.attr}" if node.attr in FUNCTIONS else f"use {allowed}"
        raise ExpressionError(node, f"{source(node)} is not allowed. Hint: {hint}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self._renamed:
            return ast.copy_location(ast.Name(self._renamed[node.id], node.ctx), node)
        # As a value: what a global variable is later must not change a run that is under way.
        if isinstance(node.ctx, ast.Load) and node.id in self._outside:
            return self._value(node, self._outside[node.id])
        return node

    def _value(self, node: ast.Name, value: Any) -> ast.AST:
        if isinstance(value, list | tuple):
            parts = [self._constant(node, part) for part in value]
            return ast.copy_location(ast.List(parts, ast.Load()), node)
        if callable(value):
            module = getattr(value, "__module__", None) or KNOWN_MODULES[0]  # built-in methods, as in random, have none
            if module not in KNOWN_MODULES:
                raise ExpressionError(
                    node, f"{node.id!r} is a function of {module}. Hint: known: {', '.join(FUNCTIONS)}"
                )
            return node
        return self._constant(node, value)

    def _constant(self, node: ast.Name, value: Any) -> ast.expr:
        # bool before int, of which it is a kind.
        for kind in (bool, int, float, str):
            if isinstance(value, kind):
                return located(literal(kind(value)), node)  # an Enum, for one, becomes a plain value
        allowed = "use a number, a string, a boolean or a list of them"
        raise ExpressionError(node, f"{node.id!r} is of type {type(value).__name__}. Hint: {allowed}")
