"""Tracks the progress of a model's run, and reports it to a listener."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from doge_datagen.arrow_arrays import integers
from doge_datagen.engine.window import Window
from doge_datagen.run.delivery.delivery import Delivery
from doge_datagen.run.reporting.report import Progress, ProgressReports
from doge_datagen.run.reporting.state_counts import Census
from doge_datagen.run.resuming.run_start import RunStart

LATEST = 5


class ProgressTracker:
    """Counts what the windows of a run hold, and reports its progress from time to time.

    Args:
        run_start: the model, seed and identity of the run.
        delivery: its sinks.
        connection_errors: by type of error, how often something failed and was retried.
        reports: to the listener.

    Attributes:
        events: by number of the transition, how often it happened since this run began to deliver.
        records: by stream, how many records there were since then.
        ticks: how many ticks are complete.
        census: how many subjects are in each state.
    """

    def __init__(
        self,
        run_start: RunStart,
        delivery: Delivery,
        connection_errors: Mapping[str, int],
        reports: ProgressReports,
    ) -> None:
        self.events: Counter[int] = Counter()
        self.records: Counter[str] = Counter()
        self.ticks = 0
        self.census = Census(run_start.program, run_start.seed)
        self._spec, self._seed = run_start.spec, run_start.seed
        self._states = run_start.program.states
        self._delivery = delivery
        self._connection_errors = connection_errors
        self._reports = reports
        self._latest: dict[str, pa.RecordBatch] = {}

    def already_complete(self, ticks: int) -> None:
        """Record that the run was complete before: nothing is simulated, so the states of subjects are unknown."""
        self.ticks, self._states = ticks, ()

    def over(self, window: Window, *, with_records: bool = True) -> None:
        """Count a window; ``with_records`` is False if its records were delivered before, by an earlier run."""
        self.ticks = window.end
        self.census.move(window.events)
        self.census.move(window.unseen)
        if with_records:
            self.events.update(window.events)
            for stream, batch in window.batches:
                self.records[stream] += len(batch)
                # A reference, as most batches are never shown; copied when a report is due, since it keeps the batch in
                # memory.
                self._latest[stream] = batch.records

    def compiling(self) -> None:
        """Report that the model is being compiled before the run starts."""
        self._reports.report(Progress(self.ticks, self._spec.clock.ticks, 0, seed=self._seed, compiling=True))

    def report(
        self, lag: float | None, *, compiling: bool = False, last: bool = False, error: Exception | None = None
    ) -> None:
        """Report the progress of the run, if a report is due or the run is over.

        Args:
            lag: seconds behind the schedule; None without a schedule.
            compiling: whether the model is being compiled in the background.
            last: whether the run is over.
            error: the error that has ended it, if any.
        """
        if not self._reports.is_due(last=last):
            return
        # Replaced by the copies, so that the batches themselves are freed.
        self._latest = {stream: _last_of(records) for stream, records in self._latest.items()}
        clock, delivery = self._spec.clock, self._delivery
        self._reports.report(
            Progress(
                ticks_done=self.ticks,
                ticks=clock.ticks,
                events=self.events.total(),
                tick_ms=clock.tick_ms,
                # What was emitted last, so that it prevails: within a window, or with a stage, it is more up to date.
                records=dict(self.records | delivery.emitted),
                delivered=delivery.delivered(),
                timestamp=clock.timestamp(self.ticks),
                subjects=dict(zip(self._states, self.census.counts, strict=True)) if self._states else {},
                latest=dict(self._latest),
                lag=lag,
                positions=delivery.committed(),
                connection_errors=dict(self._connection_errors),
                errors=errors(self._connection_errors, error),
                seed=self._seed,
                compiling=compiling,
            )
        )


def errors(connection_errors: Mapping[str, int], ended_by: Exception | None) -> dict[str, int]:
    """By type of error, how often something failed: what was retried, and what has ended the run.

    >>> errors({'UnreachableError': 6}, ValueError('7'))
    {'UnreachableError': 6, 'ValueError': 1}
    """
    last = [] if ended_by is None else [type(ended_by).__name__]
    return dict(Counter(connection_errors) + Counter(last))


def _last_of(records: pa.RecordBatch) -> pa.RecordBatch:
    """A copy of the last few records, so that the memory of the whole batch can be freed."""
    return records.take(integers(np.arange(max(0, len(records) - LATEST), len(records))))
