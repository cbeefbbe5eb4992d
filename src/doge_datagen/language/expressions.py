"""Translate expressions from Python's syntax tree to the code that both engines run, over numbers only."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from doge_datagen.language import hints
from doge_datagen.language.arithmetic import binary_operation, unary_operation
from doge_datagen.language.calls import call
from doge_datagen.language.conditions import boolean_operation, comparisons, conditional
from doge_datagen.language.errors import ExpressionError, FollowUpError
from doge_datagen.language.event_lines import DRAWS_OF_A_LINE, LINE_NUMBER, is_of_line
from doge_datagen.language.literals import constant
from doge_datagen.language.lookup_data import Table, TableArray
from doge_datagen.language.names import attribute, read_name, subscript
from doge_datagen.language.operators import source
from doge_datagen.language.parameters import Translator
from doge_datagen.language.parse import LONGEST_CODE, TOO_DEEP
from doge_datagen.language.scope import Scope
from doge_datagen.language.time.incident_names import IncidentName
from doge_datagen.language.types import ROW_OF, Typed

DRAWS_AT_MOST = 2**16
DEEPEST = 90  # nested parentheses; Python's parser allows 200


class ExpressionTranslator:
    """Translates the expressions of one text; its draws are numbered in the order they are written.

    Attributes:
        scope: the names that may be read.
        own: the names that the text assigns.
        locals: the assigned names that have a value at the current statement.
        unknown: the assigned names of unknown type, since their value has been rejected.
    """

    def __init__(self, scope: Scope, own: frozenset[str] = frozenset()) -> None:
        self.scope = scope
        self.locals: dict[str, Typed] = {}
        self.unknown: set[str] = set()
        self.own = own
        self._drawn = 0
        self._open = 0
        self._known: dict[int, tuple[ast.expr, Typed]] = {}

    def scalar(self, node: ast.expr) -> Typed:
        """Translate an expression that is a number, boolean, timestamp, duration, or a string of a known set.

        A node is translated once: further calls return the same result.

        Raises:
            ExpressionError: the expression is not allowed, or of the wrong type.
        """
        translate = TRANSLATIONS.get(type(node))
        if translate is None:
            raise ExpressionError(node, f"{source(node)} is not allowed here. Hint: {hints.of_expression(node)}")
        if id(node) not in self._known:  # translating a node twice would number its draws twice
            self._open += 1
            try:
                found = translate(node, self)
            finally:
                self._open -= 1
            if len(found.code) > LONGEST_CODE or (not self._open and _depth(found.code) > DEEPEST):
                raise ExpressionError(node, f"{source(node)} is {TOO_DEEP}")
            self._known[id(node)] = node, found
        return self._known[id(node)][1]

    def draw(self, node: ast.Call, name: str, parameters: Sequence[str]) -> str:
        """Return the code of the next draw."""
        if not self.scope.draws:
            raise ExpressionError(
                node, f"{source(node)} is a draw, which is not allowed here. Hint: draw it in a field or an action"
            )
        given = "".join(f", {parameter}" for parameter in parameters)
        of_line = self.scope.lines is not None and self.scope.lines.within
        most = DRAWS_OF_A_LINE if of_line else DRAWS_AT_MOST
        if self._drawn == most:
            raise ExpressionError(node, f"{source(node)} is one draw too many. Hint: use {most} draws at most")
        self._drawn += 1
        number = f"{LINE_NUMBER} * {DRAWS_OF_A_LINE} + {self._drawn - 1}" if of_line else f"{self._drawn - 1}"
        return f"{name}(fault, key0, key1, subject, tick, {self.scope.purpose}, {number}{given})"

    @property
    def incidents(self) -> Mapping[str, IncidentName]:
        """By the name of an incident, what it stands for; attributes and local variables hide it."""
        scope = self.scope
        return {name: it for name, it in scope.incidents.items() if not (name in self.own or name in scope.names)}

    def hides(self, name: str) -> bool:
        """Whether an attribute or a local variable has this name."""
        scope = self.scope
        return name in {*self.own, *scope.names, *scope.initial_strings, *scope.unknown, *scope.later}

    def knows(self, name: str) -> bool:
        """Whether a name means something in the model, even if that has been rejected."""
        return name in self.locals or name in self.scope.names or name in self.own or name in self.scope.unknown

    def follow_up(self, node: ast.expr) -> None:
        """Raise a :class:`FollowUpError` for a name that has been rejected."""
        if isinstance(node, ast.Name) and (node.id in self.unknown or node.id in self.scope.unknown):
            raise FollowUpError(node, f"{node.id!r} has been rejected")

    def array(self, what: TableArray) -> str:
        """Return the name of an array of a reference table."""
        return self.scope.data.array(what)

    @property
    def tables(self) -> Mapping[str, Table]:
        """The reference tables by name."""
        return self.scope.tables

    def row(self, node: ast.expr) -> Typed | None:
        """Translate an expression that is a row of a table; None if it is something else."""
        if isinstance(node, ast.Name):
            found = self.known(node.id)
        else:
            may_be = isinstance(node, ast.Call | ast.Subscript | ast.IfExp) or is_of_line(node, self)
            found = self.scalar(node) if may_be else None
        return found if found is not None and found.kind.startswith(ROW_OF) else None

    def rows(self, node: ast.expr) -> Typed | None:
        """The rows that an attribute has; None if it is something else."""
        found = self.known(node.id) if isinstance(node, ast.Name) else None
        return found if found is not None and found.parts else None

    def known(self, name: str) -> Typed | None:
        """The value of an attribute, a word or a local variable; None if it has none here."""
        return self.locals.get(name) or self.scope.names.get(name)


# Any: each function takes the type of node that is its key.
TRANSLATIONS: Mapping[type[ast.expr], Callable[[Any, Translator], Typed]] = {
    ast.Constant: constant,
    ast.Name: read_name,
    ast.Attribute: attribute,
    ast.Subscript: subscript,
    ast.BinOp: binary_operation,
    ast.UnaryOp: unary_operation,
    ast.BoolOp: boolean_operation,
    ast.Compare: comparisons,
    ast.IfExp: conditional,
    ast.Call: call,
}


def _depth(code: str) -> int:
    """How deeply parentheses are nested."""
    depth = deepest = 0
    for sign in code:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest
