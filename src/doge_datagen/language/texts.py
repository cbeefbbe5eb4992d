"""Texts that records show: put together from numbers after these have been computed."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from doge_datagen.language.expressions import Expressions
from doge_datagen.language.kinds import BOOLEAN, STRING, Typed
from doge_datagen.language.operators import source, truth
from doge_datagen.language.refused import Refused

LONGEST_FORMAT = 20


@dataclass(frozen=True, slots=True)
class Literal:
    """A text as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A number, truth value, timestamp or known text, as Python's ``format`` shows it.

    Attributes:
        column: which of the computed columns has it.
        kind: its type.
        format: as after the colon in an f-string; empty for ``str``.
    """

    column: int
    kind: str
    format: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """The subject's own text, made at the start."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts one after the other."""

    parts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of two texts, as the column of truth values says."""

    column: int
    then: Text
    otherwise: Text


Text = Literal | Shown | Held | Joined | Either


class Showing:
    """Translates expressions that may be texts.

    Attributes:
        columns: what has to be computed before.
    """

    def __init__(self, expressions: Expressions, columns: list[Typed] | None = None) -> None:
        self.columns: list[Typed] = [] if columns is None else columns
        self._expressions = expressions

    def text(self, node: ast.expr) -> Text | None:
        """The text that an expression is; None where it is a number, truth value or timestamp.

        Raises:
            Refused: it is not allowed.
        """
        match node:
            case ast.Name(id=name) if name in self._expressions.scope.held:
                return Held(name)
            case ast.JoinedStr():
                return Joined(tuple(self._piece(piece) for piece in node.values))
            case ast.Call(func=ast.Name(id="str"), args=[part], keywords=[]):
                return self.shown(part)
            case ast.BinOp(op=ast.Add()):
                return self._sum(node)
            case ast.IfExp():
                return self._either(node)
        value = self._expressions.scalar(node)
        return self._of(value) if value.kind == STRING else None

    def shown(self, node: ast.expr, form: str = "") -> Text:
        """Whatever the expression is, as text.

        Raises:
            Refused: it is not allowed.
        """
        text = self.text(node)
        if text is None:
            value = self._expressions.scalar(node)
            return Shown(self.column(value), value.kind, form)
        if form:
            raise Refused(node, f"{source(node)} is a text; only numbers can have a format such as :{form}")
        return text

    def column(self, value: Typed) -> int:
        """The place of a value among the computed columns; it is added where it is new."""
        if value not in self.columns:
            self.columns.append(value)
        return self.columns.index(value)

    def _of(self, value: Typed) -> Text:
        return Literal(value.constant) if isinstance(value.constant, str) else Shown(self.column(value), STRING)

    def _piece(self, piece: ast.expr) -> Text:
        if isinstance(piece, ast.Constant):
            return Literal(str(piece.value))
        if not isinstance(piece, ast.FormattedValue) or piece.conversion not in (-1, ord("s")):
            raise Refused(piece, f"{source(piece)} is not allowed in a text; there is {{value}} and {{value:format}}")
        return self.shown(piece.value, _format(piece))

    def _sum(self, node: ast.BinOp) -> Text | None:
        before = list(self.columns)
        left, right = self.text(node.left), self.text(node.right)
        if left is not None and right is not None:
            return Joined((left, right))
        self.columns[:] = before
        if left is None and right is None:
            return None
        number = node.right if right is None else node.left
        raise Refused(node, f"{source(number)} is no text; write str({source(number)}), or an f-string")

    def _either(self, node: ast.IfExp) -> Text | None:
        before = list(self.columns)
        then, otherwise = self.text(node.body), self.text(node.orelse)
        if then is not None and otherwise is not None:
            test = truth(node.test, self._expressions.scalar(node.test))
            return Either(self.column(Typed(test, BOOLEAN)), then, otherwise)
        self.columns[:] = before
        if then is None and otherwise is None:
            return None
        raise Refused(node, f"{source(node)} is a text or not; make both sides one, such as str(...)")


def _format(piece: ast.FormattedValue) -> str:
    if piece.format_spec is None:
        return ""
    parts = piece.format_spec.values if isinstance(piece.format_spec, ast.JoinedStr) else []
    found = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    if len(found) != len(parts):
        raise Refused(piece, f"{source(piece)}: a format is written as it is, such as {{amount:.2f}}")
    return _checked("".join(found), piece)


def _checked(form: str, piece: ast.FormattedValue) -> str:
    try:
        if len(form) <= LONGEST_FORMAT and not any(len(digits) > 3 for digits in _numbers(form)):
            _ = f"{1:{form}}", f"{1.5:{form}}" if not form.endswith(tuple("bcdoxX")) else ""
            return form
    except ValueError:
        pass
    raise Refused(piece, f"{form!r} is no format of a number; write such as .2f or 08d")


def _numbers(form: str) -> Sequence[str]:
    return "".join(sign if sign.isdigit() else " " for sign in form).split()
