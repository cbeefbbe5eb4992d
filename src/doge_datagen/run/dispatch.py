"""Windows handed on to the sinks, each when it is due."""

from __future__ import annotations

import logging
from collections.abc import Callable

from doge_datagen.batch import Batch
from doge_datagen.engine.window import Window
from doge_datagen.run.delivery import Delivery
from doge_datagen.run.schedule import Schedule

log = logging.getLogger(__name__)


class Dispatcher:
    """Hands windows on, and waits for the time of each where there is a schedule.

    Args:
        delivery: takes the batches.
        schedule: says when what is due; None for as fast as possible.
        counted: the stream whose records a rate counts; None for those of all.
        stop: asked now and then while something is waited for; True ends the waiting.
        idle: called now and then while nothing of the next window is handed on yet.
        amid: called now and then while a part of a window is handed on.
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
        """Hand a whole window on; False where the waiting was ended before anything of it was.

        Raises:
            SinkError: a batch cannot be delivered.
        """
        batches = [(stream, batch) for stream, batch in window.batches if self._delivery.takes(stream, window.start)]
        if self._schedule is None:
            handed_on = self._all(batches)
        elif self._schedule.records() is None:
            handed_on = self._at_once(self._schedule, batches, window.end)
        else:
            handed_on = self._in_pieces(self._schedule, batches)
        return handed_on

    def _all(self, batches: list[tuple[str, Batch]]) -> bool:
        for stream, batch in batches:
            self._delivery.write(stream, batch)
        return True

    def _at_once(self, schedule: Schedule, batches: list[tuple[str, Batch]], end: int) -> bool:
        due = schedule.due(end)
        if not schedule.wait(due, self._idling):
            return False
        self._all(batches)
        self._done(schedule, due)
        return True

    def _in_pieces(self, schedule: Schedule, batches: list[tuple[str, Batch]]) -> bool:
        """By a rate. Where a stop comes when a part of the window is handed on already, the rest follows at once."""
        begun = False
        for stream, batch in batches:
            if self._counts not in (None, stream):
                self._delivery.write(stream, batch)
                begun = True
                continue
            for piece in schedule.pieces(len(batch)):
                due = schedule.due_records(self._counted + piece.stop - piece.start - 1)
                if not self._hurry and not schedule.wait(due, self._amidst if begun else self._idling):
                    if not begun:
                        return False
                    self._hurry = True
                self._delivery.write(stream, batch.part(piece.start, piece.stop - piece.start))
                self._counted += piece.stop - piece.start
                self._done(schedule, due)
                begun = True
        return True

    def _done(self, schedule: Schedule, due: float) -> None:
        schedule.done(due, held=self._delivery.commits)
        told = schedule.behind()
        if told is not None:
            log.warning("%s; nothing is dropped, all of it comes late", told)

    def _idling(self) -> bool:
        self._idle()
        return self._stop()

    def _amidst(self) -> bool:
        self._amid()
        return self._stop()
