"""Generate the rows of reference tables whose columns are expressions, when a model is loaded."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

import pyarrow as pa

from doge_datagen.errors import MissingDriverError, ModelError
from doge_datagen.language.constants import parsed
from doge_datagen.language.errors import ExpressionError, FollowUpError
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.lookup_data import ModelData
from doge_datagen.language.operators import source
from doge_datagen.language.scope import INDEX, Scope
from doge_datagen.language.table_rows import no_row
from doge_datagen.language.text_expressions import TextTranslator
from doge_datagen.language.texts import Either, InitialText, Joined, Literal, ShownValue, Text, shown
from doge_datagen.language.types import RATE, STRING, Typed
from doge_datagen.model.reference_data import Table
from doge_datagen.model.transition import Expression
from doge_datagen.numeric.faults import VALUE, no_fault
from doge_datagen.numeric.functions import plain_names
from doge_datagen.program.fault_messages import problem_of_fault
from doge_datagen.program.program import purpose_of_table
from doge_datagen.program.tables.files import STORED, Column, ColumnsError, TableError
from doge_datagen.program.tables.provided_column import Provided, provided
from doge_datagen.program.tables.providers import ProviderError
from doge_datagen.program.tables.reference_table import ReferenceTable, array_of, known_texts, texts_of

Row = dict[str, Any]
"""The variables of the code that calculates a row: its number, and the columns so far."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A translated column.

    Attributes:
        kind: its type.
        value: its value, the string that it composes, or what provides it.
        parts: the values that the string, or a parameter of what provides it, shows.
        uses: the names in its expression, such as those of other columns.
    """

    kind: str
    value: Typed | Text | Provided
    parts: tuple[Typed, ...] = ()
    uses: Set[str] = frozenset()


def generated_columns(
    name: str,
    table: Table,
    others: Mapping[str, ReferenceTable],
    rejected: Set[str],
    constants: Mapping[str, ast.expr],
) -> dict[str, Column]:
    """The columns of a table with ``count`` rows, each of which is an expression.

    Draws depend on the names of the table and of the column, the number of the row, and the table's ``seed``. They do
    not depend on the seed of a run, so that all runs of a model have the same catalogue.

    Args:
        name: the name of the table.
        table: its definition.
        others: the tables before it, from which expressions may draw.
        rejected: those before it that are wrong.
        constants: the constants of the model.

    Raises:
        ColumnsError: expressions are wrong, or cannot be calculated.
    """
    data = ModelData(known_texts(others.values()))
    names: dict[str, Typed] = {"index": INDEX}
    composed: set[str] = set()
    unknown = set(rejected)
    scope = Scope(names, data, 0, composed, unknown=unknown, constants=constants, tables=others)
    columns: dict[str, _Column] = {}
    wrong: list[TableError] = []
    for column, given in table.columns.items():
        own = replace(scope, purpose=purpose_of_table(name, "columns", column))
        try:
            found = _parsed_column(own, column, given)
        except TableError as error:
            wrong.append(error)
            found = None
        if found is None:
            unknown.add(column)
            continue
        columns[column] = found
        if isinstance(found.value, Typed):
            # Without its constant: later columns are to use the calculated one, not to copy its code.
            names[column] = replace(found.value, code=_code(column), constant=None)
        else:
            composed.add(column)
    if len(columns) < len(table.columns):
        raise ColumnsError(wrong)
    return _Calculation(table, columns, data, others).columns()


def _parsed_column(scope: Scope, name: str, given: Expression) -> _Column | None:
    """The column of an expression as it is given; None if it depends on what is rejected."""
    try:
        node = parsed(given, scope.constants)
        found = _translated(scope, node)
    except FollowUpError:
        return None
    except ExpressionError as refused:
        raise TableError(("columns", name), refused.message, refused.line, refused.column) from None
    except MissingDriverError as missing:
        raise TableError(("columns", name), str(missing)) from None
    return replace(found, uses={it.id for it in ast.walk(node) if isinstance(it, ast.Name)})


def _code(column: str) -> str:
    return f"c_{column}"


def _translated(scope: Scope, node: ast.expr) -> _Column:
    """The column of an expression: a value, which may be a string of a known set, or else a composed string."""
    found = provided(scope, node)
    if found is not None:
        return _Column(STRING, *found)
    try:
        value = ExpressionTranslator(scope).scalar(node)
    # A composed string is no value of expressions. If it is none either, the first error is the one to show.
    except ExpressionError:
        showing = TextTranslator(ExpressionTranslator(scope))
        text = showing.text(node)
        if text is None:
            raise
        return _Column(STRING, text, tuple(showing.columns))
    no_row(node, value)
    if value.kind == RATE:
        raise ExpressionError(node, f"{source(node)} is a rate, which no column can have. Hint: multiply it by 1 d")
    return _Column(value.kind, value)


class _Calculation:
    """Calculates the rows of a table, one after the other."""

    def __init__(
        self, table: Table, columns: Mapping[str, _Column], data: ModelData, others: Mapping[str, ReferenceTable]
    ) -> None:
        self._table, self._columns = table, columns
        arrays = {name: array_of(others[it.table], data, it).data for name, it in data.arrays.items()}
        self._names = {**plain_names(), **data.rows, **arrays}
        self._texts = texts_of(data).to_pylist()
        self._fault = no_fault()
        self._data, self._others = data, others
        self._code: dict[str, CodeType] = {}
        self._before: defaultdict[int, set[str]] = defaultdict(set)
        self._left = dict(columns)
        self._wrong: list[TableError] = []

    def columns(self) -> dict[str, Column]:
        """All columns, with their types.

        Raises:
            ColumnsError: some cannot be calculated.
        """
        rows = []
        for number in range(self._table.count or 0):
            rows.append(self._row(number))
            if not self._left:
                break
        if self._wrong:
            raise ColumnsError(self._wrong)
        found = {}
        for name, column in self._columns.items():
            values = [self._shown(column, row[_code(name)]) for row in rows]
            found[name] = column.kind, pa.array(values, STORED.get(column.kind, pa.int64()))
        return found

    def _shown(self, column: _Column, value: Any) -> Any:
        return self._texts[value] if column.kind == STRING and isinstance(column.value, Typed) else value

    def _row(self, number: int) -> Row:
        seed = self._table.seed
        # The row stands for the subject, so that the draws of a row do not depend on how many rows there are.
        row: Row = {"fault": self._fault, "key0": seed & 0xFFFFFFFF, "key1": seed >> 32, "subject": number, "tick": 0}
        # A copy, as a column that fails ends those behind it while this goes on.
        for name in tuple(self._left):
            if name in self._left:
                self._calculate(name, row)
        return row

    def _calculate(self, name: str, row: Row) -> None:
        """Add the value of a column to its row; if there is none, the column and those that use it end here."""
        try:
            row[_code(name)] = self._value(self._left[name], row)
            problem = self._problem() if self._fault[0] else ""
        except (ModelError, MissingDriverError, ProviderError) as error:
            problem = str(error)
        if problem:
            # Cleared, or the next column would seem to have failed.
            self._fault[0] = 0
            self._wrong.append(TableError(("columns", name), f"row {row['subject'] + 1}: {problem}"))
            self._end(name)

    def _problem(self) -> str:
        return problem_of_fault(self._data, self._others, self._fault[0], self._fault[VALUE])

    def _end(self, name: str) -> None:
        """Calculate a column no further, nor those behind it that use it."""
        ended = {name}
        for other, column in self._left.items():
            if column.uses & ended:
                ended.add(other)
        self._left = {it: column for it, column in self._left.items() if it not in ended}

    def _value(self, column: _Column, row: Row) -> Any:
        if isinstance(column.value, Typed):
            return self._calculated(column.value, row)
        if isinstance(column.value, Provided):
            return self._provided(column.value, column.parts, row)
        return self._text(column.value, column.parts, row)

    def _provided(self, column: Provided, parts: tuple[Typed, ...], row: Row) -> str:
        given = {name: self._text(text, parts, row) for name, text in column.arguments.items()}
        return column.value(given, (row["key0"], row["key1"]), row["subject"], self._before[column.purpose])

    def _calculated(self, value: Typed, row: Row) -> Any:
        # Compiled once and not for each row, of which there may be ten million.
        code = self._code.get(value.code)
        if code is None:
            code = self._code[value.code] = compile(value.code, "<table>", "eval")
        return eval(code, self._names, row)  # noqa: S307 - generated by us from a checked expression

    def _text(self, text: Text, parts: tuple[Typed, ...], row: Row) -> str:
        match text:
            case Literal():
                return text.text
            case InitialText():
                return str(row[_code(text.attribute)])
            case Joined():
                return "".join(self._text(part, parts, row) for part in text.parts)
            case Either():
                holds = self._calculated(parts[text.column], row)
                return self._text(text.then if holds else text.otherwise, parts, row)
            case ShownValue():
                value = self._calculated(parts[text.column], row)
                return str(self._texts[value]) if text.kind == STRING else shown(value, text)
