"""An edge of the state machine: its trigger, states and probability, its action, and what it feeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from doge_datagen.errors import ModelError
from doge_datagen.model.coercion import plain


class Collector(Protocol):
    """The interface of event sinks: they receive events and are closed at the end of a run."""

    def collect(self, timestamp: int, subject: Any, transition: Transition, /) -> Any:
        """Take one event."""

    def close(self) -> Any:
        """Deliver the events taken so far and release resources."""


Action = Callable[[Any, "Transition"], "bool | None"]


@dataclass(frozen=True, slots=True)
class Transition:
    """An edge of the state machine, which leads from one state to another.

    Attributes:
        trigger: the name of the transition, unique among those that leave ``from_state``; any non-empty string.
        from_state: the state it leaves.
        to_state: the state it leads to; may be the same.
        probability: probability per tick in percent, 0 to 100; the rest to 100 % is the probability of staying.
        action_callback: called as ``action_callback(subject, transition)`` before the state changes; it may change the
            subject's attributes. If it returns False, the transition is blocked: the state does not change and no sink
            is called.
        event_sinks: called with each event, in this order, after the state has changed.
        do: in a ``Model``, the action: statements as a string, or a function of subject and draw, both in the subset of
            Python that models are written in.
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
        return hash((self.from_state, self.trigger))  # only of parts that are hashable: a sink may not be

    def __repr__(self) -> str:
        return f"Transition({self.trigger!r}, {self.from_state!r} -> {self.to_state!r}, {self.probability} %)"
