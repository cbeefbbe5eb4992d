"""The retry loop for transient sink errors."""

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

# Short at first, as most connections that break are there again at once; long later, to leave a starting server alone.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
SECONDS_BETWEEN_WARNINGS = 10.0
PATIENCE_AT_THE_END = 5.0
"""The most seconds to retry or wait after the user has asked the run to stop; longer would look like a hang."""
LEAST_WAIT = 1.0
"""Seconds that each attempt may wait for an answer, however little patience is left; a shorter wait says nothing."""
PIECE = 0.1
"""The most seconds of a pause between two checks whether the user has asked the run to stop."""


def never() -> bool:
    """A ``stop`` function for runs that nobody stops."""
    return False


class Retry:
    """Retries after transient errors, with pauses that double from 0.1 s to 5 s.

    It is also the :class:`~doge_datagen.sinks.server_wait.Patience` of the sinks: the time that they wait for an answer
    and the time spent on retries share one limit.

    Args:
        patience: seconds to retry one operation, counted from when it last made progress; 0 for a single attempt.
        stop: whether the user has asked the run to stop; from then on the limit is at most 5 seconds.
        wait: seconds that a sink waits for an answer; None for as long as ``patience``.
        now: a clock, in seconds.
        pause: sleeps for so many seconds.

    Attributes:
        connection_errors: by type of error, how often something failed and was retried.
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
        self._began: float | None = None  # since when the current operation has been failing
        self._still: float | None = None  # since when the current attempt has been waiting for an answer

    def seconds_left(self, since: float) -> float:
        """How many seconds a sink may go on waiting for an operation that has made no progress since ``since``."""
        # The earliest of several waits in one attempt: an attempt that waits for one thing after another still has one
        # limit.
        self._still = since if self._still is None else min(since, self._still)
        # Counted from the first failure, so that waiting and retrying share the limit, and do not each have one.
        began = since if self._began is None else min(since, self._began)
        return max(began + self._now_at_most(self._wait), since + LEAST_WAIT) - self._now()

    def seconds_left_after_stop(self, since: float) -> float:
        """As :meth:`seconds_left`, but unlimited until the user has asked the run to stop."""
        return since + PATIENCE_AT_THE_END - self._now() if self._stop() else math.inf

    def progressed(self) -> None:
        """Note that the operation that a sink waits for has made progress."""
        self._still = None

    def until_done(self, do: Callable[[], Result]) -> Result:
        """Call ``do`` until it succeeds, and return its result.

        Raises:
            SinkError: it is not transient, or the time for retries is over. If there was more than one attempt, a note
                says how many.
        """
        attempts, next_pause, warn_at = 0, FIRST_PAUSE, 0.0
        self._began = None
        while True:
            attempts += 1
            # Each attempt waits anew; what the one before has waited is in _began by now.
            self._still = None
            try:
                result = do()
            except SinkError as error:
                # Asked before the error is looked at, as it also notes since when the operation has been failing.
                left = self._left_to_try()
                if not error.transient or left <= 0:
                    if attempts > 1:
                        error.add_note(f"tried {attempts} times in {self._failing_for():.0f} s")
                    raise
                self.connection_errors[type(error).__name__] += 1
                # Not for each attempt: pauses begin at a tenth of a second, and the same line again and again hides
                # others.
                if self._now() >= warn_at:
                    log.warning("%s; retrying for at most %.0f s", error, left)
                    warn_at = self._now() + SECONDS_BETWEEN_WARNINGS
                self._rest(min(next_pause, left))
                next_pause = min(2 * next_pause, LONGEST_PAUSE)
            else:
                if attempts > 1:
                    log.warning("it succeeded after %d attempts in %.1f s", attempts, self._failing_for())
                self._began = None
                return result

    def _left_to_try(self) -> float:
        """Seconds that are left for retries, after an attempt has failed."""
        if self._began is None:
            # From the begin of the wait that failed, and not from its end: those seconds count.
            self._began = self._now() if self._still is None else self._still
        return self._began + self._now_at_most(self._patience) - self._now()

    def _now_at_most(self, seconds: float) -> float:
        return min(seconds, PATIENCE_AT_THE_END) if self._stop() else seconds

    def _failing_for(self) -> float:
        return 0.0 if self._began is None else self._now() - self._began

    def _rest(self, seconds: float) -> None:
        """Pause; if the user asks the run to stop meanwhile and no time is left for retries, end the pause."""
        end = self._now() + seconds
        stopped = self._stop()
        while (left := end - self._now()) > 0:
            # A pause that began after the request to stop was chosen with the shorter limit in mind; only an older one
            # is cut short.
            if not stopped and self._stop() and self._left_to_try() <= 0:
                return
            self._pause(min(left, PIECE))
