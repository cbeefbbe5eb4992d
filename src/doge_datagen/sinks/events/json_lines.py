"""The sink that writes events to a file of JSON objects, one per line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from reprlib import repr as shown
from typing import Any

from doge_datagen.errors import RecordError
from doge_datagen.model import Transition
from doge_datagen.sinks.base import FAILED
from doge_datagen.sinks.events.event_sink import EventSink, check_functions
from doge_datagen.sinks.files.part_file import FileDelivery, open_part

ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
CANNOT = (TypeError, ValueError, RecursionError)
DEEPEST_NAMED = 8  # an object may contain itself, so the search for the part at fault needs a limit


class JsonLinesSink(EventSink):
    """Writes one compact JSON object per line, in UTF-8.

    Lines are written to ``<path>.part``. ``close`` syncs it to disk and only then renames it to ``path``, so a file at
    ``path`` is always complete. Until then ``delivered`` is 0.

    Args:
        path: the file to write. An existing file is replaced; if the path is a link, the file behind it is replaced.
            A missing folder is created.
        value_function: called as ``value_function(timestamp, subject, transition)``, with milliseconds since the
            epoch; returns the object as a dict, whose order is kept.

    Raises:
        ModelError: ``value_function`` cannot be called.
        SinkError: the file cannot be created, with the reason as its cause, or another sink is writing to it.
        UnknownTargetError: the path is a folder, a device or a pipe, or leads through a file.
        RecordError: by ``collect``: the value is not a dict, or contains what JSON cannot represent; earlier lines are
            kept.
        DeliveryError: by ``collect`` or ``close``: the disk failed; the file did not get its name.

    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from doge_datagen import JsonLinesSink, Transition
    >>> path = Path(mkdtemp()) / 'logins.jsonl'
    >>> with JsonLinesSink(path, lambda timestamp, subject, transition: {'user': subject, 'at': timestamp}) as sink:
    ...     sink.collect(60000, 'alice', Transition('login', 'offline', 'online', 0.1))
    >>> print(path.read_text(), end='')
    {"user":"alice","at":60000}
    """

    def __init__(
        self, path: str | os.PathLike[str], value_function: Callable[[int, Any, Transition], dict[str, Any]]
    ) -> None:
        check_functions("JsonLinesSink", value_function=value_function)
        self._destination = f"file {Path(path)}"
        self._value_function = value_function
        self._file = open_part(self._destination, Path(path))
        self._delivery = FileDelivery(self._destination, self._file)

    @property
    def delivered(self) -> int:
        """How many lines the finished file holds; 0 until the sink is closed."""
        return self._delivery.delivered

    def collect(self, timestamp: int, subject: Any, transition: Transition) -> None:
        """Write the event's line."""
        delivery = self._delivery
        if delivery.refusal is not None:
            delivery.check()
        line = self._line(self._value_function(timestamp, subject, transition))
        try:
            self._file.write(line)
        except OSError as error:
            raise delivery.given_up(error) from error
        delivery.accepted += 1

    def close(self) -> None:
        """Sync the lines to disk and rename the file to its path; closing again does nothing."""
        self._delivery.close()

    def _line(self, value: Any) -> bytes:
        if not isinstance(value, dict):
            self._delivery.refusal = FAILED
            raise RecordError(self._destination, f"the value function returned {shown(value)}. Hint: return a dict")
        try:
            return ENCODER.encode(value).encode() + b"\n"
        except CANNOT as error:
            self._delivery.refusal = FAILED
            raise RecordError(self._destination, f"JSON cannot hold {_culprit(value)}: {error}") from error


def _culprit(value: Any) -> str:
    """Describe the innermost part that JSON cannot represent, with its field."""
    name, depth = "", 0
    while depth < DEEPEST_NAMED:
        inner = next((part for part in _parts(name, value) if not _fits(part[1])), None)
        if inner is None:
            break
        (name, value), depth = inner, depth + 1
    return f"field {name} = {shown(value)}" if name else shown(value)


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{name}.{key}" if name else str(key), part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{name}[{index}]", part) for index, part in enumerate(value))


def _fits(value: Any) -> bool:
    try:
        ENCODER.encode(value).encode()
    except CANNOT:
        return False
    return True
