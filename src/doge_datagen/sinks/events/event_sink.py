"""The contract of every sink that takes events one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, Self

from doge_datagen.errors import ModelError
from doge_datagen.model import Transition


class EventSink(ABC):
    """Carries events to one place: a topic, a table, a file, the screen.

    When each method is called, and what is promised:

    * ``collect`` is called once per event, in order of tick and then of subject, from one thread, after the subject's
      state and attributes have changed. The subject lives on and changes later: take what is needed of it now.
      ``collect`` may keep what it takes in a buffer; it returns when the sink has *accepted* the event.
    * ``close`` is called once at the end of a run, also after an error or Ctrl-C; it returns when everything accepted
      is *delivered*, or raises. Closing again does nothing. After ``close`` no event is taken.
    * An event is delivered or an error is raised, by ``collect`` or by ``close``; never neither. After an error the
      sink takes no more events, does not try the failed ones again, and still lets go of its resources on ``close``.
    * A failed record raises an error of the ``SinkError`` tree that says what was delivered and what was not.

    Not promised: when in between an event arrives at its place, and that a process that is killed delivers its buffer.

    A sink is a context manager that closes itself:

    >>> from doge_datagen import PrintingSink, Transition
    >>> with PrintingSink(lambda timestamp, subject, transition: f'{timestamp} {subject} {transition.trigger}') as sink:
    ...     sink.collect(60000, 'alice', Transition('login', 'offline', 'online', 0.1))
    60000 alice login
    """

    @abstractmethod
    def collect(self, timestamp: int, subject: Any, transition: Transition) -> None:
        """Accept one event.

        Args:
            timestamp: milliseconds since the epoch.
            subject: whom it happened to, as the factory made it, with the attributes after the transition.
            transition: what happened.
        """

    def close(self) -> None:  # noqa: B027 - a sink that holds nothing has nothing to do
        """Deliver what was accepted and let go of what is held; closing again does nothing."""

    @property
    def delivered(self) -> int | None:
        """How many events are confirmed at their place so far; None where the sink does not count."""
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def check_functions(place: str, **functions: object) -> None:
    """Nothing, where each of the functions can be called.

    Raises:
        ModelError: one cannot.

    >>> check_functions('MemorySink', value_function=str)
    >>> check_functions('PrintingSink', format_function='{subject}')
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: PrintingSink.format_function: '{subject}' cannot be called; give a function
    """
    for name, function in functions.items():
        if not callable(function):
            raise ModelError(f"{place}.{name}", f"{function!r} cannot be called. Hint: give a function")
