"""The initial values of a population: translated, kept where they are shown later, and as code for references to them.

Strings of subjects that are there from the start are composed once, before the run. Those of subjects that come and go
would have to be stored one by one and removed again; the numbers in them are attributes like all others.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.operators import convert, source
from doge_datagen.language.scope import INDEX, NOW, Scope, attribute_code
from doge_datagen.language.subject_references import FirstValue
from doge_datagen.language.table_rows import PICKS, number_of_picks, picks, rows_of
from doge_datagen.language.text_expressions import TextTranslator
from doge_datagen.language.texts import Columns, Either, InitialText, Joined, ShownValue, Text
from doge_datagen.language.types import ANY_TEXT, DURATION, INTEGER, KINDS, STRING, TIMESTAMP, Typed, a
from doge_datagen.model.spec import Attribute
from doge_datagen.program.program import Start

NUMBERS = frozenset(KINDS) - {STRING}


def starts_of(
    name: str, attribute: Attribute, node: ast.expr, scope: Scope, *, written: bool, texts: frozenset[str]
) -> tuple[Start, ...]:
    """How an attribute starts, behind the hidden attributes that it consists of, if any.

    Args:
        name: the name of the attribute.
        attribute: the attribute.
        node: the tree of its first value.
        scope: what that may use.
        written: whether actions assign it.
        texts: if it is a string, what actions may assign.

    Raises:
        ExpressionError: the first value is not allowed, or does not fit the attribute.
    """
    if isinstance(node, ast.Call) and source(node.func) == PICKS:
        return _several(name, node, ExpressionTranslator(scope))
    showing = TextTranslator(ExpressionTranslator(scope))
    text = showing.text(node) if attribute.values is None else None
    # A string of a known set is a number that code can compare; any other has to be composed, and only be shown.
    if text is not None and not _of_closed_set(scope, node):
        return (_initial_string(name, attribute, text, showing),)
    found = _converted(node, ExpressionTranslator(scope).scalar(node), attribute)
    values = _values(name, attribute, found, scope, texts)
    # What nobody writes and costs nothing to calculate needs no column for millions of subjects.
    stored = written or not (found.code == INDEX.code or found.constant is not None)
    code = attribute_code(name) if stored else found.code
    # An attribute that changes must not be folded by whoever reads it.
    constant = None if written else found.constant
    return (Start(name, Typed(code, found.kind, values, constant), stored, found.code),)


def stand_in(name: str, attribute: Attribute) -> Start:
    """A placeholder for an invalid attribute of known type, so that its uses are still checked."""
    kind = attribute.type if attribute.type in NUMBERS else STRING
    values = frozenset(attribute.values or ())
    return Start(name, Typed(attribute_code(name), str(kind), values), stored=True, code="0")


def _several(name: str, node: ast.Call, within: ExpressionTranslator) -> tuple[Start, ...]:
    """An attribute that has several rows of a table, each of which is a hidden attribute."""
    parts: list[Typed] = []
    hidden: list[Start] = []
    for number in range(number_of_picks(node)):
        drawn = picks(node, within, tuple(it.code for it in parts))
        parts.append(replace(drawn, code=attribute_code(kept_name(name, number))))
        hidden.append(Start(kept_name(name, number), parts[-1], stored=True, code=drawn.code))
    return (*hidden, Start(name, rows_of(tuple(parts)), stored=False, code=""))


def _initial_string(name: str, attribute: Attribute, text: Text, showing: TextTranslator) -> Start:
    if attribute.type not in (None, STRING):
        raise ExpressionError(None, f"{attribute.start!r} is a string, not {a(attribute.type)}")
    return Start(name, Typed("", STRING), stored=False, code="", text=text, columns=tuple(showing.columns))


def _converted(node: ast.expr, value: Typed, attribute: Attribute) -> Typed:
    kind = attribute.type or value.kind
    if kind in (TIMESTAMP, DURATION) and value.kind == INTEGER:
        return Typed(value.code, kind, constant=value.constant)
    return convert(node, value, kind)


def _values(name: str, attribute: Attribute, value: Typed, scope: Scope, texts: frozenset[str]) -> frozenset[str]:
    if attribute.values is None:
        return value.values | texts if value.kind == STRING else frozenset()
    if value.kind != STRING:
        raise ExpressionError(None, f"values are for strings, and {attribute.start!r} is {a(value.kind)}")
    for strange in sorted(value.values - {*attribute.values, ANY_TEXT}):
        hint = did_you_mean(strange, attribute.values)
        raise ExpressionError(None, f"{strange!r} is not one of the values of {name!r}. Hint: {hint}")
    # Given numbers now, as generated code may compare with each, also with those that are never assigned.
    for text in attribute.values:
        scope.data.text(text)
    return frozenset(attribute.values)


def _of_closed_set(scope: Scope, node: ast.expr) -> bool:
    """Whether a string is one of a known set, so that it needs no composing at run time."""
    try:
        ExpressionTranslator(scope).scalar(node)
    except ExpressionError:
        return False
    return True


ATTRIBUTE = re.compile(r"\ba_\w+")
# Attributes that are written out in each other, and these in others, grow exponentially.
LONGEST = 10_000
"""So much code gives a first value at most; one that depends on many others, each of which does too, has more."""


def first_values(starts: Iterable[Start]) -> Mapping[str, FirstValue]:
    """How each attribute begins, in terms of the subject alone: attributes that it depends on are written out.

    Args:
        starts: how the attributes of a population start, in order.
    """
    codes: dict[str, str] = {}
    found: dict[str, FirstValue] = {}

    def whole(code: str) -> str:
        return ATTRIBUTE.sub(lambda name: codes.get(name[0], name[0]), code)

    for start in starts:
        if start.text is not None:
            columns = tuple(replace(it, code=whole(it.code)) for it in start.columns)
            found[start.name] = FirstValue(start.typed, start.text, columns)
        elif start.code or not start.stored:
            code = whole(start.code or start.typed.code)
            # In parentheses, as it may be inserted next to an operator that binds more strongly.
            codes[attribute_code(start.name)] = f"({code})"
            found[start.name] = FirstValue(replace(start.typed, code=code))
    return {name: it for name, it in found.items() if not _is_long(it)}


def _is_long(value: FirstValue) -> bool:
    return any(len(it.code) > LONGEST for it in (value.typed, *value.columns))


Shown = TypeVar("Shown", int | Text, Text)
IndexOf = Callable[[int], int]


def kept_name(attribute: str, number: int) -> str:
    """The hidden attribute that keeps a value shown in an initial string; no attribute of a model has such a name."""
    return f"0{number}_{attribute}"


def kept_columns(start: Start) -> Iterator[tuple[int, Typed, str]]:
    """The values of an initial string that are kept, with their numbers and the names of their hidden attributes."""
    for number, column in enumerate(start.columns):
        # The index is known of every subject, so nothing has to be kept.
        if column.code != INDEX.code:
            yield number, column, kept_name(start.name, number)


def kept_starts(start: Start) -> Iterator[Start]:
    """The hidden attributes of an initial string; none for other attributes."""
    for _, column, name in kept_columns(start):
        code = NOW.code if column.code == NOW.code else ""
        yield Start(name, replace(column, code=attribute_code(name), constant=None), stored=True, code=code)


def computed_names(start: Start) -> tuple[str, ...]:
    """The hidden attributes of an initial string that its function computes: all but the moment of the arrival."""
    return tuple(name for _, column, name in kept_columns(start) if column.code != NOW.code)


def from_kept(part: Shown, columns: Columns, starts: Mapping[str, Start]) -> Shown:
    """A part of a record in which initial strings are composed from what is kept of them.

    Args:
        part: the number of a column, or a string.
        columns: those of the record; values that are kept are added.
        starts: the attributes by name.
    """
    match part:
        case InitialText():
            return _composed(starts[part.attribute], columns, starts)
        case Joined():
            return Joined(tuple(from_kept(it, columns, starts) for it in part.parts))
        case Either():
            then, otherwise = (from_kept(it, columns, starts) for it in (part.then, part.otherwise))
            return Either(part.column, then, otherwise)
        case _:
            return part


def _composed(start: Start, columns: Columns, starts: Mapping[str, Start]) -> Text:
    names = {number: name for number, _, name in kept_columns(start)}

    def index_of(number: int) -> int:
        kept = names.get(number)
        return columns.index_of(INDEX if kept is None else starts[kept].typed)

    assert start.text is not None  # noqa: S101 - it is an initial string; for the type checker
    return from_kept(_renumbered(start.text, index_of), columns, starts)


def _renumbered(text: Text, index_of: IndexOf) -> Text:
    match text:
        case ShownValue():
            return replace(text, column=index_of(text.column))
        case Joined():
            return Joined(tuple(_renumbered(it, index_of) for it in text.parts))
        case Either():
            return Either(
                index_of(text.column), _renumbered(text.then, index_of), _renumbered(text.otherwise, index_of)
            )
        case _:
            return text
