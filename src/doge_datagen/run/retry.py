"""What may succeed later is tried again, for a while."""

from __future__ import annotations

import logging
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


def never() -> bool:
    """Nobody wants an end."""
    return False


class Retry:
    """Tries again after errors that are transient, with pauses that double from 0.1 s up to 5 s.

    Args:
        patience: seconds for which one thing is tried again, from its first failure; 0 for one try alone.
        stop: says whether the user wants the run to end.
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
        now: Callable[[], float] = monotonic,
        pause: Callable[[float], object] = sleep,
    ) -> None:
        self.troubles: Counter[str] = Counter()
        self._patience = patience
        self._stop = stop
        self._now = now
        self._pause = pause

    def until_done(self, do: Callable[[], Result]) -> Result:
        """What ``do`` gives in the end.

        Raises:
            SinkError: it is not transient, or patience is over; then a note says how often it was tried.
        """
        began: float | None = None
        tries, next_pause, warn_at = 0, FIRST_PAUSE, 0.0
        while True:
            tries += 1
            try:
                result = do()
            except SinkError as error:
                began = self._now() if began is None else began
                patience = min(self._patience, PATIENCE_AT_THE_END) if self._stop() else self._patience
                left = began + patience - self._now()
                if not error.transient or left <= 0:
                    if tries > 1:
                        error.add_note(f"tried {tries} times in {self._now() - began:.0f} s")
                    raise
                self.troubles[type(error).__name__] += 1
                if self._now() >= warn_at:
                    log.warning("%s; trying again, for %.0f s at the most", error, left)
                    warn_at = self._now() + SECONDS_BETWEEN_WARNINGS
                self._pause(min(next_pause, left))
                next_pause = min(2 * next_pause, LONGEST_PAUSE)
            else:
                if began is not None:
                    log.warning("it goes on, after %d tries in %.1f s", tries, self._now() - began)
                return result
