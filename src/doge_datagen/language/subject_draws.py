"""Translate whom a draw of a subject selects: everybody, all others, or those who have arrived recently."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import source
from doge_datagen.language.parameters import Translator
from doge_datagen.language.references import Subjects
from doge_datagen.language.time.units import NEVER
from doge_datagen.language.types import DURATION, INTEGER, Typed, a

OTHER, RECENT = "other", "recent"
EVERYBODY = str(NEVER)
"""So many subjects, or milliseconds, that nobody is left out."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Whom a draw of a subject selects.

    Attributes:
        other: whether the subject that draws is left out.
        most: the code of how many of those who arrived last are selected.
        span: the code of how long ago they have arrived at most, in milliseconds.
    """

    other: bool
    most: str = EVERYBODY
    span: str = EVERYBODY


def selection(node: ast.Call, subjects: Subjects, within: Translator) -> Selection:
    """Translate the parameters of a draw of a subject.

    Raises:
        ExpressionError: nobody can be drawn like that.
    """
    if subjects.spawned:
        problem = f"subjects of {subjects.name} are spawned, and only those of other populations can be drawn"
        raise ExpressionError(node, f"{problem}. Hint: draw one that has count or arrives, or read parent")
    given = {str(it.arg): it.value for it in node.keywords}
    other, recent = _excludes_itself(given.pop(OTHER, None)), given.pop(RECENT, None)
    if given:
        hint = did_you_mean(next(iter(given)), [OTHER, RECENT])
        hint = hint if hint.startswith("did") else "write other=True to leave out the subject itself, or recent=100"
        raise ExpressionError(node, f"{subjects.name} is a population, not a table. Hint: {hint}")
    if other and not subjects.own:
        raise ExpressionError(node, f"nobody of {subjects.name} is the subject itself. Hint: remove other=True")
    if not subjects.arrives and subjects.count <= other:
        raise ExpressionError(node, f"{subjects.name} has nobody else. Hint: give it a count of 2 or more")
    if recent is None:
        return Selection(other)
    if not subjects.arrives:
        problem = f"subjects of {subjects.name} do not arrive: all of them are there from the start"
        raise ExpressionError(recent, f"{problem}. Hint: remove recent, or let them arrive")
    value = within.scalar(recent)
    _check_recent(recent, value)
    is_span = value.kind == DURATION or value.is_span
    return Selection(other, *((EVERYBODY, value.code) if is_span else (value.code, EVERYBODY)))


def _excludes_itself(value: ast.expr | None) -> bool:
    if value is None:
        return False
    if not isinstance(value, ast.Constant) or not isinstance(value.value, bool):
        raise ExpressionError(value, f"{source(value)} is not True or False. Hint: write other=True")
    return value.value


def _check_recent(node: ast.expr, value: Typed) -> None:
    hint = "write how many of the last, such as recent=100, or how long ago at most, such as recent=2 h"
    if value.kind not in (INTEGER, DURATION):
        raise ExpressionError(node, f"{source(node)} is {a(value.kind)}. Hint: {hint}")
    if value.constant is not None and value.constant <= 0:  # type: ignore[operator]  # of these types it is a number
        raise ExpressionError(node, f"{source(node)} selects nobody. Hint: {hint}")
