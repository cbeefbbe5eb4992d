"""Translate string expressions of records, which are composed after their values have been computed."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.expressions import DEEPEST, ExpressionTranslator
from doge_datagen.language.literals import checked_text
from doge_datagen.language.operators import source, truth
from doge_datagen.language.parse import TOO_DEEP
from doge_datagen.language.scope import ID, INDEX, PARENT
from doge_datagen.language.table_rows import no_row, text_of_subject
from doge_datagen.language.texts import Columns, Either, InitialText, Joined, Literal, ShownValue, Text
from doge_datagen.language.types import BOOLEAN, DURATION, FLOAT, INTEGER, STRING, TIMESTAMP, Typed, a

LONGEST_FORMAT = 20
SAMPLES = {INTEGER: 1, FLOAT: 1.5, BOOLEAN: True, DURATION: 1}
# A width of a billion would fill the memory with spaces.
WIDEST = 999
FORMAT = re.compile(r"(?:[^{}\n]?[<>=^])?[-+ ]?z?#?0?[0-9]*[,_]?(?:\.[0-9]+)?[bdeEfFgGoxX%]?", re.ASCII)
"""The formats of Python 3.11 except ``c``, a character by its code point, which may be invalid, and ``n``, which
depends on the locale."""


class TextTranslator:
    """Translates expressions that may be strings.

    Attributes:
        columns: the values to compute first.
    """

    def __init__(self, expressions: ExpressionTranslator, columns: Columns | None = None) -> None:
        self.columns = Columns() if columns is None else columns
        self._expressions = expressions
        self._open = 0

    def text(self, node: ast.expr) -> Text | None:
        """Translate a string expression; None if it is a number, boolean or timestamp.

        Raises:
            ExpressionError: the expression is not allowed.
        """
        self._open += 1
        try:
            if self._open > DEEPEST:
                raise ExpressionError(node, f"{source(node)} is {TOO_DEEP}")
            return self._text(node)
        finally:
            self._open -= 1

    def _text(self, node: ast.expr) -> Text | None:
        match node:
            case ast.Name() | ast.Attribute() if (named := self._named(node)) is not None:
                return named
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
        """Translate an expression of any type to a string expression.

        Raises:
            ExpressionError: the expression is not allowed.
        """
        text = self.text(node)
        if text is None:
            value = self._expressions.scalar(node)
            no_row(node, value)
            return ShownValue(self.column(value), value.kind, _checked(form, node, value.kind))
        if form:
            problem = f"{source(node)} is a string, which cannot have a format such as {form}"
            raise ExpressionError(node, f"{problem}. Hint: remove the format")
        return text

    def column(self, value: Typed) -> int:
        """Return the index of a value among the computed columns; it is appended if it is new."""
        return self.columns.index_of(value)

    def _of(self, value: Typed) -> Text:
        return Literal(value.constant) if isinstance(value.constant, str) else ShownValue(self.column(value), STRING)

    def _piece(self, piece: ast.expr) -> Text:
        if isinstance(piece, ast.Constant):
            return Literal(checked_text(piece, str(piece.value)))
        # -1 is none. !r and !a would show Python's spelling of a value, which differs from what other sinks write.
        as_it_is = isinstance(piece, ast.FormattedValue) and piece.conversion == -1
        as_text = isinstance(piece, ast.FormattedValue) and piece.conversion == ord("s") and not piece.format_spec
        if not isinstance(piece, ast.FormattedValue) or not (as_it_is or as_text):
            value = piece.value if isinstance(piece, ast.FormattedValue) else piece
            raise ExpressionError(piece, f"{source(piece)} is not allowed. Hint: write {{{source(value)}}}")
        return self.shown(piece.value, _format(piece))

    def _named(self, node: ast.Name | ast.Attribute) -> Text | None:
        """A name that only strings of records can have."""
        if isinstance(node, ast.Attribute):
            return text_of_subject(node, self._expressions, self.columns)
        if node.id in self._expressions.scope.initial_strings:
            return InitialText(node.id)
        scope = self._expressions.scope
        if node.id in (ID, PARENT) and scope.population is not None and not self._expressions.hides(node.id):
            path = scope.population.path
            return self._identity(path) if node.id == ID else self._identity(path[:-1]) if path else None
        return None

    def _identity(self, path: Sequence[Typed]) -> Text:
        """The index of a root and the ordinals from there on, with dots between them."""
        numbers = [ShownValue(self.column(it), INTEGER) for it in (INDEX, *path)]
        return Joined(tuple(part for it in numbers for part in (Literal("."), it))[1:]) if path else numbers[0]

    def _sum(self, node: ast.BinOp) -> Text | None:
        before = len(self.columns)
        left, right = self.text(node.left), self.text(node.right)
        if left is not None and right is not None:
            return Joined((*_parts(left), *_parts(right)))
        # What was needed for it is not: each column is computed for every record.
        self.columns.back_to(before)
        if left is None and right is None:
            return None
        number = node.right if right is None else node.left
        raise ExpressionError(
            node, f"{source(number)} is not a string. Hint: write str({source(number)}), or an f-string"
        )

    def _either(self, node: ast.IfExp) -> Text | None:
        before = len(self.columns)
        then, otherwise = self.text(node.body), self.text(node.orelse)
        # One column with the number of the string takes less memory per record than a condition and two strings.
        if _is_known(then) and _is_known(otherwise) and (value := self._value(node)):
            self.columns.back_to(before)
            return self._of(value)
        if then is not None and otherwise is not None:
            test = truth(node.test, self._expressions.scalar(node.test))
            return Either(self.column(Typed(test, BOOLEAN)), then, otherwise)
        self.columns.back_to(before)
        if then is None and otherwise is None:
            return None
        raise ExpressionError(node, f"only one side of {source(node)} is a string. Hint: convert the other by str(...)")

    def _value(self, node: ast.expr) -> Typed | None:
        """The value of one of several known strings; None if it would be too deep for one expression."""
        try:
            return self._expressions.scalar(node)
        except ExpressionError:
            return None


def _parts(text: Text) -> tuple[Text, ...]:
    return text.parts if isinstance(text, Joined) else (text,)


def _is_known(text: Text | None) -> bool:
    """Whether a string is one of a known set."""
    return isinstance(text, Literal) or (isinstance(text, ShownValue) and text.kind == STRING)


def _format(piece: ast.FormattedValue) -> str:
    if piece.format_spec is None:
        return ""
    parts = piece.format_spec.values if isinstance(piece.format_spec, ast.JoinedStr) else []
    found = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    if len(found) != len(parts):
        raise ExpressionError(
            piece, f"{source(piece)} has a computed format. Hint: write it out, such as {{{source(piece.value)}:.2f}}"
        )
    return "".join(found)


def _checked(form: str, node: ast.expr, kind: str) -> str:
    if not form:
        return form
    if kind == TIMESTAMP:
        hint = "remove it to show ISO 8601, or write int(...) to show milliseconds"
        raise ExpressionError(node, f"{source(node)} is a timestamp, which cannot have the format {form}. Hint: {hint}")
    if not _is_format(form, SAMPLES[kind]):
        example = ".2f" if kind == FLOAT else "08d"
        raise ExpressionError(node, f"{form!r} is not a format of {a(kind)}. Hint: write one such as {example}")
    return form


def _is_format(form: str, sample: float) -> bool:
    if len(form) > LONGEST_FORMAT or not FORMAT.fullmatch(form) or max(numbers_in(form), default=0) > WIDEST:
        return False
    try:
        # By trying, as the rules of formats are Python's own.
        format(sample, form)
    except ValueError:
        return False
    return True


def numbers_in(form: str) -> Sequence[int]:
    """The numbers in a format: its width and precision, and the fill character if that is a digit.

    >>> numbers_in("0100.2f")
    [100, 2]
    """
    return [int(digits) for digits in re.findall("[0-9]+", form)]
