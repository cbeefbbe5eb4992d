"""A whole model as a value: its populations, each with its state machine, its streams, clock and targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any, Self

from doge_datagen.errors import ModelError
from doge_datagen.model.arrival import ARRIVE, BORN, NOWHERE, Arrival, Born
from doge_datagen.model.clock import Clock
from doge_datagen.model.coercion import plain, plain_whole
from doge_datagen.model.destination import Destination
from doge_datagen.model.reference_data import Constant, Table, constants_of
from doge_datagen.model.state_machine import RHYTHM, dwells_among, final_among
from doge_datagen.model.timelines import Incident, Rhythm
from doge_datagen.model.transition import ANY_STATE, STAY, Expression, Matrix, Transition

Target = Mapping[str, Destination]
"""The destination of each stream that a target delivers."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of every subject, each of which has its own value.

    Attributes:
        start: an expression for the first value; it may use ``index``, draws, and the attributes before it.
        type: ``integer``, ``float``, ``boolean``, ``string``, ``timestamp`` or ``duration``; None to infer it from
            ``start``.
        values: for a string that actions change, all values it can ever have; otherwise None.
    """

    start: str | float | bool
    type: str | None = None
    values: Sequence[str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", plain(self.start))
        if self.values is not None:
            object.__setattr__(self, "values", tuple(self.values))


@dataclass(frozen=True, slots=True, init=False)
class Population:
    """All subjects of one type, and the state machine that they walk.

    Attributes:
        name: the name of one of them, such as ``user``; draws depend on it.
        count: how many there are, from 1 to 2**32 - 1; None if they arrive.
        attributes: the attributes by name, in the order in which they get their first values; anything but an
            :class:`Attribute` is taken as the ``start`` of one.
        states: all states, in order.
        initial: where subjects start: a weight above 0 for each state, or the name of one state.
        transitions: the transitions between states, with their actions (``do``) and streams (``emit``); behind them
            those of the parameter ``matrix``.
        final: the states that subjects are meant never to leave; ``states`` may be a mapping that says so, such as
            ``{'here': None, 'gone': 'final'}``.
        dwells: for states that are left by weight, an expression for how long a subject stays; ``states`` may be a
            mapping that has it, such as ``{'browsing': {'dwell': '20 s'}}``.
        dwell_rhythms: for states whose dwell time runs by a rhythm, its name; ``states`` may be a mapping that has it,
            such as ``{'working': {'dwell': '8 h', 'rhythm': 'office'}}``.
        arrive: how they arrive while the run goes on, or what happens when they are spawned (the parameter ``born``);
            None if all are there from the start to the end.
        zone: the time zone of their local times, or the name of the attribute that has it for each of them; None for
            that of the model.

    >>> Population('user', 10, {'user_id': 'index'}).attributes['user_id']
    Attribute(start='index', type=None, values=None)
    """

    name: str
    count: int | None
    attributes: Mapping[str, Attribute]
    states: Sequence[str]
    initial: Mapping[str, float]
    transitions: Sequence[Transition]
    final: Sequence[str]
    dwells: Mapping[str, Expression]
    dwell_rhythms: Mapping[str, str]
    arrive: Arrival | None
    zone: str | None

    def __init__(  # noqa: PLR0913 - a population has this many parts
        self,
        name: str,
        count: int | None = None,
        attributes: Mapping[str, Attribute | str | float | bool] | None = None,
        *,
        states: Sequence[str] | Mapping[str, str | Mapping[str, Expression] | None] = (),
        initial: Mapping[str, float] | str | None = None,
        transitions: Sequence[Transition] = (),
        final: Sequence[str] = (),
        dwells: Mapping[str, Expression] | None = None,
        dwell_rhythms: Mapping[str, str] | None = None,
        matrix: Matrix | None = None,
        arrive: Arrival | None = None,
        born: Born | None = None,
        zone: str | None = None,
    ) -> None:
        given = _mapping("subjects.attributes", attributes or {})
        full = {one: it if isinstance(it, Attribute) else Attribute(it) for one, it in given.items()}
        weights = {initial: 1} if isinstance(initial, str) else _mapping("initial", {} if initial is None else initial)
        ways = (*transitions, *(() if matrix is None else matrix.transitions()))
        _set(self, name=name, count=plain_whole(count), attributes=full, transitions=ways)
        _set(self, final=tuple(dict.fromkeys((*final, *final_among(states)))))
        _set(self, states=states if isinstance(states, str) else tuple(states))
        _set(self, initial={one: plain(weight) for one, weight in weights.items()})
        _set(self, dwells={**_mapping("dwells", dwells or {}), **dwells_among(states)})
        by_rhythm = _mapping("dwell_rhythms", dwell_rhythms or {})
        _set(self, dwell_rhythms={**by_rhythm, **dwells_among(states, RHYTHM)}, zone=zone)
        if arrive is not None and born is not None:
            raise ModelError("subjects.born", "subjects that are spawned do not arrive. Hint: remove arrive, or born")
        _set(self, arrive=arrive if born is None else born)

    @property
    def is_spawned(self) -> bool:
        """Whether its subjects begin with events of another population."""
        return isinstance(self.arrive, Born)

    @property
    def is_timed(self) -> bool:
        """Whether something happens at moments, which may be at any millisecond, and not only once per tick."""
        timed = (not it.is_plain for it in self.transitions if isinstance(it, Transition))  # others are reported
        return self.arrive is not None or bool(self.dwells) or any(timed)

    @property
    def at_start(self) -> int:
        """How many subjects there are when the run starts; more may arrive."""
        if isinstance(self.arrive, Arrival):
            return self.arrive.initially
        return self.count or 0

    @property
    def non_final_states(self) -> tuple[str, ...]:
        """The states that are not final."""
        return tuple(state for state in self.states if state not in self.final)

    @property
    def arrival(self) -> Transition | None:
        """The event of an arrival, as a transition that leads from nowhere to the initial states."""
        given = self.arrive
        if not isinstance(given, Arrival):
            return None
        to = dict(self.initial) if len(self.initial) > 1 else next(iter(self.initial), None)
        what: dict[str, Any] = {"do": given.do, "emit": given.emit, "spawn": given.spawn}
        what |= {} if self.is_spawned else {"rate": given.rate, "rhythm": given.rhythm}
        return Transition(given.trigger, NOWHERE, to, **what)

    @property
    def path_of_arrival(self) -> tuple[str, str]:
        """The path of the arrival, or of what happens when a subject is spawned."""
        return "subjects", BORN if self.is_spawned else ARRIVE

    def path_of_event(self, number: int) -> tuple[str | int, ...]:
        """The path of an event of the population."""
        return ("transitions", number) if number < len(self.transitions) else self.path_of_arrival

    @property
    def events(self) -> tuple[Transition, ...]:
        """Everything that happens to subjects: the transitions, and behind them the arrival if there is one."""
        return (*self.transitions, *([] if (arrival := self.arrival) is None else [arrival]))

    def sources(self, transition: Transition) -> tuple[str, ...]:
        """The states that a transition leaves."""
        if transition.from_state == ANY_STATE:
            return self.non_final_states
        return (transition.from_state,) if isinstance(transition.from_state, str) else tuple(transition.from_state)

    def states_after(self, transition: Transition, source: str) -> tuple[str, ...]:
        """The states in which a subject can be after a transition from a state."""
        to = transition.to_state
        targets = tuple(to) if isinstance(to, Mapping) else (STAY if to is None else to,)
        return tuple(dict.fromkeys(source if it == STAY and isinstance(to, Mapping | None) else it for it in targets))

    def ends(self, transition: Transition) -> dict[str, tuple[str, ...]]:
        """What ``trigger``, ``from_state`` and ``to_state`` can be in the events of a transition."""
        if transition.from_state == NOWHERE:
            return {"trigger": (transition.trigger,), "from_state": (NOWHERE,), "to_state": tuple(self.initial)}
        sources = self.sources(transition)
        reached = dict.fromkeys(state for source in sources for state in self.states_after(transition, source))
        return {"trigger": (transition.trigger,), "from_state": sources, "to_state": tuple(reached)}


@dataclass(frozen=True, slots=True)
class Stream:
    """A named output of records; a transition feeds it by naming it in ``emit``.

    Attributes:
        fields: an expression for each field, evaluated with the attributes after the transition; a number or a boolean
            is an expression too.
        key: an expression for the key of each record; None for records without a key.
        headers: an expression for each header.
        each: ``'lines'`` if it has a record for each line of an event; None for one for each event.
    """

    fields: Mapping[str, str]
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    each: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", _text(self.key))
        for name in ("fields", "headers"):
            given = getattr(self, name)
            if isinstance(given, Mapping):
                object.__setattr__(self, name, {one: _text(expression) for one, expression in given.items()})


Targets = Mapping[str, Mapping[str, Destination | str | PathLike[str] | Mapping[str, Any]]]
"""By name of the target and of the stream, a destination in any form that :meth:`Destination.of` takes."""


@dataclass(frozen=True, slots=True, init=False)
class Spec:
    """A model as plain values; the same spec and seed produce the same records, bit for bit.

    Raises:
        ModelError: a value that must be a mapping is not, or a destination is invalid.

    Attributes:
        name: the name of the model.
        populations: who is simulated: one population or several, each with a state machine of its own.
        streams: the streams by name; one that gets the rows of a table need not be given.
        clock: start, length and number of ticks; if things happen at any moment, its ticks are milliseconds.
        targets: by name, a destination for each stream, in any form that :meth:`Destination.of` takes; the first target
            is the default.
        zone: the time zone of local times in expressions, such as ``Europe/Warsaw``.
        rhythms: by name, what makes rates and the clocks of timers and dwell times vary with time.
        constants: by name, values that expressions use: numbers, booleans, strings, which are durations if they read as
            one, such as ``'30 min'``, and lists of them.
        tables: the reference tables by name.
        incidents: by name, what is under way from time to time.
    """

    name: str
    populations: Sequence[Population]
    streams: Mapping[str, Stream]
    clock: Clock
    targets: Mapping[str, Target]
    zone: str
    rhythms: Mapping[str, Rhythm]
    constants: Mapping[str, Constant]
    tables: Mapping[str, Table]
    incidents: Mapping[str, Incident]

    def __init__(  # noqa: PLR0913 - a model has this many parts
        self,
        name: str,
        populations: Sequence[Population],
        streams: Mapping[str, Stream],
        clock: Clock,
        targets: Targets | None = None,
        *,
        zone: str = "UTC",
        rhythms: Mapping[str, Rhythm] | None = None,
        constants: Mapping[str, Any] | None = None,
        tables: Mapping[str, Table] | None = None,
        incidents: Mapping[str, Incident] | None = None,
    ) -> None:
        _set(self, constants=constants_of(constants or {}))
        given = {one: _mapping(f"targets.{one}", it) for one, it in _mapping("targets", targets or {}).items()}
        destinations = {
            one: {stream: Destination.of(it) for stream, it in target.items()} for one, target in given.items()
        }
        calculated = tuple(_with_constants(it, self.constants) for it in populations)
        _set(self, name=name, populations=calculated, streams=dict(_mapping("streams", streams)))
        if isinstance(clock, Clock) and any(it.is_timed for it in self.populations if isinstance(it, Population)):
            clock = clock.in_milliseconds()
        _set(self, clock=clock, targets=destinations, zone=zone, rhythms=dict(_mapping("rhythms", rhythms or {})))
        rows = dict(_mapping("tables", tables or {}))
        of_tables = {it.emit: Stream({}) for it in rows.values() if isinstance(it, Table) and it.emit}
        more = {one: it for one, it in of_tables.items() if one not in self.streams}
        _set(self, tables=rows, streams={**self.streams, **more})
        _set(self, incidents=dict(_mapping("incidents", incidents or {})))

    @classmethod
    def of_one(  # noqa: PLR0913 - a model has this many parts
        cls,
        name: str,
        subjects: Population,
        states: Sequence[str] | Mapping[str, str | Mapping[str, Expression] | None],
        initial: Mapping[str, float] | str,
        transitions: Sequence[Transition],
        streams: Mapping[str, Stream],
        clock: Clock,
        targets: Targets | None = None,
        *,
        final: Sequence[str] = (),
        dwells: Mapping[str, Expression] | None = None,
        zone: str = "UTC",
        rhythms: Mapping[str, Rhythm] | None = None,
        dwell_rhythms: Mapping[str, str] | None = None,
        matrix: Matrix | None = None,
        constants: Mapping[str, Any] | None = None,
        tables: Mapping[str, Table] | None = None,
        incidents: Mapping[str, Incident] | None = None,
    ) -> Self:
        """Make a spec of one population, whose state machine is given beside it, as in a model file.

        >>> Spec.of_one('lamps', Population('lamp', 10), ['off'], 'off', [], {}, Clock(0, 1000)).population.states
        ('off',)
        """
        machine: dict[str, Any] = {"states": states, "initial": initial, "transitions": transitions, "final": final}
        machine |= {"dwells": dwells, "dwell_rhythms": dwell_rhythms, "matrix": matrix}
        whole = replace(subjects, **machine) if isinstance(subjects, Population) else subjects
        shared: dict[str, Any] = {"zone": zone, "rhythms": rhythms, "constants": constants, "tables": tables}
        return cls(name, (whole,), streams, clock, targets, **shared, incidents=incidents)

    @property
    def population(self) -> Population:
        """The only population; a model of several has none."""
        (only,) = self.populations
        return only

    def with_only(self, population: Population) -> Self:
        """The same model with one of its populations, as if there were no others."""
        if len(self.populations) == 1:
            return self
        clock = self.clock if population.is_timed or not isinstance(self.clock, Clock) else self.clock.in_attempts()
        return replace(self, populations=(population,), clock=clock)


def _with_constants(population: Any, constants: Mapping[str, Constant]) -> Any:
    """The population with probabilities calculated that are expressions of constants; anything else is reported later.

    The cells of a matrix remain the objects that they are.
    """
    ways = population.transitions if isinstance(population, Population) else ()
    if not any(isinstance(it, Transition) and isinstance(it.probability, str) for it in ways):
        return population
    given = tuple(it.with_constants(constants) if isinstance(it, Transition) else it for it in ways)
    return replace(population, transitions=given)


def _mapping(path: str, given: Any) -> Mapping[Any, Any]:
    if not isinstance(given, Mapping):
        raise ModelError(path, f"{given!r} is not a mapping. Hint: give a dict")
    return given


def _text(expression: Any) -> Any:
    """An expression as a string; a plain number or boolean is accepted too."""
    value = plain(expression)
    return repr(value) if isinstance(value, bool | int | float) else expression


def _set(value: object, **attributes: object) -> None:
    """Set the attributes of a frozen value while it is created."""
    for name, attribute in attributes.items():
        object.__setattr__(value, name, attribute)
