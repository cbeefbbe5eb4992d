"""Translate the lines of events: how many there are, and their fields."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.lines import NUMBER, LineNames, field_of_line
from doge_datagen.language.operators import as_integer, source
from doge_datagen.language.scope import Scope
from doge_datagen.language.table_rows import draws_arrived
from doge_datagen.language.types import RATE, Typed, a
from doge_datagen.model.spec import Stream
from doge_datagen.model.transition import Expression, Lines, Transition
from doge_datagen.program.expression_names import RESERVED_NAMES, wrong_name
from doge_datagen.program.program import DrawnLines
from doge_datagen.program.stream_translation import Attempt, Path, parsed


@dataclass(slots=True)
class LinesTranslation:
    """Translates the lines of a population's events.

    Args:
        taken: by the name of each attribute and constant, what it is.
        attempt: runs a translation, and keeps what is wrong with it.

    Attributes:
        drawn: by number of the event, how its lines are drawn.
        fields: the type of each field, with all strings that it can be.
    """

    taken: Mapping[str, str]
    attempt: Attempt[Any]
    drawn: dict[int, DrawnLines] = field(default_factory=dict)
    fields: dict[str, Typed] = field(default_factory=dict)
    _of_event: dict[int, dict[str, Typed]] = field(default_factory=dict)

    def translate(
        self, events: Sequence[Transition], place: Callable[[int], Path], scope: Callable[..., Scope]
    ) -> None:
        """Translate the lines of all events.

        Args:
            events: the transitions, and the arrival behind them.
            place: the path of an event by its number.
            scope: what an expression may use, by the event and the last names of its draws.
        """
        for number, event in enumerate(events):
            if event.lines is not None:
                path = (*place(number), "lines")
                count = self.attempt((*path, "count"), partial(self._count, scope(event, "count"), event.lines.count))
                fields = (*self._fields(event, event.lines, path, scope),)
                may_block = any(map(draws_arrived, (count or "", *(code for _, code in fields))))
                self.drawn[number] = DrawnLines(count or "0", fields, may_block)

    def _fields(
        self, event: Transition, lines: Lines, path: Path, scope: Callable[..., Scope]
    ) -> Iterator[tuple[str, str]]:
        """The name and the code of each field."""
        own = self._of_event[id(event)] = dict[str, Typed]()
        for name, given in lines.fields.items():
            make = partial(self._field, own, scope(event, "fields", name), name, given)
            found = self.attempt((*path, "fields", name), make)
            if found is not None:
                own[name] = field_of_line(name, found)
                yield name, found.code

    def names(self, events: Sequence[Transition], stream: Stream | None = None) -> LineNames | None:
        """What expressions may use that these events have in common; None if some have no lines.

        Args:
            events: those that share an action, or feed a stream.
            stream: the stream.
        """
        each = [(event.trigger, self._of_event[id(event)]) for event in events if id(event) in self._of_event]
        if not each or len(each) < len(events):
            return None
        known = dict.fromkeys(name for _, own in each for name in own)
        lacking = {name: trigger for name in known for trigger, own in each if name not in own}
        shared = {name: field_of_line(name, self.fields[name]) for name in known if name not in lacking}
        return LineNames(shared, within=stream is not None and stream.each is not None, lacking=lacking)

    def _count(self, scope: Scope, given: Expression) -> str:
        node = parsed(given, scope.constants)
        return as_integer(node, ExpressionTranslator(scope).scalar(node))

    def _field(self, own: Mapping[str, Typed], scope: Scope, name: str, given: Expression) -> Typed:
        self._check_name(name)
        names = ChainMap(dict(own), dict(scope.names))
        node = parsed(given, scope.constants)
        found = ExpressionTranslator(replace(scope, names=names, lines=LineNames(own, within=True))).scalar(node)
        if found.kind == RATE or found.parts:
            raise ExpressionError(node, f"{source(node)} is {a(found.kind)}, which no line can have")
        before = self.fields.get(name, found)
        if before.kind != found.kind:
            problem = f"it is {a(found.kind)} here, and {a(before.kind)} in the lines of another transition"
            raise ExpressionError(node, f"{problem}. Hint: give both the same type, such as by float(...)")
        self.fields[name] = replace(found, values=before.values | found.values, constant=None)
        return found

    def _check_name(self, name: str) -> None:
        if wrong := wrong_name(name, RESERVED_NAMES | {NUMBER}, self.taken):
            raise ExpressionError(None, wrong)
