"""What a run reports: its progress while it runs, and a summary of what was generated and delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from doge_datagen.model.clock import ENDLESS
from doge_datagen.number_format import duration, reached

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.run.pacing.pace_report import PaceReport


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run. For a run of a generator, what it does not have, such as streams, stays empty.

    Attributes:
        ticks_done: how many ticks are complete.
        ticks: how many ticks the run has in total.
        events: how many transitions have happened.
        records: for a model, by stream, how many records were generated.
        delivered: by stream, how many records its destination has confirmed.
        timestamp: the event time that is reached, in milliseconds since the epoch.
        subjects: by state, how many subjects are in it.
        latest: by stream, its last few records; their columns are the stream's fields.
        lag: seconds behind the schedule; None without a pace.
        positions: by stream, how many ticks are committed; of a named run.
        connection_errors: by type, such as ``UnreachableError``, how often something failed and was retried.
        errors: by type, how often something failed: what was retried, and what ended the run.
        seed: the seed of the run, even if none was given.
        compiling: whether the model is being compiled: before the first tick, or in the background of a run that has
            started without waiting for it.
        tick_ms: the length of a tick in milliseconds; 1 if things happen at any moment.
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
    tick_ms: int | None = None

    @property
    def reached(self) -> str:
        """How far the run is, and of how much if it has an end: ``tick 10 of 100``, or in event time."""
        text = reached(self.ticks_done, self.tick_ms)
        if self.ticks == ENDLESS:
            return text
        return f"{text} of {duration(self.ticks) if self.tick_ms == 1 else f'{self.ticks:,}'}"


ProgressListener = Callable[[Progress], Any]


@dataclass(frozen=True, slots=True)
class SinkReport:
    """How many events there were for one sink, and how many of them were delivered.

    Attributes:
        sink: the sink.
        generated: events that were generated for the sink.
        delivered: events that the destination has confirmed; None if the sink does not count them.
        stream: for a model, the stream that the records belong to.
        place: for a model, the destination as it may be displayed, without a password.
        emitted: records passed to the sink: as many as generated, unless stages of a model drop, repeat, delay or add
            some.
    """

    sink: Any
    generated: int
    delivered: int | None
    stream: str | None = None
    place: str | None = None
    emitted: int | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """The summary of a run.

    Attributes:
        seed: the seed that repeats the engine's choices.
        events: how many transitions happened.
        transitions: events by (from_state, trigger).
        sinks: one report for each sink, in the order in which they were first named.
        seconds: wall time from the first subject until the last sink was closed.
        ticks: how many ticks were simulated, fewer than ``ticks_in_all`` if the run was stopped.
        ticks_in_all: how many ticks the run has in total; None if it has no end.
        pace: how well the pace was kept; None without a pace.
        start: the timestamp of the first tick, in milliseconds since the epoch.
        first_tick: for a model, the first tick whose records this run delivered; earlier ones were delivered before.
        engine: for a model, the engine that ran it: ``interpreted``, ``compiled``, or the first and then the second;
            None if no engine was needed.
        compiled_in: seconds that it took to compile the model, or to load it if it was compiled before; None if it was
            not compiled.
        tick_ms: the length of a tick in milliseconds; None if it is unknown.
        data_versions: for a model, the versions of the packages whose data decide its records: ``tzdata`` if it uses
            another time zone than UTC, ``holidays`` if a rhythm has public holidays, ``mimesis`` if a table
            has names from its data; and a digest of each table.
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
    tick_ms: int | None = None
    data_versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the run reached its end."""
        return self.ticks is not None and self.ticks_in_all is not None and self.ticks >= self.ticks_in_all
