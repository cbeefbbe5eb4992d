"""Translate the fields, keys and headers of streams, and those of streams that get the rows of a reference table."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from doge_datagen.language.constants import with_constants
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.lines import LINE_NUMBER
from doge_datagen.language.lookup_data import ModelData, Part, TableArray
from doge_datagen.language.operators import source
from doge_datagen.language.parse import expression
from doge_datagen.language.scope import INDEX, NOW, Scope
from doge_datagen.language.table_rows import no_row
from doge_datagen.language.text_expressions import TextTranslator
from doge_datagen.language.texts import Columns, Text
from doge_datagen.language.types import INTEGER, RATE, STRING, Typed
from doge_datagen.model.spec import Stream
from doge_datagen.program.program import Shape
from doge_datagen.program.tables.reference_table import ReferenceTable

Path = tuple[str | int, ...]
Expression = str | float | bool
Shown = TypeVar("Shown", int | Text, Text)
Made = TypeVar("Made")
Attempt = Callable[[Path, Callable[[], Made]], Made | None]


def shape_of(
    name: str,
    stream: Stream,
    scope: Scope,
    purpose: Callable[[str], int],
    attempt: Attempt[Any],
    kept: Callable[..., Any],
) -> Shape:
    """How the records of a stream are composed.

    Args:
        name: the name of the stream.
        stream: its fields, key and headers.
        scope: what they may use.
        purpose: the purpose of the draws of a field, by its name.
        attempt: runs a translation, and keeps what is wrong with it.
        kept: what a part becomes where initial strings are composed when they are shown.
    """
    columns = Columns()
    line = None
    if scope.lines is not None and scope.lines.within:
        line = columns.place(Typed(LINE_NUMBER, INTEGER))
    fields: dict[str, int | Text] = {}
    kinds: dict[str, str] = {}
    for one, given in stream.fields.items():
        within = replace(scope, purpose=purpose(str(one)))
        found = attempt(("streams", name, "fields", one), partial(_field, within, given, columns))
        if found is not None:
            fields[one], kinds[one] = kept(found[0], columns), found[1]
    no_draws = replace(scope, draws=False)
    show = partial(_shown, no_draws, columns=columns)
    key = None if stream.key is None else attempt(("streams", name, "key"), partial(show, stream.key))
    headers = {}
    for one, given in stream.headers.items():
        shown = attempt(("streams", name, "headers", one), partial(show, given))
        if shown is not None:
            headers[one] = kept(shown, columns)
    return Shape(tuple(columns), fields, kinds, None if key is None else kept(key, columns), headers, line=line)


def stream_of_table(stream: Stream, table: ReferenceTable) -> Stream:
    """The stream that gets the rows of a table; without fields of its own it has all columns, and the key as key."""
    if stream.fields:
        return stream
    return Stream({name: name for name in table.kinds}, stream.key or table.key, stream.headers)


def scope_of_table(table: ReferenceTable, scope: Scope) -> Scope:
    """What the fields of a table's stream may use: its columns, and the words that have a meaning there."""
    words = {"index": INDEX, "tick": Typed("0", INTEGER, constant=0), "timestamp": NOW}
    return replace(scope, names={**words, **_columns(table, scope.data)}, initial_strings=frozenset(), population=None)


def _columns(table: ReferenceTable, data: ModelData) -> Mapping[str, Typed]:
    found = {}
    for name, kind in table.kinds.items():
        array = data.array(TableArray(Part.COLUMN, table.name, name))
        texts = table.texts(name) if kind == STRING else frozenset()
        found[name] = Typed(f"{array}[{INDEX.code}]", kind, texts)
    return found


def parsed(given: Expression, constants: Mapping[str, ast.expr]) -> ast.expr:
    """The tree of an expression, which may be a plain number, with the values of constants in it."""
    return with_constants(expression(given) if isinstance(given, str) else ast.Constant(given), constants)


def _field(scope: Scope, given: Expression, columns: Columns) -> tuple[int | Text, str]:
    expressions = ExpressionTranslator(scope)
    showing = TextTranslator(expressions, columns)
    node = parsed(given, scope.constants)
    shown = showing.text(node)
    if shown is not None:
        return shown, STRING
    value = expressions.scalar(node)
    if value.kind == RATE:
        raise ExpressionError(node, f"{source(node)} is a rate, which no field can show. Hint: multiply it by 1 d")
    no_row(node, value)
    return showing.column(value), value.kind


def _shown(scope: Scope, given: Expression, columns: Columns) -> Text:
    return TextTranslator(ExpressionTranslator(scope), columns).shown(parsed(given, scope.constants))
