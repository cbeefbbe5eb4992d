"""The events of a population: their draws, their lines, what they feed, and the strings that they assign."""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from doge_datagen.language.assignments import Sources, assignments, closed_sets
from doge_datagen.language.constants import parsed
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.event_lines import MOST_LINES, NUMBER, LineNames, field_of_line
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.operators import as_integer, source, truth
from doge_datagen.language.scope import Scope
from doge_datagen.language.table_rows import draws_arrived
from doge_datagen.language.types import RATE, Typed, a
from doge_datagen.model.arrival import NOWHERE
from doge_datagen.model.spec import Population, Spec, Stream
from doge_datagen.model.transition import Expression, Lines, Transition, conditions
from doge_datagen.program.constant_values import constant_value
from doge_datagen.program.expression_names import RESERVED_NAMES, wrong_name
from doge_datagen.program.problem_collection import Attempt, Path
from doge_datagen.program.program import DrawnLines


def ends_of(spec: Spec, transition: Transition, *, referenced: bool = False) -> Mapping[str, tuple[str, ...]]:
    """What the strings of a transition can be."""
    ends = spec.population.ends(transition)
    if transition.from_state == NOWHERE:
        ends["to_state"] = entered_by_arrival(spec, referenced=referenced)
    return ends


def entered_by_arrival(spec: Spec, *, referenced: bool = False) -> tuple[str, ...]:
    """The states of those who arrive: the initial ones, and behind them the others in which they are after a warm-up.

    Args:
        spec: the model with one population.
        referenced: whether others name its subjects, so that those who have left are emitted, too.
    """
    population = spec.population
    # Those who have left by the start are emitted only if others name them.
    later = population.states if referenced else population.non_final_states
    return tuple(dict.fromkeys((*population.initial, *(later if spec.clock.warm_up else ()))))


def names_of_draws(transition: Transition) -> tuple[str, ...]:
    """What names the draws of an action."""
    if transition.from_state == NOWHERE:
        return "arrive", "do"
    return ("matrix",) if transition.in_matrix else ("transitions", transition.source, transition.trigger)


def transitions_by_stream(population: Population) -> dict[str, list[Transition]]:
    """For each stream, the transitions that feed it."""
    feeding: dict[str, list[Transition]] = {}
    for transition in population.events:
        # Each once, as a stream that is named twice is reported, but must not be recorded twice here.
        for stream in dict.fromkeys(transition.emit):
            feeding.setdefault(stream, []).append(transition)
    return feeding


def texts_by_attribute(
    population: Population, starts: Mapping[str, ast.expr | None], bodies: Sequence[Sequence[ast.stmt]]
) -> dict[str, frozenset[str]]:
    """For each attribute, all strings it starts with or is assigned, directly or through other names.

    ``ANY_TEXT`` is among them if not all are known, because something it is assigned is invalid.

    Args:
        population: the population of the model.
        starts: for each attribute, the tree of its start; None if that could not be parsed.
        bodies: for each event of the population, the statements of its action.
    """
    attributes = population.attributes
    sources = {name: Sources(set(attribute.values or ())) for name, attribute in attributes.items()}
    for name, node in starts.items():
        if node is not None:
            sources[name].add(node, str)
        sources[name].whole &= node is not None
    shared: dict[int, int] = {}  # the cells of a matrix have one body
    for number, (body, transition) in enumerate(zip(bodies, population.events, strict=True)):
        # By identity: cells that share a body share its local variables, and equal bodies of others do not.
        position = shared.setdefault(id(body), number) if transition.in_matrix else number

        # A variable is local to its action: prefix it with the transition's index, which no attribute's name has.
        def own(name: str, position: int = position) -> str:
            return name if name in attributes else f"{position}:{name}"

        for end, texts in population.ends(transition).items():
            sources.setdefault(own(end), Sources()).texts.update(texts)
        for name, value in assignments(body) if position == number else ():
            sources.setdefault(own(name), Sources()).add(value, own)
    return closed_sets(sources)


ALWAYS = "True"


def emission_conditions(
    events: Sequence[Transition],
    path_of: Callable[[int], Path],
    scope: Callable[[Sequence[Transition], str], Scope],
    attempt: Attempt[Any],
) -> tuple[Mapping[str, str], ...]:
    """For each event, by stream, the code of the condition under which it is recorded there; those always true not.

    Args:
        events: the transitions, and the arrival behind them.
        path_of: the path of an event by its number.
        scope: what conditions of events may use, by these events and the stream.
        attempt: runs a translation, and keeps what is wrong with it.
    """
    found: dict[int, Mapping[str, str]] = {}
    for numbers in _alike(events):
        alike = [events[number] for number in numbers]
        code: dict[str, str | None] = {}
        for stream, when in conditions(alike[0].emit).items():
            path = (*path_of(numbers[0]), "emit", stream)
            code[stream] = attempt(path, partial(_condition, scope(alike, stream), when))
        # A condition that always holds would cost a test for each event.
        kept = {stream: it for stream, it in code.items() if it is not None and it != ALWAYS}
        found |= dict.fromkeys(numbers, kept)
    return tuple(found[number] for number in range(len(events)))


def _alike(events: Sequence[Transition]) -> Iterator[list[int]]:
    """The numbers of events whose conditions are translated together: the cells of a matrix, and each other event."""
    cells: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for number, event in enumerate(events):
        if event.in_matrix:
            cells.setdefault(tuple(conditions(event.emit).items()), []).append(number)
        else:
            yield [number]
    yield from cells.values()


def _condition(scope: Scope, when: str) -> str:
    node = parsed(when, scope.constants)
    return truth(node, ExpressionTranslator(scope).scalar(node))


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
        self, events: Sequence[Transition], path_of: Callable[[int], Path], scope: Callable[..., Scope]
    ) -> None:
        """Translate the lines of all events.

        Args:
            events: the transitions, and the arrival behind them.
            path_of: the path of an event by its number.
            scope: what an expression may use, by the event and the last names of its draws.
        """
        for number, event in enumerate(events):
            if event.lines is not None:
                path = (*path_of(number), "lines")
                count = self.attempt((*path, "count"), partial(self._count, scope(event, "count"), event.lines.count))
                fields = (*self._fields(event, event.lines, path, scope),)
                may_reject = any(map(draws_arrived, (count or "", *(code for _, code in fields))))
                self.drawn[number] = DrawnLines(count or "0", fields, may_reject)

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
        # If some have no lines, no expression about lines holds for all.
        if not each or len(each) < len(events):
            return None
        known = dict.fromkeys(name for _, own in each for name in own)
        lacking = {name: trigger for name in known for trigger, own in each if name not in own}
        shared = {name: field_of_line(name, self.fields[name]) for name in known if name not in lacking}
        return LineNames(shared, within=stream is not None and stream.each is not None, lacking=lacking)

    def _count(self, scope: Scope, given: Expression) -> str:
        node = parsed(given, scope.constants)
        found = ExpressionTranslator(scope).scalar(node)
        code = as_integer(node, found)
        if not 0 <= (constant_value(scope, node) or 0) <= MOST_LINES:
            problem = f"{source(node)} is not from 0 to {MOST_LINES}"
            raise ExpressionError(node, f"{problem}. Hint: give such a number of lines")
        return code

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
        # The values of all transitions, as one column has them; a constant of one of them is none of the column.
        self.fields[name] = replace(found, values=before.values | found.values, constant=None)
        return found

    def _check_name(self, name: str) -> None:
        if wrong := wrong_name(name, RESERVED_NAMES | {NUMBER}, self.taken):
            raise ExpressionError(None, wrong)
