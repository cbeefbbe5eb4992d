"""What a run did: how far it is while it goes on, and at its end what was generated and what arrived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.run.lag import PaceReport


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; what a generator does not know stays empty.

    Attributes:
        ticks_done: ticks that are over.
        ticks: ticks there are in all.
        events: transitions that have happened.
        records: of a model, by stream: what there was to hand on.
        delivered: by stream: what is confirmed at its place.
        timestamp: the event time that is reached, in milliseconds since the epoch.
        subjects: by state, how many subjects are in it.
        latest: by stream, its last records, a few; their columns are the stream's fields.
        lag: seconds behind the schedule; None where there is no pace.
        positions: by stream, the ticks that are committed; of a run with a name.
        troubles: by kind, such as ``UnreachableError``, how often something had to be tried again.
        errors: by kind, how often something failed: what was tried again, and what ended the run.
        seed: of a model, what the run is made from, though nobody has asked for it.
        compiling: whether the model is being compiled: before the first tick, or beside a run that has begun without.
    """

    ticks_done: int
    ticks: int
    events: int
    records: Mapping[str, int] = field(default_factory=dict)
    delivered: Mapping[str, int] = field(default_factory=dict)
    timestamp: int | None = None
    subjects: Mapping[str, int] = field(default_factory=dict)
    latest: Mapping[str, pa.RecordBatch] = field(default_factory=dict)
    lag: float | None = None
    positions: Mapping[str, int] = field(default_factory=dict)
    connection_errors: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    seed: int | None = None
    compiling: bool = False


ProgressListener = Callable[[Progress], Any]


@dataclass(frozen=True, slots=True)
class SinkReport:
    """What became of the events of one sink.

    Attributes:
        sink: the sink.
        generated: events it was told of.
        delivered: events confirmed at their place; None where the sink does not count.
        stream: of a model, whose records these are.
        place: of a model, where they went, as a person may see it: without a password.
    """

    sink: Any
    generated: int
    delivered: int | None
    stream: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did.

    Attributes:
        seed: the seed that repeats the engine's choices.
        events: transitions that happened.
        transitions: events by (from_state, trigger).
        sinks: one report for each sink, in the order in which they were first named.
        seconds: wall time from the first subject to the last sink closed.
        ticks: how many ticks were walked; less than there are in all where the run was stopped. None for a generator.
        ticks_in_all: how many ticks the run has, by its own start and end. None where no end is meant, and for a
            generator.
        pace: how well a pace was kept; None where there was none.
        start: of a model, the timestamp of the first tick, in milliseconds since the epoch.
        first_tick: of a model, the tick from which on records were handed on: those before were there already.
        engine: of a model, what has run it: ``interpreted``, ``compiled``, or one and then the other; None where no
            engine was needed.
        compiled_in: seconds that it took to compile the model, or to load it where it was compiled before; None where
            it was not compiled.
    """

    seed: int
    events: int
    transitions: Mapping[tuple[str, str], int]
    sinks: tuple[SinkReport, ...]
    seconds: float
    ticks: int | None = None
    ticks_in_all: int | None = None
    pace: PaceReport | None = None
    start: int | None = None
    first_tick: int = 0
    engine: str | None = None
    compiled_in: float | None = None

    @property
    def complete(self) -> bool:
        """Of a model: whether the run came to its end."""
        return self.ticks is not None and self.ticks_in_all is not None and self.ticks >= self.ticks_in_all
