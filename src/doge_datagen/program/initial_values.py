"""Translate how the attributes of a population start."""

from __future__ import annotations

import ast
from dataclasses import replace

from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.operators import convert, source
from doge_datagen.language.scope import INDEX, Scope, attribute_code
from doge_datagen.language.table_rows import PICKS, number_of_picks, picks, rows_of
from doge_datagen.language.text_expressions import TextTranslator
from doge_datagen.language.texts import Text
from doge_datagen.language.types import ANY_TEXT, DURATION, INTEGER, KINDS, STRING, TIMESTAMP, Typed, a
from doge_datagen.model.spec import Attribute
from doge_datagen.program.kept_texts import kept_name
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
    if text is not None and not _of_closed_set(scope, node):
        return (_initial_string(name, attribute, text, showing),)
    found = _converted(node, ExpressionTranslator(scope).scalar(node), attribute)
    values = _values(name, attribute, found, scope, texts)
    stored = written or not (found.code == INDEX.code or found.constant is not None)
    code = attribute_code(name) if stored else found.code
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
