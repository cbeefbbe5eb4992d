"""The loop of a model's run: simulates windows, delivers them, commits, and checks that everything was delivered."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from time import monotonic, time

from doge_datagen.errors import DeliveryError, DogeError, ReaderGoneError
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.destination import Destination
from doge_datagen.model.display_names import named
from doge_datagen.model.spec import Spec
from doge_datagen.program.program import Program
from doge_datagen.run.checkpoint_file import StoredCheckpoint
from doge_datagen.run.checkpoint_store import CheckpointStore
from doge_datagen.run.checkpoints import Checkpoints
from doge_datagen.run.delivery import Delivery, SinkOrDestination, open_sinks
from doge_datagen.run.dispatch import Dispatcher
from doge_datagen.run.engine_choice import Engine
from doge_datagen.run.lost_positions import warn_of_lost_positions
from doge_datagen.run.preconditions import check_end, lead
from doge_datagen.run.prefetch import ahead
from doge_datagen.run.progress import ProgressTracker, errors
from doge_datagen.run.report import Progress, ProgressListener, RunReport, SinkReport
from doge_datagen.run.resume import RunStart, resolve_run_start
from doge_datagen.run.retry import Retry, never
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.schedule import Schedule
from doge_datagen.run.sink_lifecycle import discarding
from doge_datagen.run.startup import OpenRun, open_run
from doge_datagen.run.windows import engine_of, iterate_windows
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.display import shown_place

log = logging.getLogger(__name__)


def run_model(
    spec: Spec,
    destinations: Mapping[str, SinkOrDestination],
    how: RunConfig,
    *,
    progress: ProgressListener | None = None,
    stop: Callable[[], bool] | None = None,
) -> RunReport:
    """Run a model to its end, close the sinks and summarize the run.

    Args:
        spec: the model.
        destinations: by stream, where it goes, or an open sink, which is closed too.
        how: the options of the run.
        progress: called regularly with the progress of the run, and once at its end.
        stop: polled after each window, and while the run waits for a due time or a server. When it returns True, the
            run ends there, as if there were no more ticks.

    Raises:
        ModelError: the model or a destination is invalid, or something cannot be calculated; or a run of this name is
            of another model, seed or start.
        MissingDriverError: a package is missing.
        SinkError: a destination cannot be opened, records were not delivered, or another process is running this run.
        ReaderGoneError: nobody reads standard output any more; all other sinks were closed, as after a stop.
    """
    if stop is None:  # a caller who passes a stop function controls the end of the run
        with discarding(open_sinks(destinations)):
            check_end(spec, how)
    began, stop = monotonic(), stop or never
    retry = Retry(how.seconds_to_try, stop, wait=how.seconds_to_wait)
    run: Run | None = None
    try:
        with open_run(spec, destinations, how, retry) as begins:
            run = _begun(begins, how, retry, progress)
            reader_gone = run.walk(begins.folder, stop)
        report = run.report(destinations, monotonic() - began)
        _check_arrived(report, reader_gone)
    except Exception as error:
        if run is not None:
            run.failed(error, run.report(destinations, monotonic() - began))
        elif progress is not None:
            progress(
                Progress(
                    0,
                    0,
                    0,
                    connection_errors=dict(retry.connection_errors),
                    errors=errors(retry.connection_errors, error),
                )
            )
        raise
    return report


class Run:
    """A run whose sinks are open.

    Args:
        course: its model, seed and identity.
        how: its options.
        delivery: its sinks.
        tally: tracks its progress.
    """

    def __init__(self, course: RunStart, how: RunConfig, delivery: Delivery, tally: ProgressTracker) -> None:
        self._course = course
        self._how = how
        self._delivery = delivery
        self._tally = tally
        self._first = delivery.first_tick
        self._schedule = _schedule(course, how, self._first)
        self._engine: Engine | None = None  # set when the walk begins, and closed at its end

    def walk(self, folder: CheckpointStore | None, stop: Callable[[], bool]) -> ReaderGoneError | None:
        """Simulate up to the position without delivering, then deliver and commit, until the end or a stop.

        If the reader of standard output goes away, the run stops too, and the error is returned.

        Args:
            folder: for snapshots; None to keep none.
            stop: whether the user has asked the run to stop.
        """
        ticks, of = self._course.spec.clock.ticks, self._course.of
        if self._first >= ticks:
            self._tally.nothing_left(ticks)
            self._delivery.commit(
                ticks, of
            )  # so that a destination without a position gets one even if no tick is left
            self._report_progress(last=True)
            return None
        checkpoints = Checkpoints(folder, of, self._course.program)
        with engine_of(self._course.program, self._how, self._course.seed, self._tally.compiling) as engine:
            self._engine = engine
            self._resume_from(engine, checkpoints.last(self._first))
            self._run_windows(engine, checkpoints, lambda: stop() or self._delivery.reader_gone is not None)
            self._delivery.commit(self._tally.ticks, of)
            self._committed()
        self._report_progress(last=True)
        return self._delivery.reader_gone

    def failed(self, error: Exception, report: RunReport) -> None:
        """Report the error that has ended the run, and attach the summary to it."""
        self._report_progress(last=True, error=error)
        if isinstance(error, DogeError):
            error.report = report

    def report(self, destinations: Mapping[str, SinkOrDestination], seconds: float) -> RunReport:
        """The summary of the run, once all sinks are closed.

        Args:
            destinations: by stream, where it went.
            seconds: how long the run took.
        """
        spec, events, generated = self._course.spec, self._tally.events, self._delivery.generated
        sinks = tuple(
            _report(stream, it, destinations[stream], generated[stream]) for stream, it in self._delivery.sinks.items()
        )
        counted = sum(it.delivered or 0 for it in sinks)
        pace = (
            None if self._schedule is None else self._schedule.report(generated=generated.total(), acknowledged=counted)
        )
        return RunReport(
            seed=self._course.seed,
            events=events.total(),
            transitions={(it.from_state, it.trigger): events[number] for number, it in enumerate(spec.transitions)},
            sinks=sinks,
            seconds=seconds,
            ticks=self._tally.ticks,
            ticks_in_all=None if spec.clock.ticks == ENDLESS else spec.clock.ticks,
            pace=pace,
            start=spec.clock.start,
            first_tick=self._first,
            engine=None if self._engine is None else self._engine.used,
            compiled_in=None if self._engine is None else self._engine.compiled_in,
        )

    def _run_windows(self, engine: Engine, checkpoints: Checkpoints, stop: Callable[[], bool]) -> None:
        spec, how = self._course.spec, (self._schedule, self._how.counted, stop, self._idle, self._report_progress)
        dispatch = Dispatcher(self._delivery, *how).dispatch
        stops = set(self._delivery.positions.values())
        windows = iterate_windows(engine, spec, length=self._how.window, stops=stops, schedule=self._schedule)
        with contextlib.closing(ahead(checkpoints.beside(windows, engine))) as coming:
            for window, checkpoint in coming:
                with_records = window.start >= self._first
                if with_records and not dispatch(window):
                    break
                self._tally.over(window, with_records=with_records)
                if checkpoint is not None:
                    checkpoints.wait(checkpoint, self._tally.census.counts)
                self._commit_in_time()
                checkpoints.keep(self._delivery.arrived)
                if stop() or window.end >= spec.clock.ticks:
                    break
                self._report_progress()

    def _resume_from(self, engine: Engine, kept: StoredCheckpoint | None) -> None:
        if kept is not None:
            engine.restore(kept.checkpoint)
            self._tally.census.go_on(kept.census)
            self._tally.ticks = kept.checkpoint.tick

    def _idle(self) -> None:
        self._commit_in_time()
        self._report_progress()

    def _commit_in_time(self) -> None:
        if self._delivery.commit_in_time(self._tally.ticks, self._course.of):
            self._committed()

    def _committed(self) -> None:
        if self._schedule is not None:
            self._schedule.committed()

    def _report_progress(self, *, last: bool = False, error: Exception | None = None) -> None:
        lag = None if self._schedule is None else self._schedule.lag
        compiling = self._engine is not None and self._engine.compiling and not last
        self._tally.tell(lag, compiling=compiling, last=last, error=error)


def _begun(begins: OpenRun, how: RunConfig, retry: Retry, progress: ProgressListener | None) -> Run:
    delivery = Delivery(begins.sinks, how.commit_every, retry)
    course = _course(begins.program, how, delivery)
    ahead_ms = lead(course.spec.clock, how, delivery.first_tick, time() * 1000)
    if ahead_ms is not None and ahead_ms > 0:
        delivery.warn_ahead(ahead_ms)
    return Run(course, how, delivery, ProgressTracker(course, delivery, retry.connection_errors, progress))


def _course(program: Program, how: RunConfig, delivery: Delivery) -> RunStart:
    """Resolve what to run from the positions of the sinks, and set the delivery to these positions."""
    if seen := delivery.seen():
        resolve_run_start(
            program, how, seen
        )  # reject a different run before its claim disturbs a process that is running
    positions = delivery.claimed()
    course = resolve_run_start(program, how, positions)
    delivery.begin({stream: it.ticks for stream, it in positions.items()}, course.spec.clock.ticks)
    _warn_of_repeats(how.run_id, delivery)
    warn_of_lost_positions(how.run_id, delivery.strange(positions))
    return course


def _warn_of_repeats(run_id: str | None, delivery: Delivery) -> None:
    streams = delivery.at_least_once() if run_id is not None else []
    if streams:
        problem = "destinations without a position: records are delivered at least once, possibly twice after resuming"
        log.warning("run %s: %s go to %s", run_id, ", ".join(streams), problem)


def _schedule(course: RunStart, how: RunConfig, first_tick: int) -> Schedule | None:
    if how.paced is None:
        return None
    return Schedule(how.paced, course.spec.clock, first_tick, on_clock=how.is_on_clock, late=how.late)


def _report(stream: str, sink: BatchSink, carrier: SinkOrDestination, generated: int) -> SinkReport:
    place = shown_place(carrier, stream) if isinstance(carrier, Destination) else named(sink)
    return SinkReport(sink, generated, sink.delivered, stream, place)


def _check_arrived(report: RunReport, reader_gone: ReaderGoneError | None) -> None:
    """Check that each sink has delivered all records that it was given.

    Raises:
        DeliveryError: one has not, although it raised no error.
        ReaderGoneError: the reader of a sink has gone away.
    """
    if reader_gone is not None:  # raised only now, so that all other sinks were closed and not abandoned
        raise reader_gone
    for it in report.sinks:
        delivered = it.delivered or 0
        if delivered != it.generated:
            causes = {"the sink raised no error": it.generated - delivered}
            raise DeliveryError(f"stream {it.stream}", accepted=it.generated, delivered=delivered, causes=causes)
