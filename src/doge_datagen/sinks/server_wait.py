"""How long a sink waits for a server that does not answer, and the warnings meanwhile."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic
from typing import Protocol, TypeVar

Result = TypeVar("Result")


def in_background(do: Callable[[], Result]) -> Future[Result]:
    """Call a function in a thread and return the future of its result.

    Unlike an executor's, the thread does not keep the process from exiting.

    >>> in_background(lambda: 7).result()
    7
    """
    answer: Future[Result] = Future()

    def run() -> None:
        try:
            answer.set_result(do())
        except BaseException as error:  # noqa: BLE001 - raised when the result is requested
            answer.set_exception(error)

    # A driver that hangs in a connection attempt cannot be interrupted: the thread is left behind, and only its answer
    # is waited for.
    threading.Thread(target=run, name="doge-asks", daemon=True).start()
    return answer


log = logging.getLogger(__name__)

SECONDS_TO_FIRST_LOOK = 0.9
"""Shorter waits do not ask for the limit, as that may call a function of the user's."""
SECONDS_TO_FIRST_WARNING = 3.0
SECONDS_BETWEEN_WARNINGS = 10.0


class Patience(Protocol):
    """Limits waiting. Moments are seconds of ``time.monotonic``, which does not jump when the clock is set."""

    def seconds_left(self, since: float) -> float:
        """Seconds to wait further for what has not progressed since that moment; 0 or less if the limit is reached."""

    def seconds_left_after_stop(self, since: float) -> float:
        """The same if only the user's wish to stop the run sets a limit; infinite until then."""

    def progressed(self) -> None:
        """Note that what was waited for has progressed."""


class AtMost:
    """The same limit for each wait, for sinks outside of a run that can be stopped.

    Args:
        seconds: the limit.
        now: a clock, in seconds.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._now = now

    def seconds_left(self, since: float) -> float:
        """Seconds until the limit."""
        return since + self._seconds - self._now()

    def seconds_left_after_stop(self, since: float) -> float:  # noqa: ARG002 - as the protocol has it
        """Infinity: there is nobody to stop the run."""
        return math.inf

    def progressed(self) -> None:
        """Do nothing: it makes no difference to the next wait."""


# Two limits on one wait would end at whichever is shorter, and the client's is the one that the user can set.
FOREVER = AtMost(math.inf)
"""For clients that have limits of their own."""


class Wait:
    """One wait for a server: detects when nothing has progressed for too long, and logs warnings meanwhile.

    Args:
        destination: name of the destination in messages, such as ``topic trx``.
        patience: sets the limit, and is notified of progress.
        left: sets the limit instead of ``patience.left``.
        now: a clock, in seconds.
        trouble: the problem, for the warnings.

    Attributes:
        since: moment of the last progress, or the start of the wait.
    """

    def __init__(
        self,
        destination: str,
        patience: Patience,
        left: Callable[[float], float] | None = None,
        *,
        now: Callable[[], float] = monotonic,
        trouble: str = "the server has not answered",
    ) -> None:
        self._destination = destination
        self._trouble = trouble
        self._patience = patience
        self._left = left or patience.seconds_left
        self._now = now
        self.since = now()
        self._warned = False
        self._warn_at = self.since + SECONDS_TO_FIRST_WARNING

    @property
    def seconds(self) -> float:
        """Seconds without progress."""
        return self._now() - self.since

    def progressed(self) -> None:
        """Note progress: waiting starts again."""
        if self._warned:
            log.warning("%s: resumed after %.0f s", self._destination, self.seconds)
        self._patience.progressed()
        # After the warning, which says for how long nothing had moved.
        self.since = self._now()
        self._warned = False
        self._warn_at = self.since + SECONDS_TO_FIRST_WARNING

    def is_over(self) -> bool:
        """Whether there was no progress for too long; to be called regularly while there is none."""
        # Called in a loop for each batch: most answers come within milliseconds, and then nothing else is worth asking.
        if self.seconds < SECONDS_TO_FIRST_LOOK:
            return False
        left = self._left(self.since)
        if left <= 0:
            return True
        if self._now() >= self._warn_at:
            at_most = f", for {left:.0f} s more at most" if left < math.inf else ""
            log.warning("%s: %s for %.0f s; waiting%s", self._destination, self._trouble, self.seconds, at_most)
            self._warned = True
            self._warn_at = self._now() + SECONDS_BETWEEN_WARNINGS
        return False
