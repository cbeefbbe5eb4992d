"""Translate every expression and action of a spec into a program, and collect all errors."""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar
from unicodedata import normalize

from doge_datagen.errors import Problem, did_you_mean
from doge_datagen.language.actions import Action, action, never_rejected
from doge_datagen.language.assignments import assignments, misspelt
from doge_datagen.language.constants import with_constants
from doge_datagen.language.errors import ExpressionError, FollowUpError
from doge_datagen.language.function_source import body_of, file_of, invalid_targets, subject_in
from doge_datagen.language.lookup_data import ModelData, Table
from doge_datagen.language.parse import TOO_DEEP
from doge_datagen.language.references import FirstValue, Subjects
from doge_datagen.language.scope import ENDS, NOW, OwnName, Scope, rhythm_codes
from doge_datagen.language.texts import Columns, Text
from doge_datagen.language.time.zones import names as names_of_zones
from doge_datagen.language.types import ANY_TEXT, KINDS, STRING, Typed
from doge_datagen.model.arrival import NOWHERE
from doge_datagen.model.spec import Attribute, Spec, Stream
from doge_datagen.model.transition import Transition
from doge_datagen.program.events import (
    LinesTranslation,
    bodies_of,
    emission_conditions,
    ends_of,
    names_of_draws,
    texts_by_attribute,
    transitions_by_stream,
)
from doge_datagen.program.expression_names import constant_trees, lasting_words, numbers, recency_starts, words_of
from doge_datagen.program.incidents import check_conditions, histories, incident_names, words_of_incidents
from doge_datagen.program.initial_values import NUMBERS, first_values, from_kept, kept_starts, stand_in, starts_of
from doge_datagen.program.program import Program, Shape, Start, purpose, purpose_of_table
from doge_datagen.program.spawning.lineage import Lineage
from doge_datagen.program.spawning.translation import SpawnTranslation
from doge_datagen.program.stream_translation import parsed, scope_of_table, shape_of, stream_of_table
from doge_datagen.program.tables.reference_table import ReferenceTable, known_texts
from doge_datagen.program.time.checks import placed
from doge_datagen.program.time.timing import Timing
from doge_datagen.program.time.translation import TimingTranslation

MOST_OF_A_KIND = 100
"""How many problems one check reports at most."""
Made = TypeVar("Made")
Shown = TypeVar("Shown", int | Text, Text)
Path = tuple[str | int, ...]


NO_TABLES: Mapping[str, ReferenceTable] = MappingProxyType({})


def translate(
    spec: Spec,
    tables: Mapping[str, ReferenceTable] = NO_TABLES,
    populations: Mapping[str, Spec] | None = None,
    lineage: Lineage | None = None,
    *,
    referenced: bool = False,
) -> tuple[Program, list[Problem]]:
    """Translate a spec of one population; by default, there are no others. The rest is as in :class:`Translation`.

    The program is complete only if there are no problems with its expressions and actions.
    """
    translation = Translation(
        spec, tables, populations or {spec.population.name: spec}, lineage=lineage, referenced=referenced
    )
    return translation.program(), translation.problems


class Translation:
    """Translates a spec and collects errors on the way.

    Attributes:
        problems: the errors found so far.

    Args:
        spec: the model with one population.
        tables: its reference tables.
        populations: by name, the model with each population alone.
        data: what the code looks up; that of another translation if this one is for its sake.
        within: the populations whose first values are being translated for another's sake.
        lineage: what its subjects have from their parents; None if nobody spawns them.
        referenced: whether it is known that others name its subjects, even after these have left.
    """

    def __init__(
        self,
        spec: Spec,
        tables: Mapping[str, ReferenceTable],
        populations: Mapping[str, Spec],
        data: ModelData | None = None,
        within: tuple[str, ...] = (),
        lineage: Lineage | None = None,
        *,
        referenced: bool = False,
    ) -> None:
        self.problems: list[Problem] = []
        self._lineage, self._referenced = lineage, referenced
        spec = spec if lineage is None else lineage.within(spec)
        self._spec, self._population = spec, spec.population
        self._is_timed = spec.population.is_timed
        self._words = words_of(spec)
        self._tables, self._populations, self._within = tables, populations, within
        self._constant_trees = constant_trees(spec)
        self._data = ModelData(known_texts(tables.values())) if data is None else data
        self._incidents = incident_names(spec)
        self._events = spec.population.events
        self._cells = [number for number, it in enumerate(self._events) if it.in_matrix]
        self._bodies = bodies_of(self._events, self._body)
        self._unread = bool(self.problems)
        self._nodes = {name: self._start_tree(name, it) for name, it in self._population.attributes.items()}
        bodies = {id(body): body for body in self._bodies}.values()
        self._assigned = {name: None for body in bodies for name, _ in assignments(body)}
        self._closed = texts_by_attribute(self._population, self._nodes, self._bodies)
        self._starts: dict[str, Start] = {}
        # Scopes share these four while they grow: a copy for each attribute would cost quadratic time.
        self._readable: dict[str, Typed] = {}
        self._initial_strings: set[str] = set()
        self._later = set(self._nodes)
        self._unknown = set(spec.constants) - set(self._constant_trees) - set(self._nodes)
        self._unknown |= frozenset() if lineage is None else lineage.rejected
        self._feeding = transitions_by_stream(self._population)
        states = frozenset(self._population.states)
        triggers = frozenset(it.trigger for it in self._events)
        self._among = dict.fromkeys(ENDS, states) | {"trigger": triggers}
        if self._population.arrive is not None:
            self._among["from_state"] = states | {NOWHERE}
        taken = dict.fromkeys(spec.constants, "a constant") | dict.fromkeys(spec.population.attributes, "an attribute")
        self._lines = LinesTranslation(taken, self._attempt)
        self._targets: dict[str, Typed] = {}
        self._own_name = OwnName(self._population.name, frozenset(populations), () if lineage is None else lineage.path)
        self._referred: set[str] = set()
        subjects = {name: self._subjects(name) for name in populations if name.isidentifier() and name not in tables}
        self._rows: Mapping[str, Table] = {**tables, **subjects}

    def program(self) -> Program:
        """Return the program; use it only if there are no ``problems``."""
        spec = self._spec
        self._translate_starts()
        self._targets = {name: self._readable[name] for name in self._assigned if name in self._readable}
        self._keep_texts()
        spawning = self._spawning()
        counters = {} if spawning is None else spawning.starts()
        self._lines.translate(self._events, self._place, self._lines_scope)
        actions = self._actions()
        if spawning is not None:
            actions = tuple(spawning.counted(number, it) for number, it in enumerate(actions))
        of_histories = frozenset(stream for incident in spec.incidents.values() for stream in incident.emit)
        shapes = {name: self._shape(name, stream, of_histories) for name, stream in spec.streams.items()}
        births = [] if spawning is None else list(spawning.births())
        shapes |= {birth.stream: shape for birth, shape in births}
        self._starts |= recency_starts(self._population) | counters
        if self._lineage is not None:
            self._starts |= self._lineage.hidden
            shapes = {name: self._lineage.ordered(shape) for name, shape in shapes.items()}
        timing = self._timing() if self._is_timed else None
        starts, referred = tuple(self._starts.values()), frozenset(self._referred)
        happens = histories(spec, self._data, self._attempt)
        check_conditions(spec, self._attempt, self._timing_scope("incidents", lasting=True))
        world: dict[str, Any] = {"referred": referred, "histories": happens, "history_streams": of_histories}
        world |= {"births": tuple(it for it, _ in births), "depth": 0 if self._lineage is None else self._lineage.depth}
        world |= {"lines": self._lines.drawn, "line_fields": self._lines.fields}
        world["conditions"] = emission_conditions(self._events, self._place, self._emission_scope, self._attempt)
        world["is_referenced"] = self._referenced or self._population.name in self._data.arrived
        return Program(spec, self._data, starts, actions, shapes, timing, self._tables, **world)

    def first_values(self) -> Mapping[str, FirstValue]:
        """The first values of the attributes, as far as they can be calculated."""
        self._translate_starts()
        rejected = {str(it.path[2]) for it in self.problems if it.path[:2] == ("subjects", "attributes")}
        found = first_values(self._starts.values())
        return {name: it for name, it in found.items() if name not in rejected | self._unknown}

    def _subjects(self, name: str) -> Subjects:
        """A population to whose subjects expressions may refer."""
        spec, own = self._populations[name], self._population.name
        population, within = spec.population, (*self._within, name)

        def first() -> Mapping[str, FirstValue]:
            if name in self._within:
                return {}
            return Translation(spec, self._tables, self._populations, self._data, within).first_values()

        moments = None if population.arrive is None else partial(self._data.moments, name)
        attributes, tick_ms = tuple(population.attributes), self._spec.clock.tick_ms
        seed = None if self._lineage is None else self._data.seed
        parts: tuple[Any, ...] = attributes, first, self._referred, moments, population.is_spawned, seed
        return Subjects(name, population.at_start, name == own, tick_ms, *parts)

    def _translate_starts(self) -> None:
        for name, attribute in self._population.attributes.items():
            start = self._attempt(("subjects", "attributes", name, "start"), partial(self._start, name, attribute))
            self._later.discard(name)
            if start is None and attribute.values is None and attribute.type not in NUMBERS:
                self._unknown.add(name)
            else:
                self._add(name, start or stand_in(name, attribute))

    def _spawning(self) -> SpawnTranslation | None:
        """What translates what the population spawns; None if it spawns nothing."""
        if not any(event.spawn for event in self._events):
            return None

        def scope(number: int, each: str | None, *names: str) -> Scope:
            event = self._events[number]
            lines = self._lines.names([event])
            lines = lines and replace(lines, within=each is not None)
            words = {**self._words, **self._ends([event])}
            drawn_for = purpose(self._population, *names_of_draws(event), "spawn", *names)
            return replace(self._scope(words, drawn_for), lines=lines)

        return SpawnTranslation(self._population, self._attempt, scope, self._lineage, self._from_kept)

    def _timing(self) -> Timing:
        named = partial(purpose, self._population)
        return TimingTranslation(
            self._spec, self._attempt, self._timing_scope, named, referenced=self._referenced
        ).timing()

    def _timing_scope(self, *names: str, lasting: bool = False) -> Scope:
        """What an expression of the timing may use; ``lasting`` if it must not depend on the time or on draws."""
        words = lasting_words(self._population) if lasting else self._words
        return replace(self._scope(words, purpose(self._population, *names)), draws=not lasting)

    def _add(self, name: str, start: Start) -> None:
        """Make an attribute readable by the expressions that follow."""
        self._starts[name] = start
        if start.text is None:
            self._readable[name] = start.typed
        else:
            self._initial_strings.add(name)

    def _keep_texts(self) -> None:
        """Where subjects arrive, keep the values shown in their initial strings, which are composed when shown."""
        if self._population.arrive is not None:
            self._starts = {it.name: it for start in self._starts.values() for it in (start, *kept_starts(start))}

    def _from_kept(self, part: Shown, columns: Columns) -> Shown:
        return part if self._population.arrive is None else from_kept(part, columns, self._starts)

    def _attempt(self, path: Path, make: Callable[[], Made]) -> Made | None:
        if len(self.problems) > MOST_OF_A_KIND:
            return None  # the report is cut off here anyway, and thousands of hints would take minutes
        try:
            return make()
        except ExpressionError as refused:
            self._refuse(path, refused)
        except RecursionError:
            self._refuse(path, ExpressionError(None, TOO_DEEP))
        return None

    def _refuse(self, path: Path, refused: ExpressionError) -> None:
        if isinstance(refused, FollowUpError):
            return
        position = int(path[1]) if path[0] == "transitions" else len(self._events) - 1
        file = file_of(self._events[position].do) if path[-1] == "do" else ""
        place = placed(path, self._population.transitions)
        problem = Problem(place, refused.message, refused.line, refused.column, file)
        if problem not in self.problems:  # the cells of a matrix share their action
            self.problems.append(problem)

    def _body(self, position: int, transition: Transition) -> Sequence[ast.stmt]:
        if transition.do is None:
            return ()
        taken, trees = {*self._population.attributes, *self._spec.constants}, self._constant_trees
        body = self._attempt((*self._place(position), "do"), lambda: body_of(transition.do or "", taken)) or ()
        return [with_constants(it, trees) for it in body]

    def _place(self, position: int) -> Path:
        """The path of an event of the population."""
        return self._population.place_of_event(position)

    def _start_tree(self, name: str, attribute: Attribute) -> ast.expr | None:
        """The syntax tree of an attribute's start; None if it has been rejected."""
        path: Path = ("subjects", "attributes", name)
        if normalize("NFKC", name) != name:
            plain = normalize("NFKC", name)
            problem = f"{name!r} is read as {plain!r} in expressions. Hint: rename it to {plain!r}"
            self._refuse(path, ExpressionError(None, problem))
            return None
        if attribute.type not in (None, *KINDS):
            problem = f"{attribute.type!r} is not a type. Hint: {did_you_mean(attribute.type, KINDS)}"
            self._refuse((*path, "type"), ExpressionError(None, problem))
            return None
        return self._attempt((*path, "start"), lambda: parsed(attribute.start, self._constant_trees))

    def _start(self, name: str, attribute: Attribute) -> Start:
        node = self._nodes[name]
        if self._lineage is not None and name in (*self._lineage.given, *self._lineage.texts):
            return self._lineage.start(name, self._data)
        if node is None:
            raise FollowUpError(None, "its start has been rejected")
        drawn_for = purpose(self._population, "attributes", name)
        scope = replace(self._scope({**numbers(self._population), "timestamp": NOW}, drawn_for), later=self._later)
        texts = self._closed[name] | (frozenset({ANY_TEXT}) if self._unread else frozenset())
        *hidden, found = starts_of(name, attribute, node, scope, written=name in self._assigned, texts=texts)
        self._starts |= {it.name: it for it in hidden}
        return found

    def _lines_scope(self, event: Transition, *names: str) -> Scope:
        """What a part of an event's lines may use."""
        words = {**self._words, **self._ends([event])}
        return self._scope(words, purpose(self._population, *names_of_draws(event), "lines", *names))

    def _actions(self) -> tuple[Action | None, ...]:
        """The action of each transition; the cells of a matrix share theirs.

        Their draws need no purposes of their own: a subject takes one transition per moment.
        """
        ways = self._events
        found = {number: self._action(number, [it]) for number, it in enumerate(ways) if not it.in_matrix}
        shared: dict[str | Callable[..., Any] | None, list[int]] = {}
        for number in self._cells:
            shared.setdefault(ways[number].do, []).append(number)
        for cells in shared.values():
            found |= dict.fromkeys(cells, self._action(cells[0], [ways[number] for number in cells]))
        return tuple(found[number] for number in range(len(ways)))

    def _action(self, position: int, transitions: Sequence[Transition]) -> Action | None:
        """The action that some transitions have in common; the first of them stands at the position."""
        body, attributes, transition = self._bodies[position], self._population.attributes, transitions[0]
        if not body:
            return None
        words = {**self._words, **self._ends(transitions)}
        drawn_for = purpose(self._population, *names_of_draws(transition))
        scope = replace(self._scope(words, drawn_for), targets=self._targets, lines=self._lines.names(transitions))
        path = (*self._place(position), "do")
        arrives = transition.from_state == NOWHERE
        if arrives:
            self._attempt(path, partial(never_rejected, body))
        found = self._attempt(path, partial(action, body, scope, rejects=not arrives))
        strange = invalid_targets(transition.do, attributes)
        unread = misspelt(body, attributes, kept=strange, before=subject_in(transition.do))
        for refused in (*(found[1] if found else ()), *strange.values(), *unread):
            self._refuse(path, refused)
        return found[0] if found else None

    def _emission_scope(self, transitions: Sequence[Transition], stream: str) -> Scope:
        """What the condition of some events in a stream may use."""
        words = {**self._words, **self._ends(transitions)}
        scope = self._scope(words, purpose(self._population, *names_of_draws(transitions[0]), "emit", stream))
        return replace(scope, lines=self._lines.names(transitions, self._spec.streams.get(stream)))

    def _shape(self, name: str, stream: Stream, of_histories: frozenset[str]) -> Shape:
        table = next((it for it in self._tables.values() if it.emit == name), None)
        if table is not None:
            scope, purpose_in = scope_of_table(table, self._scope({}, 0)), partial(purpose_of_table, name)
            return shape_of(name, stream_of_table(stream, table), scope, purpose_in, self._attempt, self._from_kept)
        if name in of_histories:
            words = words_of_incidents(self._spec, self._data)
            scope = replace(self._scope({}, 0), names=words, draws=False, incidents={})
            return shape_of(name, stream, scope, lambda _: 0, self._attempt, self._from_kept)
        scope = self._scope({**self._words, **self._variables(self._feeding.get(name, ()))}, 0)
        scope = replace(scope, lines=self._lines.names(self._feeding.get(name, ()), stream))
        purpose_in = partial(purpose, self._population, "streams", name)
        return shape_of(name, stream, scope, purpose_in, self._attempt, self._from_kept)

    def _ends(self, transitions: Sequence[Transition]) -> dict[str, Typed]:
        """The strings of transitions in their action. Others may share its text, so it may compare with theirs."""
        found = self._variables(transitions)
        for end, typed in found.items():
            (only, *others) = typed.values
            found[end] = replace(typed if others else self._data.text(only), among=self._among[end])
        return found

    def _scope(self, words: dict[str, Typed], drawn_for: int) -> Scope:
        names = ChainMap(self._readable, words)
        spec = self._spec
        own = self._population.zone or spec.zone
        by_subject = own if own in self._population.attributes and self._population.zone else ""
        zone = own if own in names_of_zones() else spec.zone  # an unknown one is reported by the checks
        scope = Scope(names, self._data, drawn_for, self._initial_strings, unknown=self._unknown, zone=zone)
        parts: dict[str, Any] = {
            "constants": self._constant_trees,
            "tables": self._rows,
            "population": self._own_name,
            "zone_attribute": by_subject,
            "incidents": self._incidents,
        }
        return replace(scope, rhythms=rhythm_codes(spec.rhythms), **parts)

    def _variables(self, feeding: Sequence[Transition]) -> dict[str, Typed]:
        """The names whose values differ between the transitions that feed one stream."""
        each = [ends_of(self._spec, transition, referenced=self._referenced) for transition in feeding]
        found = {end: frozenset(text for ends in each for text in ends[end]) for end in ENDS}
        for text in sorted(frozenset().union(*found.values())):
            self._data.text(text)
        return {end: Typed(end, STRING, values) for end, values in found.items()}
