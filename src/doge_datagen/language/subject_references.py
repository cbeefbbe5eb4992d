"""References to subjects: an expression draws one from a population, and reads the values that it was born with.

A first value is a function of the seed, the subject's index and the moment at which its life begins, so no value is
looked up: wherever one is read, the code of the expression that gives it is repeated for the other subject. Subjects of
a population with ``count`` begin with the run; the moments at which others arrive are looked up.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from doge_datagen.draws import SUBJECTS_AT_MOST
from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.literals import flag
from doge_datagen.language.operators import source
from doge_datagen.language.parameters import Translator
from doge_datagen.language.scope import ID, INDEX
from doge_datagen.language.texts import Columns, Either, InitialText, Joined, ShownValue, Text
from doge_datagen.language.time.units import NEVER
from doge_datagen.language.types import DURATION, INTEGER, STRING, Typed, a

# Everything that the code of a first value may depend on, apart from columns; these were written out before.
OF_SUBJECT = re.compile(r"\b(?:subject|tick|timestamp|key[01])\b")
NUMBER = "index"


@dataclass(frozen=True, slots=True)
class FirstValue:
    """The first value of an attribute, as code about its own subject at the moment at which it begins.

    Attributes:
        typed: the value; of a string that is composed when it is shown, only the type.
        text: that string; None for other attributes.
        columns: the values that have to be computed for it.
    """

    typed: Typed
    text: Text | None = None
    columns: tuple[Typed, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """A population whose subjects expressions may refer to, in the form of a table with a row for each.

    Attributes:
        name: its name.
        number: how many there are from the start.
        own: whether whoever refers is one of them.
        tick_ms: the length of a tick of whoever refers, in milliseconds.
        attributes: the names of their attributes.
        first: gives the first values by attribute, as far as they can be calculated; called once.
        used: the names of populations whose number of subjects some code depends on; it is added when it does.
        moments: gives the name of the moments at which they arrive in the code; None if they do not arrive.
        spawned: whether they begin with events of others, so that nobody knows how many there are.
        seed: where whoever refers draws with a key of its own, gives the names of that of the run in the code.
    """

    name: str
    number: int
    own: bool
    tick_ms: int
    attributes: tuple[str, ...]
    first: Callable[[], Mapping[str, FirstValue]]
    used: set[str]
    moments: Callable[[], str] | None = None
    spawned: bool = False
    seed: Callable[[], tuple[str, str]] | None = None
    key: None = None
    _known: dict[str, FirstValue] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many there are from the start."""
        self.used.add(self.name)
        return self.number

    @property
    def arrives(self) -> bool:
        """Whether more of them arrive."""
        return self.moments is not None

    @property
    def since_start(self) -> str:
        """The code of how long ago the run began for whoever refers, in milliseconds."""
        return "tick" if self.tick_ms == 1 else f"tick * {self.tick_ms}"

    @property
    def kinds(self) -> Mapping[str, str]:
        """The type of what can be read of a subject."""
        known = {name: it.typed.kind for name, it in self._first().items()}
        return {ID: STRING, NUMBER: INTEGER, **known}

    def texts(self, column: str) -> frozenset[str]:
        """The strings that an attribute can begin with."""
        return self._first()[column].typed.values

    def has(self, column: str, value: float | bool | str) -> bool:  # noqa: ARG002, FBT001 - as a table has it
        """Whether some subject has a value; nobody knows."""
        return True

    def near(self, column: str, value: object) -> str:
        """A hint on a value that is not there."""
        return did_you_mean(str(value), sorted(self.texts(column)))

    def weight_problem(self, column: str, group: str | None) -> str | None:  # noqa: ARG002 - as a table has it
        """Why subjects are not drawn by weight."""
        return f"subjects of {self.name} are drawn with the same probability. Hint: remove weight"

    def fewest(self, weight: str | None, group: str | None) -> int:  # noqa: ARG002 - as a table has it
        """How many there are to draw from; of those who arrive, there may be more than enough."""
        # How many have arrived is known in the run only, where too few are a fault or a rejection.
        return SUBJECTS_AT_MOST if self.arrives else self.count

    def column(self, name: str, subject: str) -> Typed | None:
        """An attribute of a subject, or its number; None if it is a string that is composed when it is shown."""
        if name == NUMBER:
            return Typed(subject, INTEGER)
        found = None if name == ID else self._first()[name]
        return None if found is None or found.text is not None else self._of(found.typed, subject)

    def text(self, name: str, subject: str, columns: Columns) -> Text | None:
        """A string of a subject that is composed when it is shown; None for other attributes.

        Args:
            name: the attribute, or ``id``.
            subject: the code of the subject's number.
            columns: those of the record; the values that the string needs are added.
        """
        if name == ID:
            return ShownValue(columns.index_of(Typed(subject, INTEGER)), INTEGER)
        found = self._first().get(name)
        return None if found is None or found.text is None else self._composed(found, found.text, subject, columns)

    def _first(self) -> Mapping[str, FirstValue]:
        if not self._known:
            self._known.update(self.first())
        return self._known

    def _of(self, typed: Typed, subject: str) -> Typed:
        """A value of another subject, which has its own number, moment at which it begins and key of its draws."""
        # A subject's first values are drawn at the step at which it begins, so its moment is a part of their draws.
        moment = "0" if self.moments is None else f"{self.moments()}[{subject}]"
        begun = f"timestamp - {self.since_start}"
        timestamp = f"({begun})" if self.moments is None else f"({begun} + {moment})"
        meant = {INDEX.code: f"({subject})", "tick": moment, "timestamp": timestamp}
        # Who is spawned draws with a key of its own; repeating the draws of others needs that of the run.
        key0, key1 = self.seed() if self.seed is not None and "key0" in typed.code else ("key0", "key1")
        meant |= {"key0": key0, "key1": key1}
        return replace(typed, code=f"({OF_SUBJECT.sub(lambda found: meant[found[0]], typed.code)})")

    def _composed(self, value: FirstValue, text: Text, subject: str, columns: Columns) -> Text:
        def index_of(number: int) -> int:
            return columns.index_of(self._of(value.columns[number], subject))

        match text:
            case ShownValue():
                return replace(text, column=index_of(text.column))
            case Joined():
                return Joined(tuple(self._composed(value, it, subject, columns) for it in text.parts))
            case Either():
                then, otherwise = (self._composed(value, it, subject, columns) for it in (text.then, text.otherwise))
                return Either(index_of(text.column), then, otherwise)
            case InitialText():
                other = self._first()[text.attribute]
                return self._composed(other, other.text or text, subject, columns)
            case _:
                return text


def value_of(node: ast.Attribute, subjects: Subjects, row: Typed) -> Typed:
    """Translate a first value of a subject.

    Raises:
        ExpressionError: there is no such value here.
    """
    _check_known(node, subjects)
    found = subjects.column(node.attr, row.code)
    if found is None:
        problem = f"{source(node)} is composed when it is shown, so only fields, keys, headers and first values can"
        raise ExpressionError(node, f"{problem} use it. Hint: use {source(node.value)}.index, a number")
    return found


def text_of(node: ast.Attribute, subjects: Subjects, row: Typed, columns: Columns) -> Text | None:
    """Translate a string of a subject that is composed when it is shown; None for other attributes.

    Raises:
        ExpressionError: there is no such attribute.
    """
    _check_known(node, subjects)
    return subjects.text(node.attr, row.code, columns)


def _check_known(node: ast.Attribute, subjects: Subjects) -> None:
    if node.attr in subjects.kinds:
        return
    if node.attr in subjects.attributes:
        problem = f"{node.attr!r} of {subjects.name} cannot be calculated here"
        why = "it is wrong, several rows, or refers back in a circle"
        raise ExpressionError(node, f"{problem}: {why}. Hint: read another attribute")
    # Hidden attributes have names that nobody can write.
    hint = did_you_mean(node.attr, filter(str.isidentifier, subjects.kinds))
    raise ExpressionError(node, f"{node.attr!r} is not an attribute of {subjects.name}. Hint: {hint}")


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
    other, recent = flag(OTHER, given.pop(OTHER, None)), given.pop(RECENT, None)
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


def _check_recent(node: ast.expr, value: Typed) -> None:
    hint = "write how many of the last, such as recent=100, or how long ago at most, such as recent=2 h"
    if value.kind not in (INTEGER, DURATION):
        raise ExpressionError(node, f"{source(node)} is {a(value.kind)}. Hint: {hint}")
    if value.constant is not None and value.constant <= 0:  # type: ignore[operator]  # of these types it is a number
        raise ExpressionError(node, f"{source(node)} selects nobody. Hint: {hint}")
