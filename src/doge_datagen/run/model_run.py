"""The loop of a model's run: engine, windows, stages and sinks, from the first tick to the summary."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from doge_datagen.engine.protocol import Engine
from doge_datagen.engine.window import Window
from doge_datagen.errors import DogeError, ReaderGoneError
from doge_datagen.model.clock import ENDLESS
from doge_datagen.program.program import Program
from doge_datagen.run.delivery.delivery import Delivery
from doge_datagen.run.delivery.dispatch import Dispatcher
from doge_datagen.run.delivery.retry import Retry, never
from doge_datagen.run.delivery.sink_lifecycle import (
    SinkOrDestination,
    already_open,
    check_delivered,
    discarding,
    sink_reports,
)
from doge_datagen.run.pacing.schedule import Schedule
from doge_datagen.run.reporting.progress import ProgressTracker, errors
from doge_datagen.run.reporting.report import Progress, ProgressListener, ProgressReports, RunReport
from doge_datagen.run.resuming.checkpoint_file import StoredCheckpoint
from doge_datagen.run.resuming.checkpoint_store import Checkpoints, CheckpointStore
from doge_datagen.run.resuming.identity import data_versions
from doge_datagen.run.resuming.run_start import RunStart
from doge_datagen.run.run_config import RunConfig, check_end
from doge_datagen.run.simulation.warm_up import warm_up
from doge_datagen.run.simulation.windows import engine_of, iterate_windows, produced_ahead
from doge_datagen.run.stages import Stage, StageChain, StageStart, hidden_columns
from doge_datagen.run.startup import claim_destinations, open_run


def run_model(
    program: Program,
    destinations: Mapping[str, SinkOrDestination],
    config: RunConfig,
    *,
    stages: Sequence[Stage] = (),
    progress: ProgressListener | None = None,
    stop: Callable[[], bool] | None = None,
) -> RunReport:
    """Run a model to its end, close the sinks and summarize the run.

    Args:
        program: the model.
        destinations: by stream, where it goes, or an open sink, which is closed too.
        config: the options of the run.
        stages: what the records pass on their way to the sinks, in this order; made for this run.
        progress: called regularly with the progress of the run, and once at its end.
        stop: polled after each window, and while the run waits for a due time or a server. When it returns True, the
            run ends there, as if there were no more ticks.

    Raises:
        ModelError: a destination is invalid, or something cannot be calculated; or a run of this name is
            of another model, seed or start, or has other stages.
        MissingDriverError: a package is missing.
        SinkError: a destination cannot be opened, records were not delivered, or another process is running this run.
        ReaderGoneError: nobody reads standard output any more; all other sinks were closed, as after a stop.
    """
    if stop is None:  # a caller who passes a stop function controls the end of the run
        with discarding(already_open(destinations)):
            check_end(program.spec.clock, config)
    began, stop = monotonic(), stop or never
    retry = Retry(config.seconds_to_try, stop, wait=config.seconds_to_wait)
    run: Run | None = None
    try:
        with open_run(program, destinations, config, retry, stages) as opened:
            delivery = Delivery(opened.sinks, config.commit_every, retry)
            run_start = claim_destinations(opened.program, stages, config, delivery)
            reports = ProgressReports(progress, config.progress_every)
            tracker = ProgressTracker(run_start, delivery, retry.connection_errors, reports)
            run = Run(run_start, config, stages, delivery, tracker)
            reader_gone = run.execute(opened.folder, stop)
        # After the block: only when all sinks are closed is the number of delivered records final.
        report = run.report(destinations, monotonic() - began)
        check_delivered(report, reader_gone)
    except Exception as error:
        if run is not None:
            run.failed(error, run.report(destinations, monotonic() - began))
        elif progress is not None:
            progress(_never_begun(retry, error))
        raise
    return report


@dataclass(frozen=True, slots=True, eq=False)
class StagedWindow:
    """A window on its way from the stages to the sinks.

    Attributes:
        window: as it left the last stage.
        generated: by stream, how many records the engine made.
        checkpoint: of engine and stages after it; None if none was due.
    """

    window: Window
    generated: Mapping[str, int]
    checkpoint: StoredCheckpoint | None


class Run:
    """A run whose sinks are open.

    Args:
        run_start: its model, seed and identity.
        config: its options.
        stages: what its records pass.
        delivery: its sinks.
        tracker: tracks its progress.
    """

    def __init__(
        self,
        run_start: RunStart,
        config: RunConfig,
        stages: Sequence[Stage],
        delivery: Delivery,
        tracker: ProgressTracker,
    ) -> None:
        self._run_start = run_start
        self._config = config
        self._stages = StageChain(stages, StageStart(run_start.spec.clock, run_start.seed))
        self._hidden = hidden_columns(stages)
        self._delivery = delivery
        self._tracker = tracker
        self._generated: Counter[str] = Counter()
        self._first = delivery.first_tick
        self._schedule = _schedule(run_start, config, self._first)
        self._engine: Engine | None = None  # set when the walk begins, and closed at its end

    def execute(self, folder: CheckpointStore | None, stop: Callable[[], bool]) -> ReaderGoneError | None:
        """Simulate up to the position without delivering, then deliver and commit, until the end or a stop.

        If the reader of standard output goes away, the run stops too, and the error is returned.

        Args:
            folder: for checkpoints; None to keep none.
            stop: whether the user has asked the run to stop.
        """
        run_start, ticks = self._run_start, self._run_start.spec.clock.ticks
        if self._first >= ticks:
            self._tracker.already_complete(ticks)
            # Otherwise a later run of this name would find no position, and take the destination for a new one.
            self._delivery.commit(ticks, run_start.of)
            self._report_progress(last=True)
            return None
        checkpoints = Checkpoints(folder, run_start.of, run_start.program, self._config.checkpoint_every)
        program, seed = run_start.program, run_start.seed
        with engine_of(program, self._config, seed, self._tracker.compiling, hidden=self._hidden) as engine:
            self._engine = engine
            self._resume(checkpoints.resume(engine, self._stages, self._first))
            if warm_up(engine, stop):
                self._deliver_windows(engine, checkpoints, lambda: stop() or self._delivery.reader_gone is not None)
            # Also after a stop, and before sinks are discarded: what was delivered since the last commit would be
            # dropped.
            self._delivery.commit(self._tracker.ticks, run_start.of)
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
        spec, events, emitted = self._run_start.spec, self._tracker.events, self._delivery.emitted
        # Without stages, what a failed run has passed to its sinks is what counts as generated, even within a window.
        sinks = sink_reports(self._delivery, destinations, self._generated if self._stages else emitted)
        counted = sum(it.delivered or 0 for it in sinks)
        pace = None if self._schedule is None else self._schedule.report(generated=emitted.total(), confirmed=counted)
        return RunReport(
            seed=self._run_start.seed,
            events=events.total(),
            transitions=_by_edge(self._run_start.program, events),
            sinks=sinks,
            seconds=seconds,
            ticks=self._tracker.ticks,
            ticks_in_all=None if spec.clock.ticks == ENDLESS else spec.clock.ticks,
            pace=pace,
            start=spec.clock.start,
            first_tick=self._first,
            engine=None if self._engine is None else self._engine.used,
            compiled_in=None if self._engine is None else self._engine.compiled_in,
            tick_ms=spec.clock.tick_ms,
            data_versions=data_versions(self._run_start.program),
        )

    def _deliver_windows(self, engine: Engine, checkpoints: Checkpoints, stop: Callable[[], bool]) -> None:
        """The pipeline: engine, windows, stages, and sinks; the next window is prepared while one is delivered."""
        spec, stops = self._run_start.spec, set(self._delivery.positions.values())
        windows = iterate_windows(
            engine, spec, length=self._config.window, stops=stops, schedule=self._schedule, staged=len(self._stages) > 0
        )
        staged = self._staged(windows, engine, checkpoints)
        options = (self._schedule, self._config.counted, stop, self._idle, self._report_progress)
        dispatch = Dispatcher(self._delivery, *options).dispatch
        with contextlib.closing(produced_ahead(staged)) as coming:
            for it in coming:
                with_records = it.window.start >= self._first
                if with_records and not dispatch(it.window):
                    break
                self._count(it, with_records=with_records)
                if it.checkpoint is not None:
                    checkpoints.wait(it.checkpoint, self._tracker.census.counts)
                # Before the checkpoint is kept, which needs the position of this commit.
                self._commit_in_time()
                checkpoints.keep(self._delivery.lowest_committed)
                if stop() or it.window.end >= spec.clock.ticks:
                    break
                self._report_progress()

    def _staged(
        self, windows: Iterator[Window], engine: Engine, checkpoints: Checkpoints
    ) -> Generator[StagedWindow, None, None]:
        """The windows as they leave the stages; on the thread that prepares them, so that checkpoints fit together."""
        for window in windows:
            generated: Counter[str] = Counter()
            for stream, batch in window.batches:
                generated[stream] += len(batch)
            # The checkpoint after the window has passed the stages, so that it has what they hold back of it.
            yield StagedWindow(self._stages.window(window), generated, checkpoints.taken(engine, self._stages))

    def _count(self, it: StagedWindow, *, with_records: bool) -> None:
        self._tracker.over(it.window, with_records=with_records)
        if with_records:
            for stream, count in it.generated.items():
                # Only what this process had to deliver: a sink ahead of the others has the rest from an earlier one.
                self._generated[stream] += count * self._delivery.needs(stream, it.window.start)

    def _resume(self, kept: StoredCheckpoint | None) -> None:
        if kept is not None:
            self._tracker.census.continue_from(kept.census)
            self._tracker.ticks = kept.checkpoint.tick

    def _idle(self) -> None:
        self._commit_in_time()
        self._report_progress()

    def _commit_in_time(self) -> None:
        if self._delivery.commit_in_time(self._tracker.ticks, self._run_start.of):
            self._committed()

    def _committed(self) -> None:
        if self._schedule is not None:
            self._schedule.lag.committed()

    def _report_progress(self, *, last: bool = False, error: Exception | None = None) -> None:
        lag = None if self._schedule is None else self._schedule.lag.latest
        compiling = self._engine is not None and self._engine.compiling and not last
        self._tracker.report(lag, compiling=compiling, last=last, error=error)


def _schedule(run_start: RunStart, config: RunConfig, first_tick: int) -> Schedule | None:
    if config.paced is None:
        return None
    return Schedule(config.paced, run_start.spec.clock, first_tick, on_clock=config.is_on_clock, late=config.late)


def _never_begun(retry: Retry, error: Exception) -> Progress:
    """The progress of a run that could not begin."""
    failures = dict(retry.connection_errors)
    return Progress(0, 0, 0, connection_errors=failures, errors=errors(failures, error))


def _by_edge(program: Program, events: Counter[int]) -> dict[tuple[str, str], int]:
    """By state and trigger, how often it happened."""
    found: Counter[tuple[str, str]] = Counter()
    for number, edge in enumerate(zip(program.ends["from_state"], program.ends["trigger"], strict=True)):
        found[edge] += events[number]
    return dict(found)
