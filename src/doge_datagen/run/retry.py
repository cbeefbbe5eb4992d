"""What may succeed later is tried again, for a while."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from doge_datagen.errors import SinkError

Result = TypeVar("Result")
log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
SECONDS_BETWEEN_WARNINGS = 10.0
PATIENCE_AT_THE_END = 5.0
"""Seconds, at most, where the user wants an end: who has to wait much longer thinks that nobody has heard."""
LEAST_WAIT = 1.0
"""Seconds that each try may wait for an answer, however little patience is left: less says nothing about a server."""
PIECE = 0.1
"""Seconds of a pause, at most, before it is asked again whether the user wants the run to end."""


def never() -> bool:
    """Nobody wants an end."""
    return False


class Retry:
    """Tries again after errors that are transient, with pauses that double from 0.1 s up to 5 s.

    It is also the :class:`~doge_datagen.sinks.patience.Patience` of the sinks, so that what they wait for an answer and
    what is tried again have one limit together.

    Args:
        patience: seconds for which one thing is tried again, from the moment since when nothing has moved; 0 for one
            try alone.
        stop: says whether the user wants the run to end; then it is 5 seconds at most.
        wait: seconds for which a sink waits for an answer; as long as ``patience`` where it is None.
        now: a clock, in seconds.
        pause: lets so many seconds pass.

    Attributes:
        troubles: by kind of error, how often something failed and was tried again.
    """

    def __init__(
        self,
        patience: float,
        stop: Callable[[], bool] = never,
        *,
        wait: float | None = None,
        now: Callable[[], float] = monotonic,
        pause: Callable[[float], object] = sleep,
    ) -> None:
        self.connection_errors: Counter[str] = Counter()
        self._patience = patience
        self._wait = patience if wait is None else wait
        self._stop = stop
        self._now = now
        self._pause = pause
        self._began: float | None = None  # since when the thing at hand fails
        self._still: float | None = None  # since when the sink at hand waits

    def left(self, since: float) -> float:
        """Seconds for which a sink goes on waiting for what has not moved since then."""
        self._still = since if self._still is None else min(since, self._still)
        began = since if self._began is None else min(since, self._began)
        return max(began + self._now_at_most(self._wait), since + LEAST_WAIT) - self._now()

    def left_after_stop(self, since: float) -> float:
        """The same, without a limit until the user wants the run to end."""
        return since + PATIENCE_AT_THE_END - self._now() if self._stop() else math.inf

    def answered(self) -> None:
        """What the sink at hand waited for has moved."""
        self._still = None

    def until_done(self, do: Callable[[], Result]) -> Result:
        """What ``do`` gives in the end.

        Raises:
            SinkError: it is not transient, or patience is over; then a note says how often it was tried.
        """
        tries, next_pause, warn_at = 0, FIRST_PAUSE, 0.0
        self._began = None
        while True:
            tries += 1
            self._still = None
            try:
                result = do()
            except SinkError as error:
                left = self._left_to_try()
                if not error.transient or left <= 0:
                    if tries > 1:
                        error.add_note(f"tried {tries} times in {self._failing_for():.0f} s")
                    raise
                self.connection_errors[type(error).__name__] += 1
                if self._now() >= warn_at:
                    log.warning("%s; trying again, for %.0f s at the most", error, left)
                    warn_at = self._now() + SECONDS_BETWEEN_WARNINGS
                self._rest(min(next_pause, left))
                next_pause = min(2 * next_pause, LONGEST_PAUSE)
            else:
                if tries > 1:
                    log.warning("it goes on, after %d tries in %.1f s", tries, self._failing_for())
                self._began = None
                return result

    def _left_to_try(self) -> float:
        """Seconds from now, after the first failure or another."""
        if self._began is None:
            self._began = self._now() if self._still is None else self._still
        return self._began + self._now_at_most(self._patience) - self._now()

    def _now_at_most(self, seconds: float) -> float:
        return min(seconds, PATIENCE_AT_THE_END) if self._stop() else seconds

    def _failing_for(self) -> float:
        return 0.0 if self._began is None else self._now() - self._began

    def _rest(self, seconds: float) -> None:
        """Pause; a wish to stop ends it where patience is over with that."""
        end = self._now() + seconds
        stopped = self._stop()
        while (left := end - self._now()) > 0:
            if not stopped and self._stop() and self._left_to_try() <= 0:
                return
            self._pause(min(left, PIECE))
