"""A sink that fails at random, to test how a pipeline reacts."""

from __future__ import annotations

from typing import Any

from doge_datagen.draws import MASK, draw, purpose_of
from doge_datagen.errors import ModelError, SinkError
from doge_datagen.model import Transition
from doge_datagen.sinks.base import CLOSED
from doge_datagen.sinks.events.event_sink import EventSink

PLACE = "FailingSink"
PURPOSE = purpose_of("failing sink")


class FailingSink(EventSink):
    """Passes events on to another sink, but fails at random.

    Whether a call fails depends only on the seed and on the number of calls before it, so the same run fails at the
    same events. An event that failed was not passed on. Unlike other sinks this one continues after an error, as if
    the problem were gone.

    Args:
        sink: takes the events that do not fail, and is closed with this one.
        probability: chance of each ``collect`` to fail, in percent, 0 to 100.
        seed: 64-bit integer that decides which calls fail.

    Raises:
        ModelError: ``sink`` is not a sink, ``probability`` is not 0 to 100, or ``seed`` is not a 64-bit integer.
        SinkError: by ``collect``, with ``transient=True``, if the draw decides so.

    >>> from doge_datagen import FailingSink, MemorySink, SinkError, Transition
    >>> kept = MemorySink(lambda timestamp, subject, transition: timestamp)
    >>> login = Transition('login', 'offline', 'online', 0.1)
    >>> with FailingSink(kept, probability=40, seed=7) as sink:
    ...     for timestamp in range(4):
    ...         try:
    ...             sink.collect(timestamp, 'alice', login)
    ...         except SinkError as error:
    ...             print(error)
    FailingSink: call 2 failed, as drawn with seed 7
    >>> kept.records
    [0, 1, 3]
    """

    def __init__(self, sink: EventSink, probability: float, seed: int) -> None:
        self._sink = _checked_sink(sink)
        self._threshold = round(_checked_probability(probability) / 100 * 2**64)
        self._seed = _checked_seed(seed)
        self._calls = 0
        self._closed = False

    @property
    def delivered(self) -> int | None:
        """How many events the underlying sink has confirmed."""
        return self._sink.delivered

    def collect(self, timestamp: int, subject: Any, transition: Transition) -> None:
        """Fail at random, or else pass the event on."""
        if self._closed:
            raise SinkError(PLACE, CLOSED)
        call, self._calls = self._calls, self._calls + 1
        if draw(self._seed, 0, call & MASK, PURPOSE, call >> 32)[0] < self._threshold:
            raise SinkError(PLACE, f"call {call} failed, as drawn with seed {self._seed}", transient=True)
        self._sink.collect(timestamp, subject, transition)

    def close(self) -> None:
        """Close the underlying sink; this never fails at random."""
        self._closed = True
        self._sink.close()


def _checked_sink(sink: EventSink) -> EventSink:
    if not isinstance(sink, EventSink):
        raise ModelError(f"{PLACE}.sink", f"{sink!r} is not a sink. Hint: give an instance of a subclass of EventSink")
    return sink


def _checked_probability(probability: float) -> float:
    if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 <= probability <= 100:
        raise ModelError(f"{PLACE}.probability", f"{probability!r} is not a chance in percent. Hint: give 0 to 100")
    return probability


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise ModelError(f"{PLACE}.seed", f"{seed!r} is not an integer of 64 bits. Hint: give 0 to 2**64 - 1")
    return seed
