"""The program: a translated model, which both engines run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pyarrow as pa

from doge_datagen.draws import purpose_of
from doge_datagen.language.actions import Action
from doge_datagen.language.lookup_data import ModelData
from doge_datagen.language.texts import Text
from doge_datagen.language.types import Typed
from doge_datagen.model.arrival import NOWHERE
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.spec import Population, Spec
from doge_datagen.model.transition import Transition
from doge_datagen.program.rhythms.table import RhythmTable, rhythm_table
from doge_datagen.program.rhythms.week import HOUR
from doge_datagen.program.tables.reference_table import ReferenceTable, texts_of
from doge_datagen.program.time.timing import OUTSIDE, Timing, Way

ALL = ""
"""The value of the history of an incident that has only one."""


@dataclass(frozen=True, slots=True)
class History:
    """When an incident happens: once, or again and again.

    Attributes:
        incident: the name of the incident.
        value: the one of its values that has this history; ``ALL`` if there is only one history.
        every: the code of the milliseconds from one begin to the next.
        lasts: the code of how many each of them lasts.
        span: the begin and the end, in milliseconds since the epoch, if it happens once.
    """

    incident: str
    value: str
    every: str = ""
    lasts: str = ""
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """How an attribute gets its first value.

    Attributes:
        name: the name of the attribute.
        typed: the expression that reads it: its own column, or code if it needs none.
        stored: whether it has its own column.
        code: the expression for its first value; empty for an initial string, and for what is kept of one.
        text: the initial string, composed from ``columns``; None for other attributes.
        columns: the values that have to be computed for the string.
    """

    name: str
    typed: Typed
    stored: bool
    code: str
    text: Text | None = None
    columns: tuple[Typed, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawnLines:
    """How the lines of an event are drawn.

    Attributes:
        count: the code of how many there are.
        fields: the name and the code of each field, in order.
        may_reject: whether a draw may find nobody, which rejects the transition.
    """

    count: str
    fields: tuple[tuple[str, str], ...]
    may_reject: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """How the records of a stream are composed.

    Attributes:
        columns: the values computed for each event.
        fields: for each field, the number of its column, or its string expression.
        kinds: the type of each field.
        key: the string expression of the key; None if there is no key.
        headers: the string expression of each header.
        order: of subjects that are spawned, the number of the column that says which of two events of one moment and
            root comes first; None for others.
        line: for a stream with a record for each line, the number of the column with the number of the line; None for
            one with a record for each event.
    """

    columns: tuple[Typed, ...]
    fields: Mapping[str, int | Text]
    kinds: Mapping[str, str]
    key: Text | None = None
    headers: Mapping[str, Text] = field(default_factory=dict)
    order: int | None = None
    line: int | None = None

    @property
    def recorded(self) -> tuple[int | Text, ...]:
        """What is recorded of an event: all that a record uses, what decides the order, and the number of the line."""
        return (*self.parts, *(it for it in (self.order, self.line) if it is not None))

    @property
    def parts(self) -> tuple[int | Text, ...]:
        """All columns and string expressions that a record uses, each once."""
        shown = (*self.fields.values(), *self.headers.values(), self.key)
        return tuple(dict.fromkeys(part for part in shown if part is not None))


@dataclass(frozen=True, slots=True)
class GivenText:
    """A string that those who are spawned are given; they get the values in it, and it is composed when it is shown.

    Attributes:
        text: the string.
        columns: the values in it, as the code of those who are spawned reads them.
    """

    text: Text
    columns: tuple[Typed, ...]

    @property
    def form(self) -> tuple[object, ...]:
        """What all who give it have in common."""
        return self.text, *((it.code, it.kind) for it in self.columns)


@dataclass(frozen=True, slots=True)
class Birth:
    """What one event spawns: its values are recorded as if it fed a stream, which nobody sees.

    Attributes:
        stream: the name of that stream, which no stream of a model has.
        population: the population of those who are spawned.
        event: the number of the event among the transitions.
        position: its position in what the event spawns.
        given: by name, what they are given, with the values in strings under names that no attribute of a model has.
        texts: by name, the strings that they are given.
    """

    stream: str
    population: str
    event: int
    position: int
    given: Mapping[str, Typed]
    texts: Mapping[str, GivenText] = field(default_factory=dict)


@dataclass(frozen=True)
class Program:
    """A checked and translated spec.

    Attributes:
        spec: the model.
        data: what the code looks up.
        starts: how each attribute starts, in order.
        actions: the action of each of ``transitions``; None if it has none.
        shapes: how the records of each stream are composed.
        tables: the reference tables by name.
        timing: when subjects do something next; None if all transitions have a constant probability per tick.
        referred: the populations whose number of subjects the code depends on, since it draws from them.
        parts: where there are several populations, the program of each, by itself. The program of all has no code then,
            and its transitions, ways and states are those of all of them, one after the other.
        arriving: the programs of other populations whose subjects arrive and are drawn, by name.
        is_referenced: whether records of others name its subjects even after they have left: expressions draw them, or
            they spawn others.
        histories: when incidents happen.
        history_streams: the streams that show these histories; subjects feed the others.
        conditions: for each of ``transitions``, by stream, the code of the condition under which it is recorded there;
            streams that get each of its events are left out.
        births: what the events spawn; each has one of the ``shapes``.
        depth: the length of a subject's path if it is spawned; 0 if it is not.
        lines: by number of the transition, how its lines are drawn.
        line_fields: the types of the fields that lines have.
    """

    spec: Spec
    data: ModelData
    starts: tuple[Start, ...]
    actions: tuple[Action | None, ...]
    shapes: Mapping[str, Shape]
    timing: Timing | None = None
    tables: Mapping[str, ReferenceTable] = field(default_factory=dict)
    parts: tuple[Program, ...] = ()
    referred: frozenset[str] = frozenset()
    arriving: Mapping[str, Program] = field(default_factory=dict)
    is_referenced: bool = False
    histories: tuple[History, ...] = ()
    history_streams: frozenset[str] = frozenset()
    conditions: tuple[Mapping[str, str], ...] = ()
    births: tuple[Birth, ...] = ()
    depth: int = 0
    lines: Mapping[int, DrawnLines] = field(default_factory=dict)
    line_fields: Mapping[str, Typed] = field(default_factory=dict)

    @property
    def populations(self) -> tuple[Program, ...]:
        """The program of each population."""
        return self.parts or (self,)

    @cached_property
    def texts(self) -> pa.StringArray:
        """The strings of the model's code, each at the index that is its number."""
        return texts_of(self.data)

    def with_warm_up(self) -> Program:
        """The program that an engine runs: its first tick is that of the warm-up."""
        return replace(self, spec=replace(self.spec, clock=self.spec.clock.with_warm_up()))

    @property
    def kept_until(self) -> int:
        """The tick up to which those who leave are kept: all whom others name later are emitted after a warm-up."""
        ahead = self.spec.clock.warm_up_ticks
        # One tick beyond the warm-up, as those at its end are emitted in the first window.
        return ahead + 1 if ahead and self.is_referenced else 0

    def of_arriving(self, name: str) -> Program:
        """The program of a population whose subjects arrive and are drawn, with the clock of this one."""
        other = self.arriving.get(name, self)
        return replace(other, spec=replace(other.spec, clock=self.spec.clock.in_milliseconds()))

    def without_incident_streams(self) -> Program:
        """The program without the streams that no subject feeds."""
        shapes = {name: it for name, it in self.shapes.items() if name not in self.history_streams}
        return replace(self, shapes=shapes, history_streams=frozenset())

    @cached_property
    def rhythms(self) -> tuple[RhythmTable, ...]:
        """The rhythms, in the order of the spec; where subjects arrive, to the end of the last hour of the run."""
        clock = self.spec.clock
        if self.spec.population.arrive is not None:
            # Arrivals are calculated by whole hours, and the last of them may extend beyond the end of the run.
            clock = replace(clock, ticks=min(ENDLESS, clock.ticks + HOUR))
        return tuple(rhythm_table(it, clock) for it in self.spec.rhythms.values())

    @cached_property
    def transitions(self) -> tuple[Transition, ...]:
        """What can happen to subjects: the transitions of the spec, and behind them the arrival if there is one."""
        return tuple(event for it in self.populations for event in it.spec.population.events)

    @cached_property
    def shown_shapes(self) -> Mapping[str, Shape]:
        """How the records of each stream are composed, without those of what spawns, which nobody sees."""
        # Births are recorded like events of a stream, which spares engines a second way to record; nobody may see them.
        hidden = {it.stream for it in self.births}
        return {name: it for name, it in self.shapes.items() if name not in hidden}

    @cached_property
    def feeds(self) -> tuple[tuple[str, ...], ...]:
        """By transition, the streams that it feeds, and those of what it spawns."""
        return tuple(
            (*it.emit, *(birth.stream for birth in self.births if birth.event == number))
            for number, it in enumerate(self.transitions)
        )

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The names of all states; of several populations, each behind the name of its population."""
        return tuple(self.state_name(it, state) for it in self.populations for state in it.spec.population.states)

    def state_name(self, of: Program, state: str) -> str:
        """What a state of a population is called."""
        if not self.parts:
            return state
        return f"{of.spec.population.name}.{state}" if state != NOWHERE else of.spec.population.name

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Each transition from one state to one state; events are recorded and counted by its number."""
        if self.parts:
            return tuple(_after(self.parts))
        if self.timing is not None:
            return self.timing.ways
        numbers = {state: number for number, state in enumerate(self.spec.population.states)}
        found = enumerate(self.spec.population.transitions)
        return tuple(Way(number, numbers[it.source], numbers[it.target]) for number, it in found)

    @cached_property
    def ends(self) -> Mapping[str, tuple[str, ...]]:
        """For each of ``ENDS``, its string by number of the way that an event took."""
        states = self.states
        outside = [self.state_name(it, NOWHERE) for it in self.populations for _ in it.ways]
        from_state = (
            outside[number] if it.source == OUTSIDE else states[it.source] for number, it in enumerate(self.ways)
        )
        return {
            "trigger": tuple(self.transitions[it.transition].trigger for it in self.ways),
            "from_state": tuple(from_state),
            "to_state": tuple(states[it.source if it.target is None else it.target] for it in self.ways),
        }


def _after(parts: Sequence[Program]) -> Iterator[Way]:
    """The ways of programs, with the numbers of their transitions and states after those of the programs before."""
    transitions = states = 0
    for part in parts:
        for it in part.ways:
            source = it.source if it.source == OUTSIDE else states + it.source
            yield Way(transitions + it.transition, source, None if it.target is None else states + it.target)
        transitions, states = transitions + len(part.transitions), states + len(part.states)


def purpose(population: Population, *names: str) -> int:
    """The number of a part of a population."""
    return _purpose(population.name, *names)


def purpose_of_table(*names: str) -> int:
    """The number of a part of a reference table; no population's name is empty."""
    return _purpose("", "tables", *names)


def _purpose(*names: str) -> int:
    # Escaped as in JSON pointers (RFC 6901), so that no two lists of names give the same string, and the same draws.
    return purpose_of("/".join(name.replace("~", "~0").replace("/", "~1") for name in names))
