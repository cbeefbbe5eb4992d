"""An edge of the state machine: where it leads, how likely it is, what it does and who is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from doge_datagen.errors import ModelError
from doge_datagen.model.coercion import plain


class Collector(Protocol):
    """Whatever can be told of an event and closed at the end: every sink."""

    def collect(self, timestamp: int, subject: Any, transition: Transition, /) -> Any:
        """Take one event."""

    def close(self) -> Any:
        """Deliver what was taken and let go of what is held."""


Action = Callable[[Any, "Transition"], "bool | None"]


@dataclass(frozen=True, slots=True)
class Transition:
    """One way out of a state.

    Attributes:
        trigger: the edge's name, unique among those that leave ``from_state``; any non-empty string.
        from_state: the state it leaves.
        to_state: the state it leads to; may be the same.
        probability: chance per tick in percent, 0 to 100; what is missing to 100 % in a state is staying.
        action_callback: called as ``action_callback(subject, transition)`` before the state changes; it may change the
            subject's attributes, and returning False blocks the transition: the state stays and no sink is told.
        event_sinks: told of each event in this order, after the state has changed.
        do: in a ``Model``, what happens to the subject's attributes: statements as text, or a function of subject and
            draw that is written in the same small part of Python.
        emit: in a ``Model``, the names of the streams that it feeds.

    >>> Transition('login', 'offline', 'online', 0.1)
    Transition('login', 'offline' -> 'online', 0.1 %)
    """

    trigger: str
    from_state: str
    to_state: str
    probability: float
    action_callback: Action | None = None
    event_sinks: Sequence[Collector] = field(default=())
    do: str | Callable[..., Any] | None = field(default=None, kw_only=True)
    emit: Sequence[str] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "probability", plain(self.probability))
        object.__setattr__(self, "emit", (self.emit,) if isinstance(self.emit, str) else tuple(self.emit))
        try:
            object.__setattr__(self, "event_sinks", tuple(self.event_sinks or ()))
        except TypeError:
            problem = f"event_sinks {self.event_sinks!r} is not a list. Hint: give a list of sinks"
            raise ModelError(f"transitions.{self.trigger}", problem) from None

    def __hash__(self) -> int:
        return hash((self.from_state, self.trigger))  # of what is always hashable: a sink need not be

    def __repr__(self) -> str:
        return f"Transition({self.trigger!r}, {self.from_state!r} -> {self.to_state!r}, {self.probability} %)"
