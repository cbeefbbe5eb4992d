"""What a run has generated so far, and who is told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from time import monotonic

import numpy as np
import pyarrow as pa

from doge_datagen.arrays import integers
from doge_datagen.engine.census import Census
from doge_datagen.engine.window import Window
from doge_datagen.run.delivery import Delivery
from doge_datagen.run.report import Progress, ProgressListener
from doge_datagen.run.resume import RunStart

SECONDS_BETWEEN_PROGRESS = 0.1
LATEST = 5


class ProgressTracker:
    """Counts windows, and tells of them now and then.

    Args:
        course: what the run is of.
        delivery: its sinks.
        troubles: by kind of error, how often something was tried again.
        progress: is told; None for nobody.

    Attributes:
        events: by the transition's number, how often it happened while records were handed on.
        records: by stream, how many there were then.
        ticks: that are over.
        census: how many subjects are in each state.
    """

    def __init__(
        self,
        course: RunStart,
        delivery: Delivery,
        connection_errors: Mapping[str, int],
        progress: ProgressListener | None,
    ) -> None:
        self.events: Counter[int] = Counter()
        self.records: Counter[str] = Counter()
        self.ticks = 0
        self.census = Census(course.spec, course.seed)
        self._spec, self._seed = course.spec, course.seed
        self._states = tuple(course.spec.states)
        self._delivery = delivery
        self._troubles = connection_errors
        self._progress = progress
        self._latest: dict[str, pa.RecordBatch] = {}
        self._tell_at = monotonic()

    def nothing_left(self, ticks: int) -> None:
        """Count a run that was over before: nothing is simulated, so where its subjects are is not known."""
        self.ticks, self._states = ticks, ()

    def over(self, window: Window, *, told: bool = True) -> None:
        """Count a window; ``told`` is False for one whose records were delivered before."""
        self.ticks = window.end
        self.census.move(window.events)
        if told:
            self.events.update(window.events)
            for stream, batch in window.batches:
                self.records[stream] += len(batch)
                self._latest[stream] = batch.records

    def compiling(self) -> None:
        """Tell that the model is compiled before the run goes on."""
        if self._progress is not None:
            self._progress(Progress(self.ticks, self._spec.clock.ticks, 0, seed=self._seed, compiling=True))

    def tell(
        self, lag: float | None, *, compiling: bool = False, last: bool = False, error: Exception | None = None
    ) -> None:
        """Tell how far the run is, if it is time or the end.

        Args:
            lag: seconds behind the schedule; None where there is none.
            compiling: whether the model is being compiled beside the run.
            last: whether the run is over.
            error: what has ended it; None where all is well.
        """
        if self._progress is None or (monotonic() < self._tell_at and not last):
            return
        self._tell_at = monotonic() + SECONDS_BETWEEN_PROGRESS
        self._latest = {stream: _last_of(records) for stream, records in self._latest.items()}
        clock, delivery = self._spec.clock, self._delivery
        self._progress(
            Progress(
                ticks_done=self.ticks,
                ticks=clock.ticks,
                events=self.events.total(),
                records=dict(self.records | delivery.generated),
                delivered=delivery.delivered(),
                timestamp=clock.timestamp(self.ticks),
                subjects=dict(zip(self._states, self.census.counts, strict=True)) if self._states else {},
                latest=dict(self._latest),
                lag=lag,
                positions=delivery.committed(),
                connection_errors=dict(self._troubles),
                errors=errors(self._troubles, error),
                seed=self._seed,
                compiling=compiling,
            )
        )


def errors(connection_errors: Mapping[str, int], ended_by: Exception | None) -> dict[str, int]:
    """By kind, how often something failed: what was tried again, and what has ended the run.

    >>> errors({'UnreachableError': 6}, ValueError('7'))
    {'UnreachableError': 6, 'ValueError': 1}
    """
    last = [] if ended_by is None else [type(ended_by).__name__]
    return dict(Counter(connection_errors) + Counter(last))


def _last_of(records: pa.RecordBatch) -> pa.RecordBatch:
    """A copy of the last few, so that the many before them can go."""
    return records.take(integers(np.arange(max(0, len(records) - LATEST), len(records))))
