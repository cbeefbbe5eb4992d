"""A whole model as a value: who there is, what they can do, what is told of it and where it goes."""

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
"""For each stream that is carried away, where to."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """What every subject has, each with a value of its own.

    Attributes:
        start: an expression for the first value; may use ``index``, draws, and the attributes before it.
        type: ``integer``, ``float``, ``boolean``, ``string`` or ``timestamp``; None where it follows from ``start``.
        values: all strings it can ever be, where it is one that actions change; None elsewhere.
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
    """All subjects of one kind.

    Attributes:
        name: of one of them, such as ``user``; draws depend on it.
        count: how many there are, from 1 to 2**32 - 1.
        attributes: by name, in the order in which they get their first values; what is given as no :class:`Attribute`
            is what one starts with.

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
    """A named output; transitions say in ``emit`` that they feed it.

    Attributes:
        fields: by name, an expression for what the records show, of the attributes after the transition; a number or a
            boolean is one too.
        key: an expression for the key of each record; None where it has none.
        headers: by name, expressions for the headers of each record.
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
    """What a model says; the same spec and seed give the same records, to the bit.

    Raises:
        ModelError: what has names is no mapping, or a place is none.

    Attributes:
        name: of the model.
        subjects: who there is.
        states: all states, in order.
        initial: where subjects start: by state, a weight above 0; may be given as one state.
        transitions: all ways from state to state; ``do`` and ``emit`` say what they do.
        streams: by name.
        clock: the ticks.
        targets: by name, where streams go, each as :meth:`Destination.of` takes it; the first is the default.
        final: the states that subjects are meant never to leave again; ``states`` may be given as a mapping that says
            it, such as ``{'here': None, 'gone': 'final'}``.
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

    def __init__(  # noqa: PLR0913 - a model says so much
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
    ) -> None:
        given = {one: _mapping(f"targets.{one}", it) for one, it in _mapping("targets", targets or {}).items()}
        places = {one: {stream: Destination.of(it) for stream, it in target.items()} for one, target in given.items()}
        final = (*final, *final_among(states))
        states = states if isinstance(states, str) else tuple(states)
        weights = {initial: 1} if isinstance(initial, str) else _mapping("initial", initial)
        initial = {one: plain(weight) for one, weight in weights.items()}
        _set(self, name=name, subjects=subjects, states=states, initial=initial, transitions=tuple(transitions))
        _set(self, streams=dict(_mapping("streams", streams)), clock=clock, targets=places, final=final)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Nothing here; what is made of a spec may look at it when it is whole."""


def _mapping(place: str, given: Any) -> Mapping[Any, Any]:
    if not isinstance(given, Mapping):
        raise ModelError(place, f"{given!r} is not a mapping. Hint: give a dict")
    return given


def _text(expression: Any) -> Any:
    """An expression as text, as which a plain number or boolean may be given too."""
    value = plain(expression)
    return repr(value) if isinstance(value, bool | int | float) else expression


def _set(value: object, **attributes: object) -> None:
    """Give a frozen value its attributes, once."""
    for name, attribute in attributes.items():
        object.__setattr__(value, name, attribute)
