"""The sink that keeps events in a list, for tests of models."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any

from doge_datagen.errors import SinkError
from doge_datagen.model import Transition
from doge_datagen.sinks.base import CLOSED
from doge_datagen.sinks.events.event_sink import EventSink, check_functions


@dataclass(frozen=True, slots=True)
class Event:
    """A transition that happened to a subject.

    Attributes:
        timestamp: milliseconds since the epoch.
        subject: a shallow copy of the subject as it was after the transition.
        transition: the transition.
    """

    timestamp: int
    subject: Any
    transition: Transition


class MemorySink(EventSink):
    """Keeps every event in a list.

    Attributes:
        records: what was collected, oldest first; still there after ``close``. Each is what ``value_function`` returned
            or, by default, an :class:`Event` with a shallow copy of the subject, which later changes do not affect.

    Args:
        value_function: called as ``value_function(timestamp, subject, transition)``, with milliseconds since the
            epoch; its result is kept.

    Raises:
        ModelError: ``value_function`` cannot be called.
        SinkError: by ``collect``: the sink is closed.

    >>> from doge_datagen import MemorySink, Transition
    >>> sink = MemorySink(lambda timestamp, subject, transition: (timestamp, subject, transition.trigger))
    >>> sink.collect(60000, 'alice', Transition('login', 'offline', 'online', 0.1))
    >>> sink.records
    [(60000, 'alice', 'login')]
    """

    def __init__(self, value_function: Callable[[int, Any, Transition], Any] | None = None) -> None:
        self.records: list[Any] = []
        self._value_function = _event if value_function is None else value_function
        check_functions("MemorySink", value_function=self._value_function)
        self._delivered = 0
        self._closed = False

    @property
    def delivered(self) -> int:
        """How many events were kept."""
        return self._delivered

    def collect(self, timestamp: int, subject: Any, transition: Transition) -> None:
        """Keep the event."""
        if self._closed:
            raise SinkError("memory", CLOSED)
        self.records.append(self._value_function(timestamp, subject, transition))
        self._delivered += 1

    def close(self) -> None:
        """Accept no more events."""
        self._closed = True


def _event(timestamp: int, subject: Any, transition: Transition) -> Event:
    return Event(timestamp, copy(subject), transition)
