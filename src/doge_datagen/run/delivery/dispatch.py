"""Passes the batches of each window to the sinks when they are due."""

from __future__ import annotations

import logging
from collections.abc import Callable

from doge_datagen.batch import Batch
from doge_datagen.engine.window import Window
from doge_datagen.run.delivery.delivery import Delivery
from doge_datagen.run.pacing.schedule import Schedule

log = logging.getLogger(__name__)


class Dispatcher:
    """Passes windows to the sinks; with a schedule, it waits until each is due.

    Args:
        delivery: the sinks.
        schedule: when windows and records are due; None for as fast as possible.
        counted: the stream whose records a rate counts; None for all streams.
        stop: polled while waiting; True ends the wait.
        idle: called while waiting before a window, when all windows passed on so far are complete.
        amid: called while waiting between two parts of one window, when nothing may be committed.
    """

    def __init__(
        self,
        delivery: Delivery,
        schedule: Schedule | None,
        counted: str | None,
        stop: Callable[[], bool],
        idle: Callable[[], object],
        amid: Callable[[], object],
    ) -> None:
        self._delivery = delivery
        self._schedule = schedule
        self._counts = counted
        self._stop = stop
        self._idle = idle
        self._amid = amid
        self._counted = 0
        self._hurry = False

    def dispatch(self, window: Window) -> bool:
        """Deliver a whole window; False if the run was stopped before any of it was delivered.

        Raises:
            SinkError: a batch cannot be delivered.
        """
        # By the first tick is enough, as no window extends across a position.
        batches = [(stream, batch) for stream, batch in window.batches if self._delivery.needs(stream, window.start)]
        if self._schedule is None:
            delivered = self._all(batches)
        elif self._schedule.portions.records() is None:
            delivered = self._at_once(self._schedule, batches, window.end)
        else:
            delivered = self._in_pieces(self._schedule, batches)
        return delivered

    def _all(self, batches: list[tuple[str, Batch]]) -> bool:
        for stream, batch in batches:
            self._delivery.write(stream, batch)
        return True

    def _at_once(self, schedule: Schedule, batches: list[tuple[str, Batch]], end: int) -> bool:
        due = schedule.due(end)
        # Committing is allowed during this wait: every window before is complete, and nothing of this one was passed
        # on.
        if not schedule.wait(due, self._stopped_before_window):
            return False
        self._all(batches)
        self._done(schedule, due)
        return True

    def _in_pieces(self, schedule: Schedule, batches: list[tuple[str, Batch]]) -> bool:
        """Deliver at a rate, piece by piece.

        A window is committed as a whole. So once a part of it is delivered, a stop only ends the waiting: the rest of
        the window follows immediately.
        """
        begun = False
        for stream, batch in batches:
            if self._counts not in (None, stream):
                self._delivery.write(stream, batch)
                begun = True
                continue
            for piece in schedule.portions.pieces(len(batch)):
                # The last record of the piece decides, so that no record is early.
                due = schedule.due_records(self._counted + piece.stop - piece.start - 1)
                if not self._hurry and not schedule.wait(
                    due, self._stopped_within_window if begun else self._stopped_before_window
                ):
                    if not begun:
                        return False
                    # The window has to be completed: a commit covers whole ticks, and a resumed run would repeat the
                    # part that was passed on.
                    self._hurry = True
                self._delivery.write(stream, batch.part(piece.start, piece.stop - piece.start))
                self._counted += piece.stop - piece.start
                self._done(schedule, due)
                begun = True
        return True

    def _done(self, schedule: Schedule, due: float) -> None:
        schedule.lag.done(due, held=self._delivery.commits)
        behind = schedule.lag.behind()
        if behind is not None:
            log.warning("%s; nothing is dropped, but records are late", behind)

    def _stopped_before_window(self) -> bool:
        self._idle()
        return self._stop()

    def _stopped_within_window(self) -> bool:
        self._amid()
        return self._stop()
