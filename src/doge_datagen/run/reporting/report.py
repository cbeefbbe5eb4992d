"""What a run reports: its progress while it runs, and a summary of what was generated and delivered, also in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from doge_datagen.errors import ReaderGoneError
from doge_datagen.model.clock import ENDLESS
from doge_datagen.number_format import counted, duration, reached
from doge_datagen.run.pacing.lag import PaceReport

if TYPE_CHECKING:
    import pyarrow as pa


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
        destination: for a model, as it may be displayed, without a password.
        emitted: records passed to the sink: as many as generated, unless stages of a model drop, repeat, delay or add
            some.
    """

    sink: Any
    generated: int
    delivered: int | None
    stream: str | None = None
    destination: str | None = None
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


class ProgressReports:
    """Reports to a listener from time to time, the first time at once.

    Args:
        listener: the listener; None for none, and no report is ever due.
        every: seconds between two reports.
    """

    def __init__(self, listener: ProgressListener | None, every: float = 0.1) -> None:
        self._listener = listener
        self._every = every
        self._due_at = monotonic()

    def is_due(self, *, last: bool = False) -> bool:
        """Whether to report now; the last report of a run always is."""
        return self._listener is not None and (last or monotonic() >= self._due_at)

    def report(self, progress: Progress) -> None:
        """Report, whether it is due or not."""
        if self._listener is not None:
            # Before the listener is called, which may take longer than the interval and would otherwise be called
            # without a pause.
            self._due_at = monotonic() + self._every
            self._listener(progress)


def summary_lines(report: RunReport, error: Exception | None = None, details: tuple[str, ...] = ()) -> Iterator[str]:
    """Counts and rate, ticks, how the run ended unless it is complete, and whether the pace was kept.

    What a named run had done before is not included.

    Args:
        report: the summary.
        error: the error that ended the run; None if it did not fail.
        details: how the run was made; shown after its ticks.
    """
    yield _totals(report)
    yield "; ".join((_ticks(report), *details))
    ticks = _span(_ticks_done(report), report)
    if isinstance(error, ReaderGoneError):
        yield f"stopped after {ticks}: the reader of standard output has exited; everything else counted was delivered"
    elif error is not None:
        yield f"failed after {ticks}; records counted as delivered have arrived"
    elif not report.complete:
        yield f"stopped after {ticks}; everything counted was delivered"
    if report.pace is not None:
        yield pace_line(report.pace)


def records_of(report: RunReport) -> int:
    """How many records were generated for all sinks together."""
    return sum(it.generated for it in report.sinks)


def rate(count: int, report: RunReport) -> float:
    """A count per second of the whole run, from opening the destinations to closing them."""
    return count / max(report.seconds, 1e-6)


def pace_line(pace: PaceReport) -> str:
    """Whether the pace was kept, and the lag; the rate of the run is in another line."""
    text = (
        f"pace {pace.asked} kept"
        if pace.kept
        else f"pace {pace.asked} not kept: reached {pace.reached} from the first record on"
    )
    text += _late("lag", pace.lag_p50, pace.lag_p99, pace.lag_max)
    text += _late("until committed", pace.commit_lag_p50, pace.commit_lag_p99, pace.commit_lag_max)
    return text + (f"; stretched by {pace.stretched:,.1f} s" if pace.stretched else "")


def _totals(report: RunReport) -> str:
    records = records_of(report)
    totals = f"{counted(report.events, 'transition')}, {counted(records, 'record')}"
    return f"{totals} in {report.seconds:.2f} s, {rate(records, report):,.0f} records/s"


def _ticks(report: RunReport) -> str:
    """The number of ticks done, and up to which tick if the run was resumed."""
    done, whole = _ticks_done(report), report.ticks_in_all
    if report.tick_ms == 1:
        of = "" if whole in (None, report.first_tick + done) else f" of {duration(whole)}"
        until = f", up to {duration(report.first_tick + done)}" if report.first_tick else ""
        return f"{duration(done)}{until}{of} of event time"
    of = "" if whole is None else f" of {whole:,}"
    if not report.first_tick:
        return f"{report.ticks or 0:,}{of} ticks"
    return f"{counted(done, 'tick')}, up to tick {report.first_tick + done:,}{of}"


def _span(ticks: int, report: RunReport) -> str:
    """A number of ticks; where they are milliseconds, a duration."""
    return f"{duration(ticks)} of event time" if report.tick_ms == 1 else counted(ticks, "tick")


def _ticks_done(report: RunReport) -> int:
    """The number of ticks delivered; 0 if the run was stopped while still simulating up to its position."""
    return max(0, (report.ticks or 0) - report.first_tick)


def _late(name: str, p50: float | None, p99: float | None, longest: float | None) -> str:
    """Percentiles of a delay; empty if it was not measured."""
    if p50 is None or p99 is None or longest is None:
        return ""
    return f"; {name} p50 {_brief(p50)}, p99 {_brief(p99)}, max {_brief(longest)}"


def _brief(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"
