"""The parameters of a call, and what calls use of the expression translator."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Protocol

from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.lookup_data import Table, TableArray
from doge_datagen.language.scope import Scope
from doge_datagen.language.time.incident_names import IncidentName
from doge_datagen.language.types import Typed


class Translator(Protocol):
    """The expression translator, as the functions for the kinds of expressions use it.

    Attributes:
        scope: the names that may be read.
        own: the names that the text assigns.
        locals: those of them that have a value at the current statement.
    """

    scope: Scope
    own: frozenset[str]
    locals: dict[str, Typed]

    def scalar(self, node: ast.expr) -> Typed:
        """Translate a part of the expression."""

    def draw(self, node: ast.Call, name: str, parameters: Sequence[str]) -> str:
        """Return the code of the next draw."""

    def known(self, name: str) -> Typed | None:
        """The value of an attribute, a word or a local variable; None if it has none here."""

    def knows(self, name: str) -> bool:
        """Whether a name means something in the model, even if that has been rejected."""

    def hides(self, name: str) -> bool:
        """Whether an attribute or a local variable has this name."""

    def follow_up(self, node: ast.expr) -> None:
        """Raise a :class:`FollowUpError` for a name that has been rejected."""

    def array(self, what: TableArray) -> str:
        """Return the name of an array of a reference table."""

    @property
    def tables(self) -> Mapping[str, Table]:
        """The reference tables by name."""

    @property
    def incidents(self) -> Mapping[str, IncidentName]:
        """By the name of an incident, what it stands for; attributes and local variables hide it."""

    def row(self, node: ast.expr) -> Typed | None:
        """Translate an expression that is a row of a table; None if it is something else."""

    def rows(self, node: ast.expr) -> Typed | None:
        """The rows that an attribute has; None if it is something else."""


def count(node: ast.AST, name: str, values: Sequence[object], least: int, most: int) -> None:
    """Check the number of parameters.

    Raises:
        ExpressionError: there are too few or too many.
    """
    if not least <= len(values) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        parameters = "parameter" if most == 1 else "parameters"
        raise ExpressionError(node, f"{name} takes {wanted} {parameters}, not {len(values)}")


def arguments(node: ast.Call, name: str, parameters: Sequence[str]) -> dict[str, ast.expr]:
    """The parameters that are given, in order or by name.

    Raises:
        ExpressionError: one is unknown, or given twice.
    """
    count(node, name, node.args, 0, len(parameters))
    given = dict(zip(parameters, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg not in parameters:
            raise ExpressionError(
                node, f"{name} has no parameter {keyword.arg!r}. Hint: {did_you_mean(str(keyword.arg), parameters)}"
            )
        if keyword.arg in given:
            raise ExpressionError(node, f"{name} is given {keyword.arg!r} twice")
        given[str(keyword.arg)] = keyword.value
    return given
