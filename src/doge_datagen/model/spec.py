"""A whole model as a value: its population, state machine, streams, clock and targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.clock import Clock
from doge_datagen.model.coercion import plain, plain_whole
from doge_datagen.model.destination import Destination
from doge_datagen.model.state_machine import final_among
from doge_datagen.model.transition import Transition

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
    """All subjects of one type.

    Attributes:
        name: the name of one of them, such as ``user``; draws depend on it.
        count: how many there are, from 1 to 2**32 - 1.
        attributes: the attributes by name, in the order in which they get their first values; anything but an
            :class:`Attribute` is taken as the ``start`` of one.

    >>> Population('user', 10, {'user_id': 'index'}).attributes['user_id']
    Attribute(start='index', type=None, values=None)
    """

    name: str
    count: int
    attributes: Mapping[str, Attribute]

    def __init__(
        self, name: str, count: int, attributes: Mapping[str, Attribute | str | float | bool] | None = None
    ) -> None:
        given = _mapping("subjects.attributes", attributes or {})
        full = {one: it if isinstance(it, Attribute) else Attribute(it) for one, it in given.items()}
        _set(self, name=name, count=plain_whole(count), attributes=full)


@dataclass(frozen=True, slots=True)
class Stream:
    """A named output of records; a transition feeds it by naming it in ``emit``.

    Attributes:
        fields: an expression for each field, evaluated with the attributes after the transition; a number or a boolean
            is an expression too.
        key: an expression for the key of each record; None for records without a key.
        headers: an expression for each header.
    """

    fields: Mapping[str, str]
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", _text(self.key))
        for name in ("fields", "headers"):
            given = getattr(self, name)
            if isinstance(given, Mapping):
                object.__setattr__(self, name, {one: _text(expression) for one, expression in given.items()})


@dataclass(frozen=True, slots=True, init=False)
class Spec:
    """A model as plain values; the same spec and seed produce the same records, bit for bit.

    Raises:
        ModelError: a value that must be a mapping is not, or a destination is invalid.

    Attributes:
        name: the name of the model.
        subjects: the population.
        states: all states, in order.
        initial: where subjects start: a weight above 0 for each state, or the name of one state.
        transitions: the transitions between states, with their actions (``do``) and streams (``emit``).
        streams: the streams by name.
        clock: start, length and number of ticks.
        targets: by name, a destination for each stream, in any form that :meth:`Destination.of` takes; the first target
            is the default.
        final: the states that subjects are meant never to leave; ``states`` may be a mapping that says so, such as
            ``{'here': None, 'gone': 'final'}``.
        zone: the time zone of local times in expressions, such as ``Europe/Warsaw``.
    """

    name: str
    subjects: Population
    states: Sequence[str]
    initial: Mapping[str, float]
    transitions: Sequence[Transition]
    streams: Mapping[str, Stream]
    clock: Clock
    targets: Mapping[str, Target]
    final: Sequence[str]
    zone: str

    def __init__(  # noqa: PLR0913 - a model has this many parts
        self,
        name: str,
        subjects: Population,
        states: Sequence[str] | Mapping[str, str | None],
        initial: Mapping[str, float] | str,
        transitions: Sequence[Transition],
        streams: Mapping[str, Stream],
        clock: Clock,
        targets: Mapping[str, Mapping[str, Destination | str | PathLike[str] | Mapping[str, Any]]] | None = None,
        *,
        final: Sequence[str] = (),
        zone: str = "UTC",
    ) -> None:
        given = {one: _mapping(f"targets.{one}", it) for one, it in _mapping("targets", targets or {}).items()}
        places = {one: {stream: Destination.of(it) for stream, it in target.items()} for one, target in given.items()}
        final = (*final, *final_among(states))
        states = states if isinstance(states, str) else tuple(states)
        weights = {initial: 1} if isinstance(initial, str) else _mapping("initial", initial)
        initial = {one: plain(weight) for one, weight in weights.items()}
        _set(self, name=name, subjects=subjects, states=states, initial=initial, transitions=tuple(transitions))
        _set(self, streams=dict(_mapping("streams", streams)), clock=clock, targets=places, final=final, zone=zone)


def _mapping(place: str, given: Any) -> Mapping[Any, Any]:
    if not isinstance(given, Mapping):
        raise ModelError(place, f"{given!r} is not a mapping. Hint: give a dict")
    return given


def _text(expression: Any) -> Any:
    """An expression as a string; a plain number or boolean is accepted too."""
    value = plain(expression)
    return repr(value) if isinstance(value, bool | int | float) else expression


def _set(value: object, **attributes: object) -> None:
    """Set the attributes of a frozen value while it is created."""
    for name, attribute in attributes.items():
        object.__setattr__(value, name, attribute)
