"""Translate the fields, keys and headers of streams, and those of streams that get the rows of a reference table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from doge_datagen.language.constants import parsed
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.event_lines import LINE_NUMBER
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.operators import source
from doge_datagen.language.scope import Scope
from doge_datagen.language.table_rows import no_row
from doge_datagen.language.text_expressions import TextTranslator
from doge_datagen.language.texts import Columns, Text
from doge_datagen.language.types import INTEGER, RATE, STRING, Typed
from doge_datagen.model.spec import Stream
from doge_datagen.program.incidents import history_streams
from doge_datagen.program.population_model import PopulationModel
from doge_datagen.program.problem_collection import Attempt
from doge_datagen.program.program import Shape, purpose, purpose_of_table
from doge_datagen.program.scopes import Scopes
from doge_datagen.program.tables.reference_table import ReferenceTable

Expression = str | float | bool


def shapes_of(
    model: PopulationModel, scopes: Scopes, attempt: Attempt[Any], kept: Callable[..., Any]
) -> dict[str, Shape]:
    """How the records of each stream are composed.

    Args:
        model: the model as the population sees it.
        scopes: what expressions may use.
        attempt: runs a translation, and keeps what is wrong with it.
        kept: what a part becomes where initial strings are composed when they are shown.
    """
    of_histories = history_streams(model.spec)

    def shape(name: str, stream: Stream) -> Shape:
        table = next((it for it in model.tables.values() if it.emit == name), None)
        if table is not None:
            whole, scope = stream_of_table(stream, table), scopes.of_table(table)
            return shape_of(name, whole, scope, partial(purpose_of_table, name), attempt, kept)
        if name in of_histories:
            return shape_of(name, stream, scopes.of_history(), lambda _: 0, attempt, kept)
        drawn_for = partial(purpose, model.population, "streams", name)
        return shape_of(name, stream, scopes.of_stream(name, stream), drawn_for, attempt, kept)

    return {name: shape(name, stream) for name, stream in model.spec.streams.items()}


def shape_of(
    name: str,
    stream: Stream,
    scope: Scope,
    drawn_for: Callable[[str], int],
    attempt: Attempt[Any],
    kept: Callable[..., Any],
) -> Shape:
    """How the records of a stream are composed.

    Args:
        name: the name of the stream.
        stream: its fields, key and headers.
        scope: what they may use.
        drawn_for: the purpose of the draws of a field, by its name.
        attempt: runs a translation, and keeps what is wrong with it.
        kept: what a part becomes where initial strings are composed when they are shown.
    """
    columns = Columns()
    line = None
    if scope.lines is not None and scope.lines.within:
        line = columns.index_of(Typed(LINE_NUMBER, INTEGER))
    fields: dict[str, int | Text] = {}
    kinds: dict[str, str] = {}
    for one, given in stream.fields.items():
        # By the name of the field: a new field, or another order, must not change the draws of others.
        within = replace(scope, purpose=drawn_for(str(one)))
        found = attempt(("streams", name, "fields", one), partial(_field, within, given, columns))
        if found is not None:
            fields[one], kinds[one] = kept(found[0], columns), found[1]
    # A key that is drawn anew would scatter the records of one subject over all partitions.
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
