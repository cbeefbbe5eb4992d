"""An edge of the state machine: its trigger, states and probability, its action, and what it feeds and spawns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from doge_datagen.errors import ModelError
from doge_datagen.model.coercion import plain
from doge_datagen.model.reference_data import Constant, number_of


class Collector(Protocol):
    """The interface of event sinks: they receive events and are closed at the end of a run."""

    def collect(self, timestamp: int, subject: Any, transition: Transition, /) -> Any:
        """Take one event."""

    def close(self) -> Any:
        """Deliver the events taken so far and release resources."""


Action = Callable[[Any, "Transition"], "bool | None"]
Expression = str | float | bool
CAUSES = ("at", "after", "every", "weight", "rate", "probability")
"""What makes a transition happen; of several at the same moment the one that is earlier in this list comes first."""
ANY_STATE = "*"
"""As ``from_state``: every state that is not final."""
STAY, REST = "stay", "rest"
"""In a branching ``to_state``: the branch that leaves the state as it is, and the share that the others leave over."""


@dataclass(frozen=True, slots=True)
class Transition:
    """An edge of the state machine, which leads from one state to another.

    Attributes:
        trigger: the name of the transition, unique among those that leave ``from_state``; any non-empty string.
        from_state: the state it leaves; in a ``Model`` also a list of states, or ``'*'`` for all that are not final.
        to_state: the state it leads to; may be the same, which enters it anew. In a ``Model`` also None, which leaves
            the state as it is, or a mapping of states to the shares with which it leads there: one of them may be
            ``'rest'``, and the state ``'stay'`` leaves the state as it is.
        probability: probability per tick in percent, 0 to 100; the rest to 100 % is the probability of staying. In a
            ``Model`` also an expression of attributes, incidents and constants.
        action_callback: called as ``action_callback(subject, transition)`` before the state changes; it may change the
            subject's attributes. If it returns False, the transition is rejected: the state does not change and no sink
            is called.
        event_sinks: called with each event, in this order, after the state has changed.
        do: in a ``Model``, the action: statements as a string, or a function of subject and draw, both in the subset of
            Python that models are written in.
        emit: in a ``Model``, the names of the streams that it feeds, or a mapping of them to conditions of what is true
            after the action, or to True: an event is recorded only where its condition holds.
        lines: in a ``Model``, the lines that each event has, such as the items of an order.
        spawn: in a ``Model``, the subjects of other populations that it spawns; a name is short for one of them.
        rate: in a ``Model``, instead of a probability: an expression for how often it happens per unit of time, such
            as ``'3/d'``.
        weight: the same for the weight with which it is chosen when the dwell time of its state ends.
        after: the same for the time from entering the state until it happens.
        every: the same for the time between two of them.
        at: the same for the moment at which it happens.
        when: the condition under which it exists.
        rhythm: the name of the rhythm that multiplies its rate, or runs the clock of ``after`` or ``every``.
        in_matrix: whether it is a cell of a :class:`Matrix`; errors name its path there.
        calculated: the value of a probability that is an expression of constants; None for any other.

    >>> Transition('login', 'offline', 'online', 0.1)
    Transition('login', 'offline' -> 'online', 0.1 %)
    """

    trigger: str
    from_state: str | Sequence[str]
    to_state: str | Mapping[str, Expression] | None = None
    probability: float | str | None = None
    action_callback: Action | None = None
    event_sinks: Sequence[Collector] = field(default=())
    do: str | Callable[..., Any] | None = field(default=None, kw_only=True)
    emit: Emission = field(default=(), kw_only=True)
    lines: Lines | None = field(default=None, kw_only=True)
    spawn: Sequence[Spawn] = field(default=(), kw_only=True)
    rate: Expression | None = field(default=None, kw_only=True)
    weight: Expression | None = field(default=None, kw_only=True)
    after: Expression | None = field(default=None, kw_only=True)
    every: Expression | None = field(default=None, kw_only=True)
    at: Expression | None = field(default=None, kw_only=True)
    when: Expression | None = field(default=None, kw_only=True)
    rhythm: str | None = field(default=None, kw_only=True)
    in_matrix: bool = field(default=False, init=False, repr=False, compare=False)
    calculated: float | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("probability", "rate", "weight", "after", "every", "at", "when"):
            object.__setattr__(self, name, plain(getattr(self, name)))
        if not isinstance(self.from_state, str) and isinstance(self.from_state, Sequence):
            object.__setattr__(self, "from_state", tuple(self.from_state))
        if isinstance(self.to_state, Mapping):
            object.__setattr__(self, "to_state", {state: plain(share) for state, share in self.to_state.items()})
        object.__setattr__(self, "emit", emission(self.emit))
        object.__setattr__(self, "spawn", spawns(self.spawn))
        object.__setattr__(self, "lines", Lines.of(self.lines))
        try:
            object.__setattr__(self, "event_sinks", tuple(self.event_sinks or ()))
        except TypeError:
            problem = f"event_sinks {self.event_sinks!r} is not a list. Hint: give a list of sinks"
            raise ModelError(f"transitions.{self.trigger}", problem) from None

    @property
    def causes(self) -> dict[str, Expression]:
        """Those of ``CAUSES`` that are given; exactly one in a valid model."""
        return {name: given for name in CAUSES if (given := getattr(self, name)) is not None}

    @property
    def source(self) -> str:
        """The state it leaves, where there can be only one."""
        return self.from_state if isinstance(self.from_state, str) else ", ".join(self.from_state)

    @property
    def target(self) -> str:
        """The state it leads to, where there can be only one."""
        if isinstance(self.to_state, str):
            return self.to_state
        return self.source if self.to_state is None else ", ".join(self.to_state)

    @property
    def cause_text(self) -> str:
        """When it happens, as people read it.

        >>> Transition('login', 'offline', 'online', 0.1).cause_text, Transition('a', 'b', rate='3/d').cause_text
        ('0.1 %', 'rate 3/d')
        """
        if not self.causes:
            return "when spawned"  # only the beginning of those whom others spawn has no cause of its own
        given = [self._percent_text if name == "probability" else f"{name} {it}" for name, it in self.causes.items()]
        return ", ".join([*given, *([f"rhythm {self.rhythm}"] if self.rhythm else [])])

    @property
    def _percent_text(self) -> str:
        text = str(self.probability) if self.percent is None else f"{self.percent:.15g}"
        return f"{text} %" if self.percent is not None or text.isidentifier() else f"({text}) %"

    @property
    def percent(self) -> float | None:
        """The probability per tick in percent; None if it has none, or none that is constant."""
        return self.calculated if isinstance(self.probability, str) else self.probability

    @property
    def chance(self) -> float:
        """The probability per tick in percent; 0 if it has none, or none that is constant."""
        return self.percent or 0

    def with_constants(self, constants: Mapping[str, Constant]) -> Transition:
        """The transition with its probability calculated, if that is an expression of these constants."""
        if not isinstance(self.probability, str):
            return self
        found = replace(self)
        object.__setattr__(found, "calculated", number_of(self.probability, constants))
        return found

    @property
    def is_plain(self) -> bool:
        """Whether it leads from one state to one state with a probability per tick, and nothing else."""
        has_plain_ends = isinstance(self.from_state, str) and isinstance(self.to_state, str)
        has_only_probability = list(self.causes) == ["probability"] and self.when is None and self.rhythm is None
        has_only_probability &= not isinstance(self.probability, str) or self.calculated is not None
        return has_plain_ends and self.from_state != ANY_STATE and has_only_probability

    def __hash__(self) -> int:
        return hash((self.from_state, self.trigger))  # only of parts that are hashable: a sink may not be

    def __repr__(self) -> str:
        causes = [f"{given} %" if name == "probability" else f"{name} {given}" for name, given in self.causes.items()]
        return f"Transition({self.trigger!r}, {self.from_state!r} -> {self.to_state!r}, {', '.join(causes)})"


Emission = Sequence[str] | Mapping[str, str | bool]
"""The names of streams; in a mapping each with a condition, or True where there is none."""


def emission(given: Any) -> Emission:
    """What an event feeds, as it was given: a name, names, or a mapping of names to conditions.

    Where nothing has a condition, it is a tuple of names, however it was written.

    >>> emission('orders'), emission({'orders': True}), emission({'orders': True, 'alerts': 'amount > 1000'})
    (('orders',), ('orders',), {'orders': True, 'alerts': 'amount > 1000'})
    """
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Mapping):
        return tuple(given)
    found = {stream: _condition(plain(when)) for stream, when in given.items()}
    return tuple(found) if all(when is True for when in found.values()) else found


def conditions(given: Emission) -> dict[str, str]:
    """By stream, the condition under which an event is recorded in it; those that always get it are left out."""
    if not isinstance(given, Mapping):
        return {}
    return {stream: str(when) for stream, when in given.items() if when is not True}


def _condition(when: Any) -> Any:
    return when if when is True or isinstance(when, str) else repr(when)


EACH_LINE = "lines"
"""What ``each`` of a stream is that has a record for each line."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an event; they are drawn before its action.

    Attributes:
        count: an expression for how many there are, 0 to 100.
        fields: an expression for each field of a line, in order; it may use the fields before it.

    >>> Lines('randint(1, 5)', {'price': 'uniform(1, 9)', 'amount': 'price * 2'}).count
    'randint(1, 5)'
    """

    count: str | float | bool
    fields: Mapping[str, str | float | bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", plain(self.count))
        if not isinstance(self.fields, Mapping):
            raise ModelError("lines.fields", f"{self.fields!r} is not a mapping. Hint: give a dict")
        object.__setattr__(self, "fields", {name: plain(it) for name, it in self.fields.items()})

    @classmethod
    def of(cls, given: Any) -> Lines | None:
        """The lines that are given: as such, as a mapping with count and fields, or None."""
        return cls(**given) if isinstance(given, Mapping) else given


@dataclass(frozen=True, slots=True)
class Spawn:
    """Subjects of another population that begin with an event: they live on by themselves, whatever becomes of it.

    Attributes:
        population: the name of their population, which has ``born``.
        values: by name, what they are given: expressions of the parent's attributes after its action. They are
            attributes of the children from then on.
        times: how many there are: an integer, 0 or more, or an expression for it.
        each: ``'lines'`` if there is one for each line of the event instead, whose fields ``values`` may use.

    >>> Spawn('order', {'amount': 'total'})
    Spawn(population='order', values={'amount': 'total'}, times=1, each=None)
    """

    population: str
    values: Mapping[str, Expression] = field(default_factory=dict)
    times: Expression = 1
    each: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            raise ModelError("spawn.values", f"{self.values!r} is not a mapping. Hint: give a dict of names and values")
        object.__setattr__(self, "values", {name: plain(it) for name, it in self.values.items()})
        object.__setattr__(self, "times", plain(self.times))


def spawns(given: object) -> tuple[object, ...]:
    """What spawns as a tuple: one, the name of a population, or several of both; the checks report anything else.

    >>> spawns('order')
    (Spawn(population='order', values={}, times=1, each=None),)
    """
    each = tuple(given) if isinstance(given, list | tuple) else (given,)
    return tuple(Spawn(it) if isinstance(it, str) else it for it in each)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Weighted transitions as a table: a row for each state, and in it a weight for each state that follows.

    Each cell becomes a :class:`Transition` whose trigger is the name of the state that it leads to. The states of rows
    need a dwell time.

    Attributes:
        weights: for each state, the states that follow it, with their weights.
        emit: the names of the streams that all cells feed, or a mapping of them to conditions.
        do: the action of all cells.

    >>> matrix = Matrix({'home': {'song': 60, 'logout': 1}, 'song': {'song': 9, 'home': 1}}, emit='events')
    >>> next(matrix.transitions())
    Transition('song', 'home' -> 'song', weight 60)
    """

    weights: Mapping[str, Mapping[str, Expression]]
    emit: Emission = field(default=(), kw_only=True)
    do: str | Callable[..., Any] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for path, row in (("matrix.weights", self.weights), *_rows(self.weights)):
            if not isinstance(row, Mapping):
                raise ModelError(path, f"{row!r} is not a mapping. Hint: give a dict of states and weights")
        weights = {state: {to: plain(it) for to, it in row.items()} for state, row in self.weights.items()}
        object.__setattr__(self, "weights", weights)

    def transitions(self) -> Iterator[Transition]:
        """The transitions of its cells, row by row."""
        for state, row in self.weights.items():
            for to, weight in row.items():
                cell = Transition(to, state, to, weight=weight, do=self.do, emit=self.emit)
                object.__setattr__(cell, "in_matrix", True)
                yield cell


def _rows(weights: object) -> Iterator[tuple[str, object]]:
    if isinstance(weights, Mapping):
        yield from ((f"matrix.weights.{state}", row) for state, row in weights.items())
