"""A model from its first tick to the report: windows made, streams carried to their places, the account checked."""

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
    """Run a model to its end, close the sinks and give the account.

    Args:
        spec: the model.
        destinations: by stream, where it goes, or an open sink; it is closed too.
        how: seed, workers, engine, pace, name.
        progress: told now and then how far the run is, and once at its end.
        stop: asked after each window, and while the next one's time or a server is waited for; where it says True the
            run ends there, as if there were no more ticks.

    Raises:
        ModelError: the model or a place makes no sense, or something cannot be calculated; or a run of this name is of
            another model, seed or start.
        MissingDriverError: a package is missing.
        SinkError: a place cannot be had, records did not arrive, or another process is at work on the run.
        ReaderGoneError: nobody reads standard output any more; all other sinks were closed, as by a stop.
    """
    if stop is None:  # who gives a function to stop it by has thought of an end
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
        course: what it is of, and where it begins.
        how: workers, engine and pace.
        delivery: its sinks.
        tally: what it has generated.
    """

    def __init__(self, course: RunStart, how: RunConfig, delivery: Delivery, tally: ProgressTracker) -> None:
        self._course = course
        self._how = how
        self._delivery = delivery
        self._tally = tally
        self._first = delivery.first_tick
        self._schedule = _schedule(course, how, self._first)
        self._engine: Engine | None = None  # once there is one; closed when the walk is over

    def walk(self, folder: CheckpointStore | None, stop: Callable[[], bool]) -> ReaderGoneError | None:
        """Simulate what is there already without a word, and from there on hand on and commit, to the end or a stop.

        A reader of standard output who goes is such a stop; what tells of it is returned.
        """
        ticks, of = self._course.spec.clock.ticks, self._course.of
        if self._first >= ticks:
            self._tally.nothing_left(ticks)
            self._delivery.commit(ticks, of)  # of a run without ticks that is new somewhere
            self._tell(last=True)
            return None
        checkpoints = Checkpoints(folder, of, self._course.program)
        with engine_of(self._course.program, self._how, self._course.seed, self._tally.compiling) as engine:
            self._engine = engine
            self._go_on(engine, checkpoints.last(self._first))
            self._window_after_window(engine, checkpoints, lambda: stop() or self._delivery.reader_gone is not None)
            self._delivery.commit(self._tally.ticks, of)
            self._committed()
        self._tell(last=True)
        return self._delivery.reader_gone

    def failed(self, error: Exception, report: RunReport) -> None:
        """Tell what has ended the run, and what it did until then."""
        self._tell(last=True, error=error)
        if isinstance(error, DogeError):
            error.report = report

    def report(self, destinations: Mapping[str, SinkOrDestination], seconds: float) -> RunReport:
        """The account, when all sinks are closed.

        Args:
            destinations: by stream, where it went.
            seconds: that it took.
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

    def _window_after_window(self, engine: Engine, checkpoints: Checkpoints, stop: Callable[[], bool]) -> None:
        spec, how = self._course.spec, (self._schedule, self._how.counted, stop, self._idle, self._tell)
        dispatch = Dispatcher(self._delivery, *how).dispatch
        stops = set(self._delivery.positions.values())
        windows = iterate_windows(engine, spec, length=self._how.window, stops=stops, schedule=self._schedule)
        with contextlib.closing(ahead(checkpoints.beside(windows, engine))) as coming:
            for window, checkpoint in coming:
                told = window.start >= self._first
                if told and not dispatch(window):
                    break
                self._tally.over(window, told=told)
                if checkpoint is not None:
                    checkpoints.wait(checkpoint, self._tally.census.counts)
                self._commit_in_time()
                checkpoints.keep(self._delivery.arrived)
                if stop() or window.end >= spec.clock.ticks:
                    break
                self._tell()

    def _go_on(self, engine: Engine, kept: StoredCheckpoint | None) -> None:
        if kept is not None:
            engine.restore(kept.checkpoint)
            self._tally.census.go_on(kept.census)
            self._tally.ticks = kept.checkpoint.tick

    def _idle(self) -> None:
        self._commit_in_time()
        self._tell()

    def _commit_in_time(self) -> None:
        if self._delivery.commit_in_time(self._tally.ticks, self._course.of):
            self._committed()

    def _committed(self) -> None:
        if self._schedule is not None:
            self._schedule.committed()

    def _tell(self, *, last: bool = False, error: Exception | None = None) -> None:
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
    """What the run is of; the delivery knows where it begins."""
    if seen := delivery.seen():
        resolve_run_start(program, how, seen)  # a run of something else is refused before it disturbs the one at work
    positions = delivery.claimed()
    course = resolve_run_start(program, how, positions)
    delivery.begin({stream: it.ticks for stream, it in positions.items()}, course.spec.clock.ticks)
    _warn_of_repeats(how.run_id, delivery)
    warn_of_lost_positions(how.run_id, delivery.strange(positions))
    return course


def _warn_of_repeats(run_id: str | None, delivery: Delivery) -> None:
    streams = delivery.at_least_once() if run_id is not None else []
    if streams:
        told = "places that keep no position: each record arrives at least once, after resuming perhaps twice"
        log.warning("run %s: %s go to %s", run_id, ", ".join(streams), told)


def _schedule(course: RunStart, how: RunConfig, first_tick: int) -> Schedule | None:
    if how.paced is None:
        return None
    return Schedule(how.paced, course.spec.clock, first_tick, on_clock=how.is_on_clock, late=how.late)


def _report(stream: str, sink: BatchSink, carrier: SinkOrDestination, generated: int) -> SinkReport:
    place = shown_place(carrier, stream) if isinstance(carrier, Destination) else named(sink)
    return SinkReport(sink, generated, sink.delivered, stream, place)


def _check_arrived(report: RunReport, reader_gone: ReaderGoneError | None) -> None:
    """See that each sink has delivered what it was given, as none has said otherwise but one whose reader has gone.

    Raises:
        DeliveryError: one has not.
    """
    if reader_gone is not None:  # only now, when all other sinks have been closed and not abandoned
        raise reader_gone
    for it in report.sinks:
        delivered = it.delivered or 0
        if delivered != it.generated:
            causes = {"the sink raised no error": it.generated - delivered}
            raise DeliveryError(f"stream {it.stream}", accepted=it.generated, delivered=delivered, causes=causes)
