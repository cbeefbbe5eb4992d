"""The contract of sinks that take events one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, Self

from doge_datagen.errors import ModelError
from doge_datagen.model import Transition


class EventSink(ABC):
    """Delivers events to one destination: a topic, a table, a file or the screen.

    When each method is called, and what it promises:

    * ``collect`` is called once per event, in order of tick and then of subject, from one thread, after the subject's
      state and attributes have changed. The subject goes on to change, so copy what you need before returning.
      ``collect`` may buffer what it has copied; it returns when the sink has *accepted* the event.
    * ``close`` is called once at the end of a run, also after an error or Ctrl-C. It returns when everything accepted
      is *delivered*, or raises. Closing again does nothing. A closed sink accepts no events.
    * An event is delivered or an error is raised, by ``collect`` or ``close``; never neither. After an error the sink
      accepts no more events and does not retry the failed ones, but ``close`` still releases its resources.
    * If a record fails, the error is a subclass of ``SinkError`` and says what was delivered and what was not.

    Not promised: when, between ``collect`` and ``close``, an event reaches the destination; nor that a killed process
    has delivered its buffer.
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
            subject: the subject, as the factory made it, with its attributes after the transition.
            transition: what happened.
        """

    def close(self) -> None:  # noqa: B027 - a sink that holds nothing has nothing to do
        """Deliver everything accepted and release all resources; closing again does nothing."""

    @property
    def delivered(self) -> int | None:
        """How many events are confirmed by the destination so far; None if the sink does not count."""
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def check_functions(sink: str, **functions: object) -> None:
    """Check that each of the functions can be called.

    Raises:
        ModelError: one cannot.

    >>> check_functions('MemorySink', value_function=str)
    >>> check_functions('PrintingSink', format_function='{subject}')
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: PrintingSink.format_function: '{subject}' cannot be called. Hint: give a function
    """
    for name, function in functions.items():
        if not callable(function):
            raise ModelError(f"{sink}.{name}", f"{function!r} cannot be called. Hint: give a function")
