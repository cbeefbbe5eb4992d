"""A model from its first tick to the report: windows made, streams carried to their places, the account checked."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from time import monotonic, time

from doge_datagen.errors import DeliveryError, DogeError, ReaderGoneError
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.destination import Place
from doge_datagen.model.display_names import named
from doge_datagen.model.spec import Spec
from doge_datagen.program.program import Program
from doge_datagen.run.checkpoint_file import Kept
from doge_datagen.run.checkpoint_store import StateFolder
from doge_datagen.run.checkpoints import Snapshots
from doge_datagen.run.delivery import Carrier, Delivery, already_open
from doge_datagen.run.dispatch import HandingOn
from doge_datagen.run.engine_choice import Engine
from doge_datagen.run.lost_positions import warn_of_lost_positions
from doge_datagen.run.preconditions import check_end, lead
from doge_datagen.run.prefetch import ahead
from doge_datagen.run.progress import Tally, errors
from doge_datagen.run.report import Progress, ProgressListener, RunReport, SinkReport
from doge_datagen.run.resume import Course, course_of
from doge_datagen.run.retry import Retry, never
from doge_datagen.run.run_config import How
from doge_datagen.run.schedule import Schedule
from doge_datagen.run.sink_lifecycle import discarding
from doge_datagen.run.startup import Ready, ready
from doge_datagen.run.windows import engine_of, windows_of
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.display import shown_place

log = logging.getLogger(__name__)


def run_model(
    spec: Spec,
    carriers: Mapping[str, Carrier],
    how: How,
    *,
    progress: ProgressListener | None = None,
    stop: Callable[[], bool] | None = None,
) -> RunReport:
    """Run a model to its end, close the sinks and give the account.

    Args:
        spec: the model.
        carriers: by stream, where it goes, or an open sink; it is closed too.
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
        with discarding(already_open(carriers)):
            check_end(spec, how)
    began, stop = monotonic(), stop or never
    retry = Retry(how.seconds_to_try, stop, wait=how.seconds_to_wait)
    run: Run | None = None
    try:
        with ready(spec, carriers, how, retry) as begins:
            run = _begun(begins, how, retry, progress)
            reader_gone = run.walk(begins.folder, stop)
        report = run.report(carriers, monotonic() - began)
        _check_arrived(report, reader_gone)
    except Exception as error:
        if run is not None:
            run.failed(error, run.report(carriers, monotonic() - began))
        elif progress is not None:
            progress(Progress(0, 0, 0, troubles=dict(retry.troubles), errors=errors(retry.troubles, error)))
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

    def __init__(self, course: Course, how: How, delivery: Delivery, tally: Tally) -> None:
        self._course = course
        self._how = how
        self._delivery = delivery
        self._tally = tally
        self._first = delivery.first_tick
        self._schedule = _schedule(course, how, self._first)
        self._engine: Engine | None = None  # once there is one; closed when the walk is over

    def walk(self, folder: StateFolder | None, stop: Callable[[], bool]) -> ReaderGoneError | None:
        """Simulate what is there already without a word, and from there on hand on and commit, to the end or a stop.

        A reader of standard output who goes is such a stop; what tells of it is returned.
        """
        ticks, of = self._course.spec.clock.ticks, self._course.of
        if self._first >= ticks:
            self._tally.nothing_left(ticks)
            self._delivery.commit(ticks, of)  # of a run without ticks that is new somewhere
            self._tell(last=True)
            return None
        snapshots = Snapshots(folder, of, self._course.program)
        with engine_of(self._course.program, self._how, self._course.seed, self._tally.compiling) as engine:
            self._engine = engine
            self._go_on(engine, snapshots.last(self._first))
            self._window_after_window(engine, snapshots, lambda: stop() or self._delivery.reader_gone is not None)
            self._delivery.commit(self._tally.ticks, of)
            self._committed()
        self._tell(last=True)
        return self._delivery.reader_gone

    def failed(self, error: Exception, report: RunReport) -> None:
        """Tell what has ended the run, and what it did until then."""
        self._tell(last=True, error=error)
        if isinstance(error, DogeError):
            error.report = report

    def report(self, carriers: Mapping[str, Carrier], seconds: float) -> RunReport:
        """The account, when all sinks are closed.

        Args:
            carriers: by stream, where it went.
            seconds: that it took.
        """
        spec, events, generated = self._course.spec, self._tally.events, self._delivery.generated
        sinks = tuple(
            _report(stream, it, carriers[stream], generated[stream]) for stream, it in self._delivery.sinks.items()
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

    def _window_after_window(self, engine: Engine, snapshots: Snapshots, stop: Callable[[], bool]) -> None:
        spec, how = self._course.spec, (self._schedule, self._how.counted, stop, self._idle, self._tell)
        hand_on = HandingOn(self._delivery, *how).hand_on
        stops = set(self._delivery.positions.values())
        windows = windows_of(engine, spec, length=self._how.window, stops=stops, schedule=self._schedule)
        with contextlib.closing(ahead(snapshots.beside(windows, engine))) as coming:
            for window, snapshot in coming:
                told = window.start >= self._first
                if told and not hand_on(window):
                    break
                self._tally.over(window, told=told)
                if snapshot is not None:
                    snapshots.wait(snapshot, self._tally.census.counts)
                self._commit_in_time()
                snapshots.keep(self._delivery.arrived)
                if stop() or window.end >= spec.clock.ticks:
                    break
                self._tell()

    def _go_on(self, engine: Engine, kept: Kept | None) -> None:
        if kept is not None:
            engine.restore(kept.snapshot)
            self._tally.census.go_on(kept.census)
            self._tally.ticks = kept.snapshot.tick

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


def _begun(begins: Ready, how: How, retry: Retry, progress: ProgressListener | None) -> Run:
    delivery = Delivery(begins.sinks, how.commit_every, retry)
    course = _course(begins.program, how, delivery)
    ahead_ms = lead(course.spec.clock, how, delivery.first_tick, time() * 1000)
    if ahead_ms is not None and ahead_ms > 0:
        delivery.warn_ahead(ahead_ms)
    return Run(course, how, delivery, Tally(course, delivery, retry.troubles, progress))


def _course(program: Program, how: How, delivery: Delivery) -> Course:
    """What the run is of; the delivery knows where it begins."""
    if seen := delivery.seen():
        course_of(program, how, seen)  # a run of something else is refused before it disturbs the one at work
    positions = delivery.claimed()
    course = course_of(program, how, positions)
    delivery.begin({stream: it.ticks for stream, it in positions.items()}, course.spec.clock.ticks)
    _warn_of_repeats(how.run_id, delivery)
    warn_of_lost_positions(how.run_id, delivery.strange(positions))
    return course


def _warn_of_repeats(run_id: str | None, delivery: Delivery) -> None:
    streams = delivery.at_least_once() if run_id is not None else []
    if streams:
        told = "places that keep no position: each record arrives at least once, after resuming perhaps twice"
        log.warning("run %s: %s go to %s", run_id, ", ".join(streams), told)


def _schedule(course: Course, how: How, first_tick: int) -> Schedule | None:
    if how.paced is None:
        return None
    return Schedule(how.paced, course.spec.clock, first_tick, on_clock=how.is_on_clock, late=how.late)


def _report(stream: str, sink: BatchSink, carrier: Carrier, generated: int) -> SinkReport:
    place = shown_place(carrier, stream) if isinstance(carrier, Place) else named(sink)
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
