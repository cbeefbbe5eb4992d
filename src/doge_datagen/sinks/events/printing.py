"""The sink that prints events to the screen, one line each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from doge_datagen.errors import SinkError
from doge_datagen.model import Transition
from doge_datagen.sinks.base import CLOSED, FAILED
from doge_datagen.sinks.events.event_sink import EventSink, check_functions

PLACE = "standard output"


class PrintingSink(EventSink):
    """Prints a line for each event.

    ``delivered`` counts lines that have left Python's own buffer, so it changes when the sink closes.

    Args:
        format_function: called as ``format_function(timestamp, subject, transition)``, with milliseconds since the
            epoch; the line to print.

    Raises:
        ModelError: ``format_function`` cannot be called.
        SinkError: standard output is closed, or cannot show a character; the cause has the reason.

    >>> from doge_datagen import PrintingSink, Transition
    >>> with PrintingSink(lambda timestamp, subject, transition: f'{subject} {transition.trigger}') as sink:
    ...     sink.collect(60000, 'alice', Transition('login', 'offline', 'online', 0.1))
    alice login
    """

    def __init__(self, format_function: Callable[[int, Any, Transition], str]) -> None:
        check_functions("PrintingSink", format_function=format_function)
        self._format_function = format_function
        self._printed = 0
        self._delivered = 0
        self._refusal: str | None = None

    @property
    def delivered(self) -> int:
        """How many lines have left Python's own buffer."""
        return self._delivered

    def collect(self, timestamp: int, subject: Any, transition: Transition) -> None:
        """Print the event's line."""
        if self._refusal is not None:
            raise SinkError(PLACE, self._refusal)
        line = self._format_function(timestamp, subject, transition)
        try:
            print(line)  # noqa: T201 - printing is this sink's job
        except (OSError, ValueError) as error:
            raise self._failed(error) from error
        self._printed += 1

    def close(self) -> None:
        """Flush what was printed; closing again does nothing."""
        if self._refusal is not None:
            return
        self._refusal = CLOSED
        try:
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            raise self._failed(error) from error
        self._delivered = self._printed

    def _failed(self, error: Exception) -> SinkError:
        self._refusal = FAILED
        return SinkError(PLACE, f"{error}; {self._printed:,} lines were printed before")
